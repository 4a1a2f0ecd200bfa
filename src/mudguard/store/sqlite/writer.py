"""The one writer of a process. It runs transactions one after the other, and commits those that wait together.

Statements run on the event loop: none of ours takes longer than reading a page from disk. Only `COMMIT`, which waits
for the disk, runs in a thread. Transactions that arrive meanwhile are in the next batch.
"""

import asyncio
import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from mudguard.store.connection import restored
from mudguard.store.faults import DatabaseUnavailableError, first_line
from mudguard.store.sqlite.connection import SqliteConnection
from mudguard.store.sqlite.file import DatabaseFile, is_busy, unavailable
from mudguard.store.sqlite.turns import Turns

T = TypeVar("T")
Body = Callable[[SqliteConnection], Coroutine[Any, Any, T]]

PATIENCE_SECONDS = 10.0
"""How long a transaction waits for its turn and for other writing processes."""

MAX_WAITING = 2_000
"""Transactions that may wait for their turn."""

MAX_BATCH = 16
MAX_BATCH_SECONDS = 0.005
"""A batch ends at either limit, so that readers and other processes get their turn."""

MAX_WAL_BYTES = 512 * 1024 * 1024
"""Nothing is written while the write-ahead log is longer. An endless read can keep it from being emptied."""

_LOOK_SECONDS = 0.5
"""How often, during a commit, the writer looks for transactions that have waited too long."""

TURN_SECONDS = 0.005
"""After this long a process lets a waiting one begin, once its batch is committed."""

COURTESY_SECONDS = 1.0
"""How long a process waits behind another. After that it asks SQLite too."""

_SHORTEST_PAUSE_SECONDS = 0.0005
_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.005
"""SQLite does not say when its lock is free, so we ask again after growing pauses."""


class _Job:
    """A transaction that a caller awaits. It runs in the caller's context."""

    def __init__(self, body: Body[Any], outcome: "asyncio.Future[Any]") -> None:
        self.latest = time.monotonic() + PATIENCE_SECONDS
        self._body = body
        self._outcome = outcome
        self._context: Context = copy_context()
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self, connection: SqliteConnection) -> bool:
        """Run the body and return whether it succeeded. `tell` passes on its result or error."""
        try:
            self._result = self._context.run(_driven, self._body(connection))
        except BaseException as error:  # it belongs to the caller
            self._error = error
        return self._error is None

    @property
    def reason(self) -> str:
        """The body's error."""
        return "it ended early" if self._error is None else first_line(self._error)

    def tell(self) -> None:
        """Give the outcome to the caller, unless it has left."""
        if self._error is not None:
            self.fail(self._error)
        elif not self._outcome.done():
            self._outcome.set_result(self._result)

    def fail(self, error: BaseException) -> None:
        """Give an error to the caller, unless it has left."""
        if not self._outcome.done():
            self._outcome.set_exception(error)


class Writer:
    """Runs transactions on one event loop. Calls `after_commit` when the log has grown, or is too long."""

    def __init__(self, file: DatabaseFile, *, after_commit: Callable[[], None]) -> None:
        self._file = file
        self._after_commit = after_commit
        self._waiting: deque[_Job] = deque()
        self._connection: SqliteConnection | None = None
        self._committer = _Committer()
        self._turns = Turns(file.path.parent)
        self._turn_until = 0.0
        self._courtesy = COURTESY_SECONDS
        self._writing: asyncio.Task[None] | None = None
        self._next_look: asyncio.TimerHandle | None = None

    def run(self, body: Body[T]) -> "asyncio.Future[T]":
        """Run `body` and return its result once committed, or raise its error. Raises `DatabaseUnavailableError`.

        If the caller is cancelled, the transaction still takes place.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise DatabaseUnavailableError("too many transactions wait")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Job(body, outcome))
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        return outcome

    async def close(self) -> None:
        """Wait for all requested transactions, then close the connection."""
        while self._writing is not None:
            await self._writing
        self._committer.close()
        self._turns.close()
        self._drop_connection()

    async def _write_all(self) -> None:
        """Write batches while jobs wait. The first begins one tick after its first job arrived."""
        self._look_for_impatient()
        try:
            while self._waiting:
                connection = await self._begun()
                if connection is not None:
                    await self._write_batch(connection)
        finally:
            self._writing = None
            if self._next_look is not None:
                self._next_look.cancel()

    def _may_ask(self, now: float, since: float) -> bool:
        """Whether to ask SQLite for its lock: in our turn, or when the other has had the turn for too long.

        If it holds the turn without writing, nobody waits for it again until it was given back once.
        """
        if now < self._turn_until:
            return True
        if self._turns.take():
            self._courtesy = COURTESY_SECONDS
            return True
        if now > since + self._courtesy:
            self._courtesy = 0.0
            return True
        return False

    async def _begun(self) -> SqliteConnection | None:
        """The connection in a write transaction; None if nobody is left who wants one."""
        pause, since = _FIRST_PAUSE_SECONDS, time.monotonic()
        try:
            while self._waiting:
                now = time.monotonic()
                if self._may_ask(now, since):
                    connection = self._try_to_begin()
                    if connection is not None:
                        if now >= self._turn_until:
                            self._turn_until = now + TURN_SECONDS
                        return connection
                else:
                    self._fail_impatient()
                if self._waiting:
                    await asyncio.sleep(random.uniform(_SHORTEST_PAUSE_SECONDS, pause))  # noqa: S311  # jitter
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        finally:
            self._turns.give_back()
        return None

    def _try_to_begin(self) -> SqliteConnection | None:
        """Try to begin a write transaction. On failure, tell the callers that should not wait."""
        try:
            self._check_file()
            connection = self._connection or self._open()
            connection.raw.execute("BEGIN IMMEDIATE").close()
        except DatabaseUnavailableError as error:
            self._fail_waiting(error)
        except sqlite3.Error as error:
            if is_busy(error):
                self._fail_waiting(unavailable(error), later_than=time.monotonic())
            else:
                self._drop_connection()
                self._fail_waiting(unavailable(error))
        else:
            return connection
        return None

    async def _write_batch(self, connection: SqliteConnection) -> None:
        """Run the waiting jobs, commit, and only then tell their callers."""
        jobs: list[_Job] = []
        failure = "the transaction was undone"
        try:
            has_written = self._run_jobs(connection, jobs)
            if has_written:
                failure = "nobody knows whether it was committed"
                await self._commit(connection)
        except (sqlite3.Error, DatabaseUnavailableError) as error:
            self._fail_batch(jobs, f"{failure}: {first_line(error)}")
            return
        except BaseException:
            self._fail_batch(jobs, "the server stops")
            raise
        for job in jobs:
            job.tell()
        if has_written:
            self._after_commit()

    def _run_jobs(self, connection: SqliteConnection, jobs: list[_Job]) -> bool:
        """Run each job completely or not at all, and add it to `jobs`. Returns whether there is something to commit."""
        raw, until = connection.raw, time.monotonic() + MAX_BATCH_SECONDS
        wanted = min(len(self._waiting), MAX_BATCH)
        while len(jobs) < wanted and (not jobs or time.monotonic() < until):
            job = self._waiting.popleft()
            jobs.append(job)
            kept = dict(connection.state)
            if wanted > 1:
                raw.execute("SAVEPOINT job").close()
            is_done = job.run(connection)
            if not raw.in_transaction:  # SQLite has undone everything, as it does when the disk is full
                raise DatabaseUnavailableError(job.reason)
            if is_done:
                continue
            connection.state = restored(kept, connection.state)
            if wanted == 1:
                raw.execute("ROLLBACK").close()
                return False
            raw.execute("ROLLBACK TO job").close()
        return True

    async def _commit(self, connection: SqliteConnection) -> None:
        """Commit. On return it is durable, and the file is still in its place."""
        await self._committer.commit(connection.raw)
        self._file.check()

    def _check_file(self) -> None:
        self._file.check()
        if self._file.wal_bytes() > MAX_WAL_BYTES:
            self._after_commit()  # no commit does; without this the log would stay as it is
            raise DatabaseUnavailableError("the write-ahead log is full: somebody has been reading for too long")

    def _open(self) -> SqliteConnection:
        self._connection = SqliteConnection(self._file.open("wal_autocheckpoint=0"))
        return self._connection

    def _drop_connection(self) -> None:
        """Close the connection, which ends its open transaction."""
        if self._connection is not None:
            self._connection.raw.close()
            self._connection = None

    def _fail_batch(self, jobs: list[_Job], reason: str) -> None:
        """Fail a batch. Nothing is repeated: its work was lost with the connection, or is committed."""
        self._drop_connection()
        for job in jobs:
            job.fail(DatabaseUnavailableError(reason))

    def _look_for_impatient(self) -> None:
        self._fail_impatient()
        self._next_look = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look_for_impatient)

    def _fail_impatient(self) -> None:
        self._fail_waiting(DatabaseUnavailableError("others kept writing"), later_than=time.monotonic())

    def _fail_waiting(self, error: Exception, *, later_than: float | None = None) -> None:
        """Fail all waiting jobs, or only those that have waited too long."""
        while self._waiting and (later_than is None or self._waiting[0].latest < later_than):
            self._waiting.popleft().fail(error)


class _Committer:
    """A thread that commits. The driver releases the GIL while the disk flushes."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[tuple[sqlite3.Connection, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def commit(self, raw: sqlite3.Connection) -> "asyncio.Future[None]":
        """Wait until `raw` has committed. Raises the driver's error."""
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="commit", daemon=True)
            self._thread.start()
        done = asyncio.get_running_loop().create_future()
        self._asked.put((raw, done))
        return done

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            raw, done = asked
            error: BaseException | None = None
            try:
                raw.commit()
            except BaseException as raised:  # the waiting caller gets the error
                error = raised
            done.get_loop().call_soon_threadsafe(_resolve, done, error)


def _resolve(done: "asyncio.Future[None]", error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _driven(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine`. It must not suspend: it would hold the write lock while other code runs."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a transaction awaited something other than its connection")
