"""SQLite: one file, durable on every commit."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from mudguard.store.kind import Fault, Kind

_BEGIN = "BEGIN IMMEDIATE"
"""Takes the write lock from the start, so that what a transaction reads is what it writes over."""

LOCK_WAIT_SECONDS = 5
"""How long a write waits for another process to finish its own."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def _engine(url: URL, connections: int) -> Engine:
    """An engine whose connections begin no transaction by themselves."""
    made = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_SECONDS,
        pool_use_lifo=True,  # each has a cache of its own: the fewer are in use, the warmer they are
        hide_parameters=True,
        connect_args={
            "isolation_level": None,
            "timeout": LOCK_WAIT_SECONDS,
            "check_same_thread": False,
            "cached_statements": 256,
        },
    )

    @event.listens_for(made, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return made


def _fault(error: DBAPIError) -> Fault:
    """What SQLite's refusal means."""
    cause = error.orig
    if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
        return Fault.OURS
    return Fault.UNAVAILABLE if isinstance(cause, sqlite3.DatabaseError) else Fault.OURS


def file_url(path: Path) -> URL:
    """The URL of the SQLite database in the file at `path`."""
    return URL.create("sqlite", database=str(path))


def is_missing(url: URL) -> bool:
    """Whether there is no database file yet."""
    return not Path(url.database or "").exists()


KIND = Kind(_engine, _BEGIN, "BEGIN", _fault)
