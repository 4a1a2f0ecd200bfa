"""Growth: the same work with few people in the database and with very many."""

import random
from collections.abc import Callable
from pathlib import Path

from benchmarks import comparison
from benchmarks.comparison import Conditions, Results
from benchmarks.mudguard_server import Mudguard
from benchmarks.population import populate
from benchmarks.works import CHALLENGE, SESSION, SETUP, Server

WORKS = (SETUP, CHALLENGE, SESSION)
_ASKING = 1_000
"""How many of them send requests, spread over all: as many in each database, so that its size is all that differs."""


def compare(
    sizes: list[int], cache: Path, *, rounds: int, conditions: Conditions, tell: Callable[[str], None],
    is_pinned_too: bool = False,
) -> Results:  # fmt: skip
    """Build a database for each number of people, unless the cache has it, and measure all in turn."""
    servers: list[Server] = []
    for people in sizes:
        folder = cache / f"people-{people}"
        folder.mkdir(parents=True, exist_ok=True)
        servers.append(_server(folder, people, tell))
    return comparison.compare(
        servers, WORKS, rounds=rounds, conditions=conditions, tell=tell, is_pinned_too=is_pinned_too
    )


def name_of(people: int) -> str:
    """What the server over so many people is called."""
    return f"{people:,} people"


def _server(folder: Path, people: int, tell: Callable[[str], None]) -> Mudguard:
    server = Mudguard(name_of(people), folder)

    def progress(done: int, left_seconds: float) -> None:
        tell(f"  {done:>9,} of {people:,} people, {left_seconds:.0f} s left")

    cast = populate(server.settings, people, progress=progress)
    size = sum(path.stat().st_size for path in folder.glob("mudguard.db*"))
    tell(f"{people:,} people with four audit events each take {size:,} bytes: {size / people:,.0f} a person.")
    server.choose(cast, sorted(random.Random(1).sample(range(people), min(people, _ASKING))))
    return server


def differences(results: Results, sizes: list[int]) -> str:
    """How the last of `sizes` compares with the first, a line a work."""
    first, last = name_of(sizes[0]), name_of(sizes[-1])
    lines = []
    for work in WORKS:
        rate = (results.ratio(work, last, first, lambda sample: sample.load.rate) or 0) - 1
        cpu = (results.ratio(work, last, first, lambda sample: sample.server_us) or 0) - 1
        lines.append(f"{work}: {rate:+.1%} requests a second, {cpu:+.1%} server CPU with {last} against {first}.")
    return "\n".join(lines)
