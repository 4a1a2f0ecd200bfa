"""A process of its own that writes to a database: `python -m tests.store.other_process PART URL`."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import pytest

from mudguard.store import organizations, password_failures
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from tests.store import records
from tests.store.calls import read, transact, write
from tests.store.commits import at_commits
from tests.support.loop import wait
from tests.support.racers import Racer, wait_for_go

TIMES = 25
COMMITTED, UNCOMMITTED = "1" * 24, "2" * 24


async def one_more(connection: Connection) -> int:
    """Read, then write what depends on it: how often that was done so far."""
    before = (await password_failures.lock(connection, "account", ("source",)))["source"]
    after = (*before.moments, len(before.moments))
    await password_failures.save(connection, before, after, expires_at=0)
    return len(after)


def counted(database: Database) -> int:
    """How often `one_more` was done and committed."""
    return len(read(database, password_failures.read, "account", ("source",))["source"].moments)


def doing(part: str, database: Database) -> Racer:
    """A process that is to do that part."""
    return Racer("tests.store.other_process", part, database.url.render_as_string(hide_password=False))


def _count(database: Database) -> None:
    for _ in range(TIMES):
        transact(database, one_more)


def _die(database: Database) -> None:
    """Commit one organisation, and be killed while writing another."""

    async def dying(connection: Connection) -> NoReturn:
        await organizations.add(connection, records.organization(id=UNCOMMITTED))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")

    write(database, organizations.add, records.organization(id=COMMITTED))
    transact(database, dying)


def _die_at_commit(database: Database, moment: str) -> None:
    """Commit one organisation, and be killed next to the COMMIT of another, by SQLite's writer."""
    write(database, organizations.add, records.organization(id=COMMITTED))
    with pytest.MonkeyPatch.context() as patch:
        acts: dict[str, Any] = {moment: partial(os.kill, os.getpid(), signal.SIGKILL)}
        at_commits(patch, **acts)
        write(database, organizations.add, records.organization(id=UNCOMMITTED))


if __name__ == "__main__":
    opened = Database(sys.argv[2], connections=1)
    wait_for_go()
    parts: dict[str, Callable[[Database], None]] = {
        "count": _count,
        "die": _die,
        "die before COMMIT": partial(_die_at_commit, moment="before"),
        "die after COMMIT": partial(_die_at_commit, moment="after"),
    }
    parts[sys.argv[1]](opened)
    wait(opened.close())
