"""A process of its own that writes without pause, or now and then.

`python -m tests.store.writing_process heavy|light URL SECONDS COMMIT_SECONDS`. A commit takes
COMMIT_SECONDS longer than it does, as on a slower disk. It prints how long each write took, in seconds.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass

import pytest

from mudguard.store import organizations
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from tests.store import records
from tests.store.commits import at_commits
from tests.support.racers import Finish, Racer, wait_for_go

COROUTINES = 8
PAUSE_SECONDS = 0.05

HEAVY, LIGHT = "heavy", "light"


@dataclass(frozen=True)
class Writes:
    """How long each write of a process took."""

    exit_code: int
    seconds: list[float]

    @classmethod
    def of(cls, finish: Finish) -> "Writes":
        """What a process said."""
        return cls(finish.exit_code, sorted(json.loads(finish.said.splitlines()[-1])))

    def percentile(self, percent: int) -> float:
        """How long the fastest `percent` of them took at most."""
        return self.seconds[min(len(self.seconds) * percent // 100, len(self.seconds) - 1)]


def writing(how: str, database: Database, seconds: float, *, commit_seconds: float = 0) -> Racer:
    """A process that is to write for so long."""
    return Racer("tests.store.writing_process", how, str(database.url), str(seconds), str(commit_seconds))


async def _write(database: Database, how: str, until: float, name: str) -> list[float]:
    took: list[float] = []
    while time.monotonic() < until:
        begun = time.monotonic()
        id_ = f"{name}{len(took):x}".rjust(24, "0")

        async def add(connection: Connection, id_: str = id_) -> None:
            await organizations.add(connection, records.organization(id=id_, slug=id_))

        await database.transact(add)
        took.append(time.monotonic() - begun)
        if how == LIGHT:
            await asyncio.sleep(PAUSE_SECONDS)
    return took


async def _write_all(how: str, url: str, seconds: float) -> list[float]:
    database = Database(url, connections=1)
    until = time.monotonic() + seconds
    coroutines = COROUTINES if how == HEAVY else 1
    names = [f"{os.getpid()}-{number}-" for number in range(coroutines)]
    took = await asyncio.gather(*[_write(database, how, until, name) for name in names])
    await database.close()
    return [seconds for each in took for seconds in each]


if __name__ == "__main__":
    wait_for_go()
    with pytest.MonkeyPatch.context() as patch:
        if commit_seconds := float(sys.argv[4]):
            at_commits(patch, before=lambda: time.sleep(commit_seconds))
        took = asyncio.run(_write_all(sys.argv[1], sys.argv[2], float(sys.argv[3])))
    sys.stdout.write(json.dumps(took))
