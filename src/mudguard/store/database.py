"""A database, on SQLite or PostgreSQL: reads, and transactions that are durable when they return."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlalchemy import URL, make_url

from mudguard.store.connection import Connection
from mudguard.store.faults import (
    ConflictError,
    ConnectionLostError,
    DatabaseUnavailableError,
    StaleWriteError,
    StatementError,
)
from mudguard.store.postgresql.backend import PostgresqlBackend
from mudguard.store.sqlite.backend import SqliteBackend
from mudguard.store.statements import compile_all

T = TypeVar("T")
Transaction = Callable[[Connection], Coroutine[Any, Any, T]]

LONGEST_SECONDS = 10.0
"""After this no transaction is tried again, however few tries it had."""

_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.002


class Database:
    """A database, used on one event loop at a time. It opens when it is first used."""

    def __init__(self, url: URL | str, *, connections: int) -> None:
        """`connections` is how many a PostgreSQL server is asked for at most."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._backend: SqliteBackend | PostgresqlBackend = (
            SqliteBackend(self.url) if self.is_sqlite else PostgresqlBackend(self.url, connections)
        )
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def place(self) -> str:
        """Where the database is, without its password."""
        return self.url.render_as_string(hide_password=True)

    def is_missing(self) -> bool:
        """Whether there is no database yet; one on a server is never missing, only unreachable."""
        return self._backend.is_missing()

    def compile_statements(self) -> None:
        """Have every statement ready before the first request. That takes a few hundredths of a second."""
        compile_all(self._backend.dialect)

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for short reads: by a key, at most a hundred rows. Each statement has a snapshot of its own."""
        return self._backend.reading()

    def reading_at_length(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for reads that are not short. On SQLite they run in a thread, for two seconds at most."""
        return self._backend.reading_at_length()

    def snapshot(self, *, seconds: float | None = 30.0) -> AbstractAsyncContextManager[Connection]:
        """A connection for reads that all see one moment, for at most `seconds`; None for as long as need be."""
        return self._backend.snapshot(seconds=seconds)

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run `transaction` and commit it: durable on return. Raises `DatabaseUnavailableError`.

        It may run again, when a row it read was changed under it, a transaction of somebody else stood in the way, or
        the connection was lost before the commit. So it does nothing but database work, and awaits nothing but its
        connection. Should whoever awaits this leave, it takes place all the same.
        """
        task = asyncio.get_running_loop().create_task(self._repeated(transaction))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for the transactions that have begun, and close every connection."""
        while self._running:
            await asyncio.wait(self._running)
        await self._backend.close()

    async def _repeated(self, transaction: Transaction[T]) -> T:
        latest = time.monotonic() + LONGEST_SECONDS
        for attempt in range(_TRIES):
            try:
                return await self._backend.transact(transaction)
            except StaleWriteError:
                reason = "too many writers at one row"
            except ConflictError as error:
                if error.is_ours and attempt == _TRIES - 1:
                    raise StatementError(str(error)) from None
                reason = "others kept standing in the way"
            except ConnectionLostError as error:
                reason = str(error)
            if time.monotonic() > latest:
                break
            await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt * random.random())  # noqa: S311  # jitter, no secret
        raise DatabaseUnavailableError(reason)
