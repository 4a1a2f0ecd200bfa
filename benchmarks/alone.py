"""Mudguard by itself: under storms of sign-ins and of writes, after many setups, at its start, with two workers."""

import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from benchmarks.comparison import WARM_UP_SECONDS, Conditions, Sample, measure
from benchmarks.load import Load, drive
from benchmarks.mudguard_server import MUDGUARD, Mudguard
from benchmarks.processes import free_port, memory_bytes, serving
from benchmarks.works import CHALLENGE, LOGIN, SESSION, SETUP, Running
from tests.support.postgresql import running_postgres

Tell = Callable[[str], None]
REAL_HASHES = {"argon2_memory_kib": "19456", "argon2_passes": "2"}
LOGIN_CLIENTS = 16
WRITERS = 8
READERS = 2
"""Who read while the writers write: few, so that what they wait for is the writers."""

WORKS = (SETUP, CHALLENGE, SESSION)
"""What one worker and two are compared at."""


@contextmanager
def _filled(people: int, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Mudguard]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        server = Mudguard("Mudguard", Path(folder), settings=settings)
        server.make_ready(people)
        yield server


def logins(conditions: Conditions, *, rounds: int, people: int, tell: Tell) -> None:
    """`GET /api/users/me` by itself, then while 16 clients sign in without pause at the real cost of a password."""
    alone: list[Load] = []
    beside: list[Load] = []
    storms: list[Load] = []
    with _filled(people, REAL_HASHES) as server, server.running() as running:
        for _ in range(rounds):
            session = server.prepare(SESSION, conditions.whole_seconds)
            alone.append(measure(running, session, conditions).load)
            login = server.prepare(LOGIN, conditions.whole_seconds)
            with _storm(running, login.requests, clients=LOGIN_CLIENTS, conditions=conditions, loads=storms):
                beside.append(measure(running, session, conditions).load)
    tell(f"GET /api/users/me alone: {_of(alone)}")
    tell(f"while {LOGIN_CLIENTS} clients sign in: {_of(beside)}; {_kept(alone, beside):.2f} of its rate alone")
    signed_in = statistics.median((load.requests - load.unexpected) / load.seconds for load in storms)
    turned_away = sum(load.unexpected for load in storms)
    tell(f"sign-ins: {signed_in:.0f}/s; {turned_away} were turned away in all rounds, to come again later")


def writes(conditions: Conditions, *, rounds: int, people: int, tell: Tell) -> None:
    """`GET /api/users/me` by two clients, alone and while eight others begin setups without pause."""
    conditions = replace(conditions, clients=READERS)
    alone: list[Load] = []
    beside: list[Load] = []
    storms: list[Load] = []
    with _filled(people) as server, server.running() as running:
        for _ in range(rounds):
            setup = server.prepare(SETUP, conditions.whole_seconds)
            session = server.prepare(SESSION, conditions.whole_seconds)
            alone.append(measure(running, session, conditions).load)
            with _storm(running, setup.requests, clients=WRITERS, conditions=conditions, loads=storms):
                beside.append(measure(running, session, conditions).load)
    tell(f"GET /api/users/me, {READERS} clients, alone: {_of(alone)}")
    tell(f"while {WRITERS} clients begin setups: {_of(beside)}; {_kept(alone, beside):.2f} of its rate alone")
    tell(f"setups meanwhile: {_of(storms)}")
    _refuse_errors([*alone, *beside, *storms])


@contextmanager
def _storm(
    running: Running, requests: Sequence[bytes], *, clients: int, conditions: Conditions, loads: list[Load]
) -> Iterator[None]:
    """Within, clients send these requests without pause. It goes on a little longer; what came of it is in `loads`."""

    def blow() -> None:
        length = conditions.seconds + 2 * WARM_UP_SECONDS
        loads.append(drive(running.port, requests, seconds=length, clients=clients, status=200, core=None))

    storming = threading.Thread(target=blow)
    storming.start()
    time.sleep(1)
    try:
        yield
    finally:
        storming.join()


def memory(conditions: Conditions, *, setups: tuple[int, ...], people: int, tell: Tell) -> None:
    """A worker's memory after so many setups."""
    with _filled(people) as server, server.running() as running:
        tell(f"after     0 setups: {memory_bytes(running.process) / 1e6:.1f} MB")
        done = 0
        requests = server.prepare(SETUP, 0).requests
        signed_in = time.monotonic()
        for wanted in setups:
            while done < wanted:
                if time.monotonic() - signed_in > server.settings.access_token_seconds / 2:
                    requests, signed_in = server.prepare(SETUP, 0).requests, time.monotonic()
                load = drive(
                    running.port, requests, seconds=conditions.seconds, clients=conditions.clients, status=200,
                    core=conditions.generator_core,
                )  # fmt: skip
                if load.unexpected:
                    raise SystemExit(f"{load.unexpected} setups failed")
                done += load.requests
            tell(f"after {done:>7,} setups: {memory_bytes(running.process) / 1e6:.1f} MB")


def start(*, people: int, times: int, tell: Tell) -> None:
    """From starting the process to the first `/readyz` that says so; and how long `--help` takes. Medians."""
    with _filled(people) as server:
        ready = [_seconds_to_ready(server) for _ in range(times)]
        tell(f"start to ready: {statistics.median(ready):.2f} s (of {times}: {min(ready):.2f} to {max(ready):.2f})")
    asked = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run([MUDGUARD, "--help"], check=True, stdout=subprocess.DEVNULL)
        asked.append(time.perf_counter() - begun)
    tell(f"mudguard --help: {statistics.median(asked):.2f} s (of {times}: {min(asked):.2f} to {max(asked):.2f})")


def workers(conditions: Conditions, *, works: Sequence[str], rounds: int, people: int, tell: Tell) -> None:
    """One worker and two on one SQLite file."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        servers = [Mudguard(f"{count}", Path(folder), workers=count) for count in (1, 2)]
        _compare_workers("SQLite", servers, conditions, works=works, rounds=rounds, people=people, tell=tell)


def workers_on_postgresql(
    conditions: Conditions, *, works: Sequence[str], rounds: int, people: int, tell: Tell
) -> None:
    """One worker and two on PostgreSQL."""
    with running_postgres() as cluster, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        url = cluster.new_database("workers")
        servers = [
            Mudguard(f"{count}", Path(folder), database_url=url, database_process=cluster.process_id, workers=count)
            for count in (1, 2)
        ]
        _compare_workers("PostgreSQL", servers, conditions, works=works, rounds=rounds, people=people, tell=tell)


def _compare_workers(
    database: str, servers: Sequence[Mudguard], conditions: Conditions, *, works: Sequence[str], rounds: int,
    people: int, tell: Tell,
) -> None:  # fmt: skip
    """Servers with one worker and with two, in turn over one database; who takes which share of the cores is told."""
    conditions = replace(conditions, clients=conditions.clients * 2)
    samples: dict[tuple[int, str], list[Sample]] = {}
    for server in servers:
        server.make_ready(people)
    for turn in range(rounds):
        pairs = list(zip(servers, (1, 2), strict=True))
        for server, count in pairs if turn % 2 == 0 else reversed(pairs):
            with server.running() as running:
                for work in works:
                    sample = measure(running, server.prepare(work, conditions.whole_seconds), conditions)
                    samples.setdefault((count, work), []).append(sample)
    for work in works:
        one, two = samples[1, work], samples[2, work]
        gain = statistics.median(b.load.rate / a.load.rate for a, b in zip(one, two, strict=True))
        could = statistics.median(2 * a.server_us / b.server_us for a, b in zip(one, two, strict=True))
        tell(
            f"{database}, {work}, {conditions.clients} clients: {gain:.2f} times the rate with two workers;"
            f" {could:.2f} by server CPU, had they cores enough"
        )
        for count, found in ((1, one), (2, two)):
            errors = sum(sample.load.unexpected for sample in found)
            tell(f"  {count} worker{'s' * (count > 1)}: {_shares(found)}; {errors} errors")
    _refuse_errors([sample.load for found in samples.values() for sample in found])


def _shares(samples: list[Sample]) -> str:
    """Rate, and the cores that each party took: processor seconds a second."""

    def median(value: Callable[[Sample], float]) -> float:
        return statistics.median(value(sample) for sample in samples)

    return (
        f"{median(lambda sample: sample.load.rate):,.0f}/s, p99 {median(lambda sample: sample.load.p99_ms):.1f} ms;"
        f" cores taken: server {median(lambda sample: sample.server_us * sample.load.rate / 1e6):.2f}, database server"
        f" {median(lambda sample: sample.database_us * sample.load.rate / 1e6):.2f}, generator"
        f" {median(lambda sample: sample.load.generator_seconds / sample.load.seconds):.2f}"
    )


def _kept(alone: Sequence[Load], beside: Sequence[Load]) -> float:
    """The share of its rate alone that is left beside something else: the median of the rounds' ratios."""
    return statistics.median(with_.rate / without.rate for with_, without in zip(beside, alone, strict=True))


def _refuse_errors(loads: Sequence[Load]) -> None:
    errors = sum(load.unexpected for load in loads)
    if errors:
        raise SystemExit(f"{errors} answers were not what they should be: nothing of this counts.")


def _of(loads: list[Load]) -> str:
    rate, p99 = statistics.median(load.rate for load in loads), statistics.median(load.p99_ms for load in loads)
    return f"{rate:,.0f}/s, p99 {p99:.1f} ms"


def _seconds_to_ready(server: Mudguard) -> float:
    port = free_port()
    command = [str(MUDGUARD), "serve", "--port", str(port)]
    begun = time.perf_counter()
    with serving(command, port=port, folder=server.folder, environment=server.environment):
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                    return time.perf_counter() - begun
            except urllib.error.URLError:
                time.sleep(0.005)
