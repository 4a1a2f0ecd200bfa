"""The comparison: every server does every piece of work in turn, and ratios are taken within a round."""

import os
import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Self

from benchmarks.load import Load, drive
from benchmarks.processes import busy_seconds, cpu_seconds, keep_on, memory_bytes
from benchmarks.works import Prepared, Running, Server

WARM_UP_SECONDS = 2.0
CORES = sorted(os.sched_getaffinity(0))
"""The cores that there are for all of it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: what the clients saw, and what a request cost. Processor times in microseconds, memory in bytes.

    `others` is the share of the cores where the server may run that somebody else took.
    """

    load: Load
    server_us: float
    database_us: float
    memory: int
    others: float


Samples = dict[tuple[str, str], list[Sample]]
"""By work and server, in the order of the rounds."""


@dataclass(slots=True)
class Results:
    """All samples: of servers on any core, and of the same servers pinned to one; and what made a run void."""

    samples: Samples = field(default_factory=lambda: defaultdict(list))
    pinned: Samples = field(default_factory=lambda: defaultdict(list))
    void: list[str] = field(default_factory=list)

    @property
    def others(self) -> float:
        """The share of all cores that somebody else took: the median over all runs on any core."""
        return statistics.median(sample.others for samples in self.samples.values() for sample in samples)

    @property
    def others_when_pinned(self) -> float:
        """The share of the server's core that somebody else took: the median over all runs when pinned."""
        return statistics.median(sample.others for samples in self.pinned.values() for sample in samples)

    def median(self, work: str, server: str, value: Callable[[Sample], float]) -> float:
        """The median over the rounds."""
        return statistics.median(value(sample) for sample in self.samples[work, server])

    def ratio(self, work: str, server: str, other: str, value: Callable[[Sample], float]) -> float | None:
        """How many times the value of `other` that of `server` is: the median of the rounds' ratios."""
        return _middle(self.ratios(work, server, other, value))

    def ratios(self, work: str, server: str, other: str, value: Callable[[Sample], float]) -> list[float]:
        """How many times the value of `other` that of `server` is, in each round."""
        return _within_rounds(self.samples.get((work, server), ()), self.samples.get((work, other), ()), value)

    def of_pinned(self, work: str, server: str, value: Callable[[Sample], float]) -> list[float]:
        """How many times its own value when pinned that of `server` is, in each round."""
        return _within_rounds(self.samples.get((work, server), ()), self.pinned.get((work, server), ()), value)


@dataclass(frozen=True, slots=True)
class Conditions:
    """How everything is measured: seconds a run, clients, and the cores of server and generator, if they have any.

    What serves the data is on the generator's core.
    """

    seconds: float
    clients: int
    server_core: int | None = None
    generator_core: int | None = None

    @property
    def warm_up_seconds(self) -> float:
        """How long a server is warmed up before a run."""
        return min(WARM_UP_SECONDS, self.seconds)

    @property
    def whole_seconds(self) -> float:
        """How long a run takes from its first request, warming up and starting included."""
        return self.seconds + self.warm_up_seconds + 3

    @property
    def server_cores(self) -> list[int]:
        """Where the server may run."""
        return CORES if self.server_core is None else [self.server_core]

    def pinned(self) -> Self:
        """The same with a core each for server and generator."""
        return replace(self, server_core=CORES[0], generator_core=CORES[1])


def can_pin() -> bool:
    """Whether server and generator can have a core each."""
    return shutil.which("taskset") is not None and len(CORES) > 1


def compare(
    servers: Sequence[Server], works: Iterable[str], *, rounds: int, conditions: Conditions,
    tell: Callable[[str], None], is_pinned_too: bool = False,
) -> Results:  # fmt: skip
    """Drive all servers through all works. All run all the time, and all but one have nothing to do.

    With `is_pinned_too` each does it twice a round, on any core and pinned; which comes first changes with the rounds.
    """
    results = Results()
    places = [("", conditions, results.samples)]
    if is_pinned_too:
        places.append((", pinned", conditions.pinned(), results.pinned))
    wanted = list(works)
    with ExitStack() as stack:
        running = {server.name: stack.enter_context(server.running()) for server in servers}
        for turn, work, server in product(range(1, rounds + 1), wanted, servers):
            if work not in server.works:
                continue
            for place, there, samples in places if turn % 2 else reversed(places):
                sample = measure(running[server.name], server.prepare(work, there.whole_seconds), there)
                name = f"{server.name}{place}"
                tell(f"round {turn}: {work:26} {name:30} {sample.load.rate:8.0f}/s")
                samples[work, server.name].append(sample)
                if sample.load.unexpected:
                    results.void.append(f"round {turn}, {work}, {name}: {sample.load.unexpected} unexpected answers")
    return results


def measure(running: Running, prepared: Prepared, conditions: Conditions) -> Sample:
    """Put the server where it belongs, warm it up, then measure."""
    _place(running, conditions)
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
    before, begun = _spent(running, conditions), time.monotonic()
    load = run(requests, conditions.seconds)
    took = time.monotonic() - begun
    server, database, busy = (
        after - earlier for after, earlier in zip(_spent(running, conditions), before, strict=True)
    )
    if not load.requests:
        raise SystemExit(f"nothing was answered within {conditions.seconds:g} s; give it more --seconds")
    ours = server if conditions.server_core is not None else server + database + load.generator_seconds
    return Sample(
        load=load,
        server_us=server * 1e6 / load.requests,
        database_us=database * 1e6 / load.requests,
        memory=memory_bytes(running.process),
        others=max(0.0, busy - ours) / took / len(conditions.server_cores),
    )


def _place(running: Running, conditions: Conditions) -> None:
    keep_on(running.process, conditions.server_cores)
    if running.database is not None:
        keep_on(running.database, CORES if conditions.generator_core is None else [conditions.generator_core])


def _spent(running: Running, conditions: Conditions) -> tuple[float, float, float]:
    """Processor seconds of the server, of its database, and of everybody on the server's cores."""
    database = 0.0 if running.database is None else cpu_seconds(running.database)
    return cpu_seconds(running.process), database, busy_seconds(conditions.server_cores)


def _middle(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _within_rounds(mine: Sequence[Sample], theirs: Sequence[Sample], value: Callable[[Sample], float]) -> list[float]:
    return [value(one) / value(other) for one, other in zip(mine, theirs, strict=False) if value(other)]
