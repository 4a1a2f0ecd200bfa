"""The model against the server for minutes on end, with fresh seeds, on both databases: `make soak`."""

import argparse
import logging
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import House, Tally, machine_in
from tests.support.postgresql import PostgresServer, running_postgres
from tests.support.server import Server

SQLITE, POSTGRESQL = KINDS = "SQLite", "PostgreSQL"
RUNS_OF_A_SEED = 20
STEPS_OF_A_RUN = 80


@dataclass
class Soaking:
    """What came of one database."""

    kind: str
    seconds: float = 0
    tallies: list[Tally] = field(default_factory=list)
    failing_seed: int | None = None

    def counts(self) -> Tally:
        """All tallies together."""
        total = Tally()
        for each in self.tallies:
            total.runs += each.runs
            total.steps += each.steps
            total.answers += each.answers
        return total


@contextmanager
def house_on(kind: str, postgres: PostgresServer, name: str) -> Iterator[House]:
    """A server on a new database, for the machine to restart as it likes."""
    with tempfile.TemporaryDirectory(prefix="mudguard-soak-") as folder:
        database_url = postgres.new_database(name) if kind == POSTGRESQL else ""
        house = House(Server(Path(folder), database_url=database_url).__enter__())
        try:
            yield house
        finally:
            house.server.__exit__(None, None, None)
            if kind == POSTGRESQL:
                postgres.drop_database(name)


def play(number: int, house: House) -> None:
    """All runs of one seed. Raises what the shortest failing run raised, after its whole history."""
    run_state_machine_as_test(
        seed(number)(machine_in(house)),
        settings=settings(
            max_examples=RUNS_OF_A_SEED,
            stateful_step_count=STEPS_OF_A_RUN,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def soak(kind: str, postgres: PostgresServer, seconds: float, first_seed: int | None) -> Soaking:
    """Seeds on one database until the time is over or one fails."""
    soaking = Soaking(kind)
    beginning = time.monotonic()
    while soaking.failing_seed is None and (soaking.seconds < seconds or not soaking.tallies):
        number = secrets.randbits(32) if first_seed is None else first_seed + len(soaking.tallies)
        with house_on(kind, postgres, f"soak_{number}") as house:
            soaking.tallies.append(house.tally)
            try:
                play(number, house)
            except Exception:  # whatever it is, the table and the seed are printed first
                traceback.print_exc()
                soaking.failing_seed = number
        soaking.seconds = time.monotonic() - beginning
    return soaking


def table(soakings: Sequence[Soaking]) -> str:
    """What was done, by database and answer."""
    counts = [soaking.counts() for soaking in soakings]
    rows: list[tuple[str, list[str]]] = [
        ("", [soaking.kind for soaking in soakings]),
        ("steps", [f"{each.steps:,}" for each in counts]),
        ("runs", [f"{each.runs:,}" for each in counts]),
        ("seeds", [str(len(soaking.tallies)) for soaking in soakings]),
        ("seconds", [f"{soaking.seconds:.0f}" for soaking in soakings]),
        ("answers compared", [f"{each.answers.total():,}" for each in counts]),
    ]
    names = sorted({name for each in counts for name in each.answers})
    rows += [(f"  {name}", [f"{each.answers[name]:,}" for each in counts]) for name in names]
    rows.append(("failing seed", [str(soaking.failing_seed or "none") for soaking in soakings]))
    return "\n".join(f"{name:34}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows)


def main() -> int:
    """Half of the time on each database; the exit code says whether all answers agreed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="play this seed and those after it, to see a failure again")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with running_postgres() as postgres:
        soakings = [soak(kind, postgres, chosen.minutes * 60 / len(KINDS), chosen.seed) for kind in KINDS]
    sys.stdout.write(f"{table(soakings)}\n")
    return int(any(soaking.failing_seed is not None for soaking in soakings))


if __name__ == "__main__":
    sys.exit(main())
