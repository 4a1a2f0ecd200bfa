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
"""After this no transaction is retried, even after few tries."""

_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.002


class Database:
    """A database, used on one event loop at a time. It opens on first use."""

    def __init__(self, url: URL | str, *, connections: int) -> None:
        """`connections` is the largest number of connections to PostgreSQL."""
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
        """Whether there is no database yet. A database on a server is never missing, only unreachable."""
        return self._backend.is_missing()

    def compile_statements(self) -> None:
        """Compile every statement before the first request. It takes a few hundredths of a second."""
        compile_all(self._backend.dialect)

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for short reads: by a key, at most a hundred rows. Each statement has its own snapshot."""
        return self._backend.reading()

    def reading_at_length(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for longer reads. On SQLite they run in a thread, for at most two seconds."""
        return self._backend.reading_at_length()

    def snapshot(self, *, seconds: float | None = 30.0) -> AbstractAsyncContextManager[Connection]:
        """A connection whose reads all see one moment, for at most `seconds`. None sets no limit."""
        return self._backend.snapshot(seconds=seconds)

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run `transaction` and commit it: durable on return. Raises `DatabaseUnavailableError`.

        It may run again: if a row that it read changed, another transaction conflicted, or the connection was lost
        before the commit. So it does only database work, and awaits only its connection. If the caller is cancelled, it
        still takes place.
        """
        task = asyncio.get_running_loop().create_task(self._repeated(transaction))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for running transactions, and close every connection."""
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
