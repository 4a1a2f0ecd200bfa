"""Mudguard by itself: under a storm of sign-ins, after many setups, at its start, with two workers."""

import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from benchmarks.comparison import WARM_UP_SECONDS, Conditions, Sample, measure
from benchmarks.load import Load, drive
from benchmarks.mudguard_server import MUDGUARD, Mudguard
from benchmarks.processes import free_port, memory_bytes, serving
from benchmarks.works import CHALLENGE, LOGIN, SESSION, SETUP
from tests.support.postgresql import running_postgres

Tell = Callable[[str], None]
REAL_HASHES = {"argon2_memory_kib": "19456", "argon2_passes": "2"}
LOGIN_CLIENTS = 16
_STARTS = 5


@contextmanager
def _filled(people: int, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Mudguard]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        server = Mudguard("Mudguard", Path(folder), settings=settings)
        server.make_ready(people)
        yield server


def logins(conditions: Conditions, *, rounds: int, people: int, tell: Tell) -> None:
    """`GET /api/users/me` by itself, then while 16 clients sign in without pause at the real cost of a password.

    Everything on all cores: hashing has a pool of threads of its own.
    """
    alone: list[Load] = []
    beside: list[Load] = []
    storm: list[Load] = []
    conditions = replace(conditions, server_core=None, generator_core=None)
    with _filled(people, REAL_HASHES) as server, server.running(None) as running:
        for _ in range(rounds):
            session = server.prepare(SESSION, conditions.whole_seconds)
            alone.append(measure(running, session, conditions).load)
            login = server.prepare(LOGIN, conditions.whole_seconds)

            def sign_in(requests: list[bytes] = list(login.requests)) -> None:  # noqa: B006  # this round's
                storm.append(
                    drive(
                        running.port, requests, seconds=conditions.seconds + 2 * WARM_UP_SECONDS,
                        clients=LOGIN_CLIENTS, status=200, core=None,
                    )
                )  # fmt: skip

            storming = threading.Thread(target=sign_in)
            storming.start()
            time.sleep(1)
            beside.append(measure(running, session, conditions).load)
            storming.join()
    kept = statistics.median(with_.rate / without.rate for with_, without in zip(beside, alone, strict=True))
    tell(f"GET /api/users/me alone: {_of(alone)}")
    tell(f"while {LOGIN_CLIENTS} clients sign in: {_of(beside)}; {kept:.2f} of its rate alone")
    signed_in = statistics.median((load.requests - load.unexpected) / load.seconds for load in storm)
    turned_away = sum(load.unexpected for load in storm)
    tell(f"sign-ins: {signed_in:.0f}/s; {turned_away} were turned away in all rounds, to come again later")


def memory(conditions: Conditions, *, setups: tuple[int, ...], people: int, tell: Tell) -> None:
    """A worker's memory after so many setups."""
    with _filled(people) as server, server.running(conditions.server_core) as running:
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


def start(*, people: int, tell: Tell) -> None:
    """From starting the process to the first `/readyz` that says so; and how long `--help` takes. Medians."""
    with _filled(people) as server:
        ready = [_seconds_to_ready(server) for _ in range(_STARTS)]
        tell(f"start to ready: {statistics.median(ready):.2f} s (of {_STARTS}: {min(ready):.2f} to {max(ready):.2f})")
    asked = []
    for _ in range(_STARTS):
        begun = time.perf_counter()
        subprocess.run([MUDGUARD, "--help"], check=True, stdout=subprocess.DEVNULL)
        asked.append(time.perf_counter() - begun)
    tell(f"mudguard --help: {statistics.median(asked):.2f} s (of {_STARTS}: {min(asked):.2f} to {max(asked):.2f})")


def workers(conditions: Conditions, *, rounds: int, people: int, tell: Tell) -> None:
    """One worker and two on PostgreSQL, everything on all cores; who takes which share of them is told."""
    everywhere = replace(conditions, clients=conditions.clients * 2, server_core=None, generator_core=None)
    samples: dict[tuple[int, str], list[Sample]] = {}
    with running_postgres() as cluster, _on(cluster.new_database("workers"), people, cluster.process_id) as servers:
        for _ in range(rounds):
            for server, count in zip(servers, (1, 2), strict=True):
                with server.running(None) as running:
                    for work in (SETUP, CHALLENGE, SESSION):
                        sample = measure(running, server.prepare(work, everywhere.whole_seconds), everywhere)
                        samples.setdefault((count, work), []).append(sample)
    for work in (SETUP, CHALLENGE, SESSION):
        one, two = samples[1, work], samples[2, work]
        gain = statistics.median(b.load.rate / a.load.rate for a, b in zip(one, two, strict=True))
        could = statistics.median(2 * a.server_us / b.server_us for a, b in zip(one, two, strict=True))
        tell(f"{work}: {gain:.2f} times the rate with two workers; {could:.2f} by server CPU, had they cores enough")
        for count, found in ((1, one), (2, two)):
            tell(f"  {count} worker{'s' * (count > 1)}: {_shares(found)}")


@contextmanager
def _on(database_url: str, people: int, process: int) -> Iterator[list[Mudguard]]:
    """Mudguard with one worker and with two, over the same database."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        servers = [
            Mudguard(f"{count}", Path(folder), database_url=database_url, database_process=process, workers=count)
            for count in (1, 2)
        ]
        for server in servers:
            server.make_ready(people)
        yield servers


def _shares(samples: list[Sample]) -> str:
    """Rate, and the cores that each party took: processor seconds a second."""

    def median(value: Callable[[Sample], float]) -> float:
        return statistics.median(value(sample) for sample in samples)

    return (
        f"{median(lambda sample: sample.load.rate):,.0f}/s; cores taken: server"
        f" {median(lambda sample: sample.server_us * sample.load.rate / 1e6):.2f}, PostgreSQL"
        f" {median(lambda sample: sample.database_us * sample.load.rate / 1e6):.2f}, generator"
        f" {median(lambda sample: sample.load.generator_seconds / sample.load.seconds):.2f}"
    )


def _of(loads: list[Load]) -> str:
    rate, p99 = statistics.median(load.rate for load in loads), statistics.median(load.p99_ms for load in loads)
    return f"{rate:,.0f}/s, p99 {p99:.1f} ms"


def _seconds_to_ready(server: Mudguard) -> float:
    port = free_port()
    command = [str(MUDGUARD), "serve", "--port", str(port)]
    begun = time.perf_counter()
    with serving(command, port=port, folder=server.folder, environment=server.environment, core=None):
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                    return time.perf_counter() - begun
            except urllib.error.URLError:
                time.sleep(0.005)
