"""The comparison: every server does every piece of work in turn, and ratios are taken within a round."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product

from benchmarks.load import Load, drive
from benchmarks.processes import busy_seconds, cpu_seconds, memory_bytes
from benchmarks.works import Prepared, Running, Server

WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: what the clients saw, and what a request cost. Processor times in microseconds, memory in bytes.

    `others` is the share of the server's core that somebody else took.
    """

    load: Load
    server_us: float
    database_us: float
    memory: int
    others: float


@dataclass(slots=True)
class Results:
    """All samples, by work and server, in the order of the rounds; and what made a run void."""

    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    void: list[str] = field(default_factory=list)

    def median(self, work: str, server: str, value: Callable[[Sample], float]) -> float:
        """The median over the rounds."""
        return statistics.median(value(sample) for sample in self.samples[work, server])

    def ratio(self, work: str, server: str, other: str, value: Callable[[Sample], float]) -> float | None:
        """How many times the value of `other` that of `server` is: the median of the rounds' ratios."""
        pairs = zip(self.samples.get((work, server), ()), self.samples.get((work, other), ()), strict=False)
        ratios = [value(mine) / value(theirs) for mine, theirs in pairs]
        return statistics.median(ratios) if ratios else None

    @property
    def others(self) -> float:
        """The share of the server's core that others took, over all runs."""
        return statistics.median(sample.others for samples in self.samples.values() for sample in samples)


@dataclass(frozen=True, slots=True)
class Conditions:
    """How everything is measured: seconds a run, clients, and the cores of server and generator, if they have any."""

    seconds: float
    clients: int
    server_core: int | None
    generator_core: int | None

    @property
    def warm_up_seconds(self) -> float:
        """How long a server is warmed up before a run."""
        return min(WARM_UP_SECONDS, self.seconds)

    @property
    def whole_seconds(self) -> float:
        """How long a run takes from its first request, warming up and starting included."""
        return self.seconds + self.warm_up_seconds + 3


def compare(
    servers: Sequence[Server], works: Iterable[str], *, rounds: int, conditions: Conditions, tell: Callable[[str], None]
) -> Results:
    """Drive all servers through all works. All run all the time, and all but one have nothing to do."""
    results = Results()
    wanted = list(works)
    with ExitStack() as stack:
        running = {
            server.name: stack.enter_context(server.running(conditions.server_core, conditions.generator_core))
            for server in servers
        }
        for turn, work, server in product(range(1, rounds + 1), wanted, servers):
            if work not in server.works:
                continue
            sample = measure(running[server.name], server.prepare(work, conditions.whole_seconds), conditions)
            tell(f"round {turn}: {work:26} {server.name:22} {sample.load.rate:8.0f}/s")
            results.samples[work, server.name].append(sample)
            if sample.load.unexpected:
                results.void.append(f"round {turn}, {work}, {server.name}: {sample.load.unexpected} unexpected answers")
    return results


def measure(running: Running, prepared: Prepared, conditions: Conditions) -> Sample:
    """Warm the server up, then measure."""
    requests = warm_up = prepared.requests
    if prepared.once:
        cut = len(requests) // 4
        warm_up, requests = requests[:cut], requests[cut:]

    def run(part: Sequence[bytes], length: float) -> Load:
        return drive(
            running.port, part, seconds=length, clients=conditions.clients, status=prepared.status,
            core=conditions.generator_core, once=prepared.once,
        )  # fmt: skip

    run(warm_up, conditions.warm_up_seconds)
    time.sleep(0.1)
    before = _spent(running, conditions)
    load = run(requests, conditions.seconds)
    server, database, core = (
        after - earlier for after, earlier in zip(_spent(running, conditions), before, strict=True)
    )
    if not load.requests:
        raise SystemExit(f"nothing was answered within {conditions.seconds:g} s; give it more --seconds")
    return Sample(
        load=load,
        server_us=server * 1e6 / load.requests,
        database_us=database * 1e6 / load.requests,
        memory=memory_bytes(running.process),
        others=max(0.0, core - server) / conditions.seconds,
    )


def _spent(running: Running, conditions: Conditions) -> tuple[float, float, float]:
    """Processor seconds of the server, of its database, and of the server's core, if it has one to itself."""
    server = cpu_seconds(running.process)
    database = 0.0 if running.database is None else cpu_seconds(running.database)
    core = conditions.server_core
    return server, database, server if core is None else busy_seconds(core)
