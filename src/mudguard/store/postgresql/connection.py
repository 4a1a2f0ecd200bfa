"""Runs statements on PostgreSQL in as few round trips as possible, since round trips are slow."""

import asyncio
import select
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from mudguard.store.faults import (
    ConflictError,
    ConnectionLostError,
    DatabaseUnavailableError,
    StatementError,
    first_line,
)
from mudguard.store.statements import NO_VALUES, Query, Statement, Values

T = TypeVar("T")

DIALECT = PGDialect_psycopg(dbapi=psycopg)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so

COMMIT_SECONDS = 10.0
"""After this long without an answer to `COMMIT`, its outcome is unknown. PostgreSQL has no limit for it."""

_PIECE = 500

_IN_THE_WAY = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_WRITTEN_MEANWHILE = (psycopg.errors.UniqueViolation, psycopg.errors.ForeignKeyViolation)
"""These only occur when another transaction committed between our read and our write: read again."""

_UNAVAILABLE_CLASSES = ("53", "55", "57", "58", "08", "XX", "25", "42")
"""SQLSTATE classes: resources, object not in the state, operator, system, connection, internal, transaction state, and
tables that are not there or not ours to use.
"""

RawConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class PostgresqlConnection:
    """A connection of the pool. It sends `BEGIN` together with the first statement."""

    def __init__(self, raw: RawConnection) -> None:
        self.raw = raw
        self.state: dict[str, Any] = {}
        self.is_pooled = True
        """Whether a pooler is in between, so that each transaction may get another session."""
        self._pending: Sequence[str] = ()
        self._warnings: list[str] = []
        raw.add_notice_handler(self._note)

    def begin(self, texts: Sequence[str]) -> None:
        """Begin a transaction with `texts` at the next statement."""
        self._pending = texts

    async def first(self, query: Query[T], values: Values = NO_VALUES) -> T | None:
        """The row that the query finds, or None."""
        compiled = query.compiled(DIALECT)
        cursor = await self._executed(compiled.sql, compiled.parameters(values))
        row = await cursor.fetchone()
        return None if row is None else query.read(compiled.convert(row))

    async def all(self, query: Query[T], values: Values = NO_VALUES) -> list[T]:
        """All rows that the query finds."""
        compiled = query.compiled(DIALECT)
        cursor = await self._executed(compiled.sql, compiled.parameters(values))
        return [query.read(compiled.convert(row)) for row in await cursor.fetchall()]

    async def stream(self, query: Query[T], values: Values = NO_VALUES) -> AsyncIterator[T]:
        """All rows that the query finds, fetched in batches. Only in a snapshot."""
        compiled = query.compiled(DIALECT)
        try:
            async with self.raw.cursor(name="stream") as cursor:
                cursor.itersize = _PIECE
                await cursor.execute(compiled.sql, compiled.parameters(values))
                async for row in cursor:
                    yield query.read(compiled.convert(row))
        except psycopg.Error as error:
            raise self.translated(error) from None

    async def run(self, statement: Statement, values: Values = NO_VALUES) -> int:
        """How many rows the statement wrote."""
        compiled = statement.compiled(DIALECT)
        return (await self._executed(compiled.sql, compiled.parameters(values))).rowcount

    async def run_together(self, *steps: tuple[Statement, Values]) -> list[int]:
        """How many rows each statement wrote. They run in order, in one round trip."""
        compiled = [(statement.compiled(DIALECT), values) for statement, values in steps]
        try:
            async with self.raw.pipeline():
                await self._begin_now()
                cursors = [await self.raw.execute(each.sql, each.parameters(values)) for each, values in compiled]
        except psycopg.Error as error:
            raise self.translated(error) from None
        return [cursor.rowcount for cursor in cursors]

    async def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run the statement once for each of `rows`."""
        if not rows:
            return
        compiled = statement.compiled(DIALECT)
        try:
            await self._begin_now()
            await self.raw.cursor().executemany(compiled.sql, [compiled.parameters(values) for values in rows])
        except psycopg.Error as error:
            raise self.translated(error) from None

    async def execute(self, *texts: str) -> None:
        """Run texts without parameters, in one round trip."""
        try:
            async with self.raw.pipeline():
                for text in texts:
                    await self.raw.execute(text, prepare=False)
        except psycopg.Error as error:
            raise self.translated(error) from None

    async def commit(self) -> None:
        """Commit. Raises `DatabaseUnavailableError` if the outcome is unknown; it must not be repeated then."""
        if self._pending:  # nothing was done
            self._pending = ()
            return
        self._warnings.clear()
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                async with self.raw.pipeline():
                    await self.raw.execute("SET LOCAL statement_timeout = 0", prepare=False)
                    cursor = await self.raw.execute("COMMIT", prepare=False)
        except psycopg.Error as error:
            if isinstance(translated := self.translated(error), ConnectionLostError):
                raise DatabaseUnavailableError("the connection was lost while it committed") from None
            raise translated from None
        except TimeoutError:
            await self.raw.close()
            raise DatabaseUnavailableError("no answer to COMMIT: nobody knows whether it was committed") from None
        if cursor.statusmessage != "COMMIT":
            raise DatabaseUnavailableError("the transaction was undone")
        if self._warnings:
            raise DatabaseUnavailableError(f"nobody knows whether it was committed: {self._warnings[0]}")

    async def roll_back(self) -> None:
        """Roll back. If that fails, close the connection, which ends its transaction."""
        self._pending = ()
        try:
            await self.raw.rollback()
        except psycopg.Error:
            await self.raw.close()

    def is_usable(self) -> bool:
        """Whether it is idle and the server has not closed it. An idle connection has nothing to read."""
        if self.raw.closed or self.raw.info.transaction_status != TransactionStatus.IDLE:
            return False
        farewell = select.poll()
        farewell.register(self.raw.fileno(), select.POLLIN)
        return not farewell.poll(0)

    def translated(self, error: psycopg.Error) -> Exception:
        """Our error for PostgreSQL's. The text is its first line: the others show the row that it refuses."""
        if isinstance(error, (*_IN_THE_WAY, *_WRITTEN_MEANWHILE)):
            return ConflictError(first_line(error), is_ours=isinstance(error, _WRITTEN_MEANWHILE))
        if self.raw.closed:
            return ConnectionLostError(first_line(error))
        return refusal(error)

    async def _executed(self, sql: str, parameters: Any) -> psycopg.AsyncCursor[tuple[Any, ...]]:
        try:
            if not self._pending:
                return await self.raw.execute(sql, parameters)
            async with self.raw.pipeline():
                await self._begin_now()
                return await self.raw.execute(sql, parameters)
        except psycopg.Error as error:
            raise self.translated(error) from None

    async def _begin_now(self) -> None:
        texts, self._pending = self._pending, ()
        for text in texts:
            await self.raw.execute(text, prepare=False)

    def _note(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warnings.append(diagnostic.message_primary or "a warning")


def refusal(error: psycopg.Error) -> Exception:
    """Our error for a refusal without a conflict: unavailable now, or our mistake."""
    sqlstate = error.sqlstate
    if sqlstate is None:
        is_unavailable = isinstance(error, psycopg.OperationalError)
    else:
        is_unavailable = sqlstate[:2] in _UNAVAILABLE_CLASSES
    if is_unavailable:
        return DatabaseUnavailableError(first_line(error))
    return StatementError(f"{type(error).__name__}: {first_line(error)}")
