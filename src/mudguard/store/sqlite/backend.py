"""A SQLite database: a reader on the event loop, readers in threads, and the writer."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL

from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite.checkpoints import Checkpoints
from mudguard.store.sqlite.connection import LongReader, ShortReader, SqliteConnection
from mudguard.store.sqlite.file import DIALECT, DatabaseFile
from mudguard.store.sqlite.writer import Body, Writer

T = TypeVar("T")

LONG_READERS = 2
LONG_STATEMENT_SECONDS = 2.0
SNAPSHOT_SECONDS = 30.0
QUEUE_SECONDS = 5.0
"""How long a long read waits for a free reader."""


class SqliteBackend:
    """Opens on first use, and again after a close. Used on one event loop at a time."""

    dialect = DIALECT

    def __init__(self, url: URL) -> None:
        self._file = DatabaseFile(Path(url.database or ""))
        self._short: ShortReader | None = None
        self._checkpoints = Checkpoints(self._file)
        self._writer: Writer | None = None
        self._long: _LongReaders | None = None

    def is_missing(self) -> bool:
        """Whether there is no database file yet."""
        return not self._file.path.exists()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqliteConnection]:
        """The connection for short reads."""
        self._file.check()
        if self._short is None:
            self._short = ShortReader(self._file.open("query_only=ON"))
        yield self._short

    @asynccontextmanager
    async def reading_at_length(self) -> AsyncIterator[SqliteConnection]:
        """A connection for long reads."""
        async with self._readers.borrowed() as reader:
            reader.begin(statement_seconds=LONG_STATEMENT_SECONDS, seconds=None)
            yield reader

    @asynccontextmanager
    async def snapshot(self, *, seconds: float | None = SNAPSHOT_SECONDS) -> AsyncIterator[SqliteConnection]:
        """A connection whose reads all see one moment."""
        async with self._readers.borrowed() as reader:
            reader.begin(statement_seconds=None, seconds=seconds)
            try:
                await reader.command("BEGIN")
                yield reader
            finally:
                reader.begin(statement_seconds=None, seconds=None)
                if reader.raw.in_transaction:
                    await reader.command("ROLLBACK")

    async def transact(self, body: Body[T]) -> T:
        """Run `body`, commit, and return its result."""
        if self._writer is None:
            self._writer = Writer(self._file, after_commit=self._checkpoints.note_commit)
        return await self._writer.run(body)

    async def close(self) -> None:
        """Wait for running writes, and close every connection."""
        if self._writer is not None:
            await self._writer.close()
            self._writer = None
        self._checkpoints.close()
        if self._long is not None:
            self._long.close()
            self._long = None
        if self._short is not None:
            self._short.raw.close()
            self._short = None
        self._file.forget()

    @property
    def _readers(self) -> "_LongReaders":
        if self._long is None:
            self._long = _LongReaders(self._file)
        return self._long


class _LongReaders:
    """Readers with their own threads, each lent to one caller at a time."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._free = asyncio.Semaphore(LONG_READERS)
        self._threads = ThreadPoolExecutor(LONG_READERS, "long read")
        self._idle: list[LongReader] = []

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[LongReader]:
        """Borrow a reader. Raises `DatabaseUnavailableError` if none is free in time."""
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseUnavailableError("too many long reads") from None
        try:
            self._file.check()
            reader = self._idle.pop() if self._idle else LongReader(self._file.open("query_only=ON"), self._threads)
            try:
                yield reader
            finally:
                self._idle.append(reader)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the connections when no read is running."""
        self._threads.shutdown()
        for reader in self._idle:
            reader.raw.close()
