"""A process of its own that writes to a database: `python -m tests.store.other_process count|die URL`."""

import os
import signal
import sys
from typing import NoReturn

from sqlalchemy import Connection

from mudguard.store import organizations, password_failures
from mudguard.store.database import Database
from tests.store import records
from tests.store.calls import read, write
from tests.support.racers import Racer, wait_for_go

TIMES = 25
COMMITTED, UNCOMMITTED = "1" * 24, "2" * 24


def one_more(connection: Connection) -> int:
    """Read, then write what depends on it: how often that was done so far."""
    before = password_failures.lock(connection, "account", ("source",))["source"]
    after = (*before.moments, len(before.moments))
    password_failures.save(connection, before, after, expires_at=0)
    return len(after)


def counted(database: Database) -> int:
    """How often `one_more` was done and committed."""
    return len(read(database, password_failures.read, "account", ("source",))["source"].moments)


def doing(part: str, database: Database) -> Racer:
    """A process that is to do that part."""
    return Racer("tests.store.other_process", part, database.url.render_as_string(hide_password=False))


def _count(database: Database) -> None:
    for _ in range(TIMES):
        database.transact(one_more)


def _die(database: Database) -> None:
    """Commit one organisation, and be killed while writing another."""

    def dying(connection: Connection) -> NoReturn:
        organizations.add(connection, records.organization(id=UNCOMMITTED))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")

    write(database, organizations.add, records.organization(id=COMMITTED))
    database.transact(dying)


if __name__ == "__main__":
    opened = Database(sys.argv[2], connections=1)
    wait_for_go()
    {"count": _count, "die": _die}[sys.argv[1]](opened)
    opened.close()
