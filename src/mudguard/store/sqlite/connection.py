"""Runs statements on SQLite: writes and short reads on the event loop, long reads in a thread."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from mudguard.store.records import Row
from mudguard.store.sqlite.file import DIALECT, is_busy, unavailable
from mudguard.store.statements import NO_VALUES, Query, Statement, Values

T = TypeVar("T")

BUSY_SECONDS = 2.0
"""How long a short read waits for a process that locks the whole file, as during recovery."""

_BUSY_PAUSE_SECONDS = 0.001
_INSTRUCTIONS_BETWEEN_LOOKS = 10_000
_INTERRUPT_SECONDS = 0.01
_PIECE = 100


class SqliteConnection:
    """The writer's connection. Its coroutines never suspend: each ends at its first step."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.state: dict[str, Any] = {}

    async def first(self, query: Query[T], values: Values = NO_VALUES) -> T | None:
        """The row that the query finds, or None."""
        compiled = query.compiled(DIALECT)
        rows = await self._rows(compiled.sql, compiled.parameters(values), is_first_enough=True)
        return query.read(compiled.convert(rows[0])) if rows else None

    async def all(self, query: Query[T], values: Values = NO_VALUES) -> list[T]:
        """All rows that the query finds."""
        compiled = query.compiled(DIALECT)
        rows = await self._rows(compiled.sql, compiled.parameters(values))
        return [query.read(compiled.convert(row)) for row in rows]

    async def stream(self, query: Query[T], values: Values = NO_VALUES) -> AsyncIterator[T]:
        """All rows that the query finds, one at a time."""
        for found in await self.all(query, values):
            yield found

    async def run(self, statement: Statement, values: Values = NO_VALUES) -> int:
        """How many rows the statement wrote."""
        compiled = statement.compiled(DIALECT)
        return self.execute(compiled.sql, compiled.parameters(values))

    async def run_together(self, *steps: tuple[Statement, Values]) -> list[int]:
        """Run the statements in order. Returns how many rows each wrote."""
        return [await self.run(statement, values) for statement, values in steps]

    async def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run the statement once for each of `rows`."""
        compiled = statement.compiled(DIALECT)
        for values in rows:
            self.execute(compiled.sql, compiled.parameters(values))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a text. Returns how many rows it wrote."""
        try:
            cursor = self.raw.execute(sql, parameters)
            count = cursor.rowcount
            cursor.close()
        except sqlite3.Error as error:
            raise unavailable(error) from None
        return count

    async def _rows(self, sql: str, parameters: Sequence[Any], *, is_first_enough: bool = False) -> list[Row]:
        try:
            return _fetched(self.raw, sql, parameters, is_first_enough=is_first_enough)
        except sqlite3.Error as error:
            raise unavailable(error) from None


class ShortReader(SqliteConnection):
    """A connection that all short reads share. Each statement sees the newest commit."""

    async def _rows(self, sql: str, parameters: Sequence[Any], *, is_first_enough: bool = False) -> list[Row]:
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return _fetched(self.raw, sql, parameters, is_first_enough=is_first_enough)
            except sqlite3.Error as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise unavailable(error) from None
            await asyncio.sleep(_BUSY_PAUSE_SECONDS)


class LongReader(SqliteConnection):
    """A connection for long reads. Its statements run in a thread, and stop when their time is over."""

    def __init__(self, raw: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        super().__init__(raw)
        self._thread = thread
        self._statement_seconds: float | None = None
        self._statement_deadline: float | None = None
        self._deadline: float | None = None
        raw.set_progress_handler(self._is_over, _INSTRUCTIONS_BETWEEN_LOOKS)

    def begin(self, *, statement_seconds: float | None, seconds: float | None) -> None:
        """Let a statement take `statement_seconds`, and all together `seconds`. None means no limit."""
        self._statement_seconds = statement_seconds
        self._statement_deadline = None
        self._deadline = None if seconds is None else time.monotonic() + seconds

    async def stream(self, query: Query[T], values: Values = NO_VALUES) -> AsyncIterator[T]:
        """All rows that the query finds, read in batches."""
        compiled = query.compiled(DIALECT)
        cursor = await self._in_thread(lambda: self.raw.execute(compiled.sql, compiled.parameters(values)))
        try:
            while rows := await self._in_thread(lambda: cursor.fetchmany(_PIECE)):
                for row in rows:
                    yield query.read(compiled.convert(row))
        finally:
            cursor.close()

    async def command(self, sql: str) -> None:
        """Run a text that begins or ends a snapshot."""
        await self._in_thread(lambda: self.raw.execute(sql).close())

    async def _rows(self, sql: str, parameters: Sequence[Any], *, is_first_enough: bool = False) -> list[Row]:
        return await self._in_thread(lambda: _fetched(self.raw, sql, parameters, is_first_enough=is_first_enough))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        if self._statement_seconds is not None:
            self._statement_deadline = time.monotonic() + self._statement_seconds
        running = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            return await asyncio.shield(running)
        except sqlite3.Error as error:
            raise unavailable(error) from None
        except asyncio.CancelledError:
            while not running.done():  # the next caller borrows this connection
                self.raw.interrupt()
                await asyncio.wait([running], timeout=_INTERRUPT_SECONDS)
            raise

    def _is_over(self) -> bool:
        now = time.monotonic()
        return any(limit is not None and now > limit for limit in (self._deadline, self._statement_deadline))


def _fetched(raw: sqlite3.Connection, sql: str, parameters: Sequence[Any], *, is_first_enough: bool) -> list[Row]:
    """The rows. The cursor is closed, since an open one keeps its whole connection at an old state."""
    cursor = raw.execute(sql, parameters)
    rows = cursor.fetchmany(1) if is_first_enough else cursor.fetchall()
    cursor.close()
    return rows
