"""Moving the write-ahead log into the database file, beside everybody's work instead of within a commit."""

import contextlib
import sqlite3
from threading import Condition, Thread

import structlog

from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite.file import DatabaseFile, is_busy

COMMITS = 128
"""After so many commits, about a thousand pages, what is in the log is copied: PASSIVE waits for nobody."""

IDLE_SECONDS = 1.0
"""After so long without a commit the log is emptied."""

LONG_WAL_BYTES = 64 * 1024 * 1024
"""A longer log is emptied even while others write, who wait for it; and it is told."""

_WAIT_MS = 100
"""How long emptying waits for those who read an old state; meanwhile nobody writes."""

log = structlog.get_logger(__name__)


class Checkpoints:
    """A thread with a connection of its own, from the first commit on."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._changed = Condition()
        self._commits = 0
        self._is_closed = False
        self._thread: Thread | None = None
        self._has_warned = False

    def note_commit(self) -> None:
        """Something was committed."""
        if self._thread is None:
            self._is_closed = False
            self._thread = Thread(target=self._serve, name="checkpoints", daemon=True)
            self._thread.start()
        self._commits += 1
        if self._commits in (1, COMMITS):
            with self._changed:
                self._changed.notify()

    def close(self) -> None:
        """End the thread, once it is done with what it does."""
        if self._thread is not None:
            with self._changed:
                self._is_closed = True
                self._changed.notify()
            self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        connection: sqlite3.Connection | None = None
        while self._wait():
            try:
                connection = connection or self._file.open("wal_autocheckpoint=0", f"busy_timeout={_WAIT_MS}")
                self._checkpoint(connection)
            except (sqlite3.Error, DatabaseUnavailableError) as error:
                if not isinstance(error, sqlite3.Error) or not is_busy(error):
                    log.warning("the write-ahead log could not be moved into the database", reason=str(error))
                    with contextlib.suppress(sqlite3.Error):
                        if connection is not None:
                            connection.close()
                    connection = None
        if connection is not None:
            connection.close()

    def _wait(self) -> bool:
        """Until there is something to do; False when this is closed."""
        with self._changed:
            while not self._is_closed and not self._commits:
                self._changed.wait()
            before = -1
            while not self._is_closed and self._commits < COMMITS and self._commits != before:
                before = self._commits
                self._changed.wait(IDLE_SECONDS)
            return not self._is_closed

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        is_busy_time, self._commits = self._commits >= COMMITS, 0
        is_long = self._file.wal_bytes() > LONG_WAL_BYTES
        mode = "PASSIVE" if is_busy_time and not is_long else "TRUNCATE"
        connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        length = self._file.wal_bytes()
        if length > LONG_WAL_BYTES and not self._has_warned:
            log.warning("the write-ahead log is long; somebody has been reading for a while", megabytes=length >> 20)
        self._has_warned = length > LONG_WAL_BYTES
