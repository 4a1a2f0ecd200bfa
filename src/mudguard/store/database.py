"""Connections and transactions, on SQLite or PostgreSQL."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mudguard.faults import CannotError
from mudguard.store import postgresql, sqlite
from mudguard.store.group_commit import GroupCommit, NoTurnError
from mudguard.store.kind import Fault
from mudguard.store.prepared import execute

T = TypeVar("T")

LONGEST_SECONDS = 10.0
"""After this no transaction is tried again, however few tries it had."""

_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.002


class DatabaseUnavailableError(CannotError):
    """The database did not do it now: down, locked, full. The same call may work later."""


class StaleWriteError(Exception):
    """A row changed between being read and being written. `Database.transact` starts the work again."""


class Database:
    """A database. Safe to use from many threads."""

    def __init__(self, url: URL | str, *, connections: int) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._kind = sqlite.KIND if self.is_sqlite else postgresql.KIND
        self._engine = self._kind.engine(self.url, connections)
        self._group = GroupCommit(self._transaction, patience=sqlite.LOCK_WAIT_SECONDS) if self.is_sqlite else None

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for migrations."""
        return self._engine

    @property
    def place(self) -> str:
        """Where the database is, without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads, each statement with a snapshot of its own."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError) as error:
            self._raise_translated(error)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for reads that all see one moment."""
        with self.reading() as connection:
            connection.exec_driver_sql(self._kind.snapshot)
            yield connection

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one write transaction and commit it: durable on return.

        `work` may run again, when a row it read was changed under it, a transaction of somebody else stood in the way,
        or the connection was lost before the commit; so it must do nothing but database work.
        """
        latest = time.monotonic() + LONGEST_SECONDS
        for attempt in range(_TRIES):
            try:
                return self._attempt(work)
            except StaleWriteError:
                reason = "too many writers at one row"
            except (DBAPIError, PoolTimeoutError) as error:
                if self._fault(error) not in (Fault.IN_THE_WAY, Fault.CONNECTION_LOST):
                    self._raise_translated(error)
                if isinstance(error, IntegrityError) and attempt == _TRIES - 1:
                    raise  # what is in the way each time is a mistake of ours
                reason = "others kept standing in the way"
            if time.monotonic() > latest:
                break
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt * random.random())  # noqa: S311  # jitter, no secret
        raise DatabaseUnavailableError(reason)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def is_missing(self) -> bool:
        """Whether there is no database yet; one on a server is never missing, only unreachable."""
        return self.is_sqlite and sqlite.is_missing(self.url)

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        """One try: on SQLite, which has one writer at a time, together with others who wait."""
        if self._group is None:
            return self._transaction(work)
        try:
            return self._group.run(work)
        except NoTurnError:
            raise DatabaseUnavailableError("others kept writing") from None

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and commit it."""
        with self._engine.connect() as connection:
            connection.begin()
            execute(connection, self._kind.begin)
            try:
                result = work(connection)
            except BaseException:
                _roll_back(connection)
                raise
            try:
                connection.commit()
            except DBAPIError as error:
                connection.invalidate()  # the transaction may be open still, and ends with its connection
                if self._fault(error) is Fault.CONNECTION_LOST:
                    raise DatabaseUnavailableError("the connection was lost while it committed") from error
                raise
            return result

    def _fault(self, error: DBAPIError | PoolTimeoutError) -> Fault:
        if isinstance(error, PoolTimeoutError):
            return Fault.UNAVAILABLE
        return self._kind.fault(error)

    def _raise_translated(self, error: DBAPIError | PoolTimeoutError) -> None:
        """Faults of the database as `DatabaseUnavailableError`; mistakes of ours as they are."""
        if isinstance(error, PoolTimeoutError):
            raise DatabaseUnavailableError("no free connection") from error
        if self._fault(error) is Fault.OURS:
            raise error
        raise DatabaseUnavailableError(str(error.orig).strip().partition("\n")[0]) from error


def _roll_back(connection: Connection) -> None:
    """Undo. Where that fails the connection is gone, and with it the transaction."""
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()
