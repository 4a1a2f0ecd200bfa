"""A PostgreSQL database: a pool of connections. Each runs one transaction or read at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL

from mudguard.store.connection import restored
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.postgresql.connection import DIALECT, PostgresqlConnection, RawConnection, refusal

T = TypeVar("T")
Body = Callable[[PostgresqlConnection], Coroutine[Any, Any, T]]

LOCK_WAIT_SECONDS = 3
STATEMENT_SECONDS = 5
CONNECT_SECONDS = 3
CHECKOUT_SECONDS = 5.0
MAX_WAITING = 2_000
"""Requests that may wait for a connection, each for `CHECKOUT_SECONDS`."""

_LIMITS = (f"statement_timeout = '{STATEMENT_SECONDS}s'", f"lock_timeout = '{LOCK_WAIT_SECONDS}s'")
_OF_A_SESSION = tuple(f"SET {limit}" for limit in (*_LIMITS, "idle_in_transaction_session_timeout = '30s'"))
BEGIN = ("BEGIN ISOLATION LEVEL READ COMMITTED",)
BEGIN_BEHIND_A_POOLER = (*BEGIN, *(f"SET LOCAL {limit}" for limit in _LIMITS))
"""For poolers: each transaction may get another server connection, without our session settings."""

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_UNHURRIED = "SET LOCAL statement_timeout = 0"
_PREPARED_AFTER = 2
"""A connection prepares a statement that it runs more often than this."""


class PostgresqlBackend:
    """Opens on first use, and again after a close. Used on one event loop at a time."""

    dialect = DIALECT

    def __init__(self, url: URL, connections: int) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._most = connections
        self._idle: list[PostgresqlConnection] = []
        self._turns: asyncio.Semaphore | None = None
        self._waiting = 0

    def is_missing(self) -> bool:
        """Never: a database on a server is only unreachable."""
        return False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresqlConnection]:
        """A connection for reads. Each statement has its own snapshot."""
        async with self._connection() as connection:
            yield connection

    reading_at_length = reading

    @asynccontextmanager
    async def snapshot(self, *, seconds: float | None = None) -> AsyncIterator[PostgresqlConnection]:
        """A connection whose reads all see one moment. Each read takes at most `seconds`."""
        limit = _UNHURRIED if seconds is None else f"SET LOCAL statement_timeout = '{seconds}s'"
        async with self._connection() as connection:
            await connection.execute(_SNAPSHOT, limit)
            try:
                yield connection
            finally:
                await connection.roll_back()

    async def transact(self, body: Body[T]) -> T:
        """Run `body`, commit, and return its result."""
        async with self._connection() as connection:
            kept = dict(connection.state)
            connection.begin(BEGIN_BEHIND_A_POOLER if connection.is_pooled else BEGIN)
            try:
                result = await body(connection)
                await connection.commit()
            except BaseException:
                connection.state = restored(kept, connection.state)
                await connection.roll_back()
                raise
            return result

    async def close(self) -> None:
        """Close the connections, once nobody uses them."""
        while self._idle:
            await self._idle.pop().raw.close()
        self._turns = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PostgresqlConnection]:
        """The connection of the pool that was used last. Using few connections keeps them warm."""
        turns = await self._turn()
        try:
            connection = await self._usable()
            try:
                yield connection
            finally:
                if connection.is_usable():
                    self._idle.append(connection)
                else:
                    await connection.raw.close()
        finally:
            turns.release()

    async def _turn(self) -> asyncio.Semaphore:
        """Wait for a free connection. Raises `DatabaseUnavailableError` if none is free in time."""
        if self._turns is None:
            self._turns = asyncio.Semaphore(self._most)
        turns = self._turns
        if self._waiting >= MAX_WAITING:
            raise DatabaseUnavailableError("too many requests wait for a connection")
        if not turns.locked():
            await turns.acquire()
            return turns
        self._waiting += 1
        try:
            async with asyncio.timeout(CHECKOUT_SECONDS):
                await turns.acquire()
        except TimeoutError:
            raise DatabaseUnavailableError("no free connection") from None
        finally:
            self._waiting -= 1
        return turns

    async def _usable(self) -> PostgresqlConnection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable():
                return connection
            await connection.raw.close()
        return await self._opened()

    async def _opened(self) -> PostgresqlConnection:
        """A new connection. Through a pooler it prepares no statements: PgBouncer before version 1.21 would give them
        to other clients.
        """
        try:
            raw: RawConnection = await psycopg.AsyncConnection.connect(
                self._conninfo,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=CONNECT_SECONDS,
                application_name="mudguard",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                tcp_user_timeout=10_000,
            )
        except psycopg.Error as error:
            raise refusal(error) from None
        connection = PostgresqlConnection(raw)
        try:
            await connection.execute(*_OF_A_SESSION)
            connection.is_pooled = await _is_pooled(raw)
            if not connection.is_pooled:
                raw.prepare_threshold = _PREPARED_AFTER
        except psycopg.Error as error:
            await raw.close()
            raise refusal(error) from None
        except BaseException:
            await raw.close()
            raise
        return connection


async def _is_pooled(raw: RawConnection) -> bool:
    """Whether a pooler is in between. A pooler gives its clients its own process ids."""
    row = await (await raw.execute("SELECT pg_backend_pid()")).fetchone()
    return row != (raw.info.backend_pid,)
