"""Connections and transactions."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from mudguard.faults import CannotError

T = TypeVar("T")

LOCK_WAIT_SECONDS = 5
"""How long a write waits for another process to finish its own."""

_TRIES = 5


class DatabaseUnavailableError(CannotError):
    """The database did not do it now: down, locked, full. Nothing was changed; the same call may work later."""


class StaleWriteError(Exception):
    """A row changed between being read and being written. `Database.transact` starts the work again."""


class Database:
    """A database, SQLite in one file. Safe to use from many threads."""

    def __init__(self, url: URL | str, *, connections: int) -> None:
        self.url = make_url(url)
        self._engine = _sqlite_engine(self.url, connections)
        self._writing = threading.Lock()

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for migrations."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads, each statement with a snapshot of its own."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError) as error:
            raise _translated(error) from error

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one write transaction and commit it: durable on return.

        `work` may run again when a row it read was changed under it, so it must do nothing but database work. One
        writer a process takes its turn at a lock of ours: SQLite's own waits by sleeping, which starves some.
        """
        for attempt in range(_TRIES):
            try:
                with self._writing, self._engine.connect() as connection, _immediate(connection):
                    return work(connection)
            except StaleWriteError:
                time.sleep(0.002 * 2**attempt)
            except (DBAPIError, PoolTimeoutError) as error:
                raise _translated(error) from error
        raise DatabaseUnavailableError("too many writers at one row")

    def is_missing(self) -> bool:
        """Whether there is no database file yet."""
        return not Path(self.url.database or "").exists()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _immediate(connection: Connection) -> Iterator[None]:
    """A transaction that has SQLite's write lock from its start, so that what it reads is what it writes over."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _sqlite_engine(url: URL, connections: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_SECONDS,
        hide_parameters=True,
        connect_args={
            "isolation_level": None,
            "timeout": LOCK_WAIT_SECONDS,
            "check_same_thread": False,
            "cached_statements": 256,
        },
    )

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _translated(error: SQLAlchemyError) -> Exception:
    """Faults of the database as `DatabaseUnavailableError`; mistakes of ours as they are."""
    if isinstance(error, PoolTimeoutError):
        return DatabaseUnavailableError("no free connection")
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError
    ):
        return DatabaseUnavailableError(str(cause))
    return error


def sqlite_url(path: Path) -> URL:
    """The URL of the SQLite database in the file at `path`."""
    return URL.create("sqlite", database=str(path))
