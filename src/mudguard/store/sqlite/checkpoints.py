"""Moves the write-ahead log into the database file in a thread, instead of during a commit."""

import contextlib
import sqlite3
from threading import Condition, Thread

import structlog

from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite.file import DatabaseFile, is_busy

COMMITS = 128
"""After this many commits, about a thousand pages, the log is copied. PASSIVE waits for nobody."""

IDLE_SECONDS = 1.0
"""After this long without a commit the log is emptied."""

LONG_WAL_BYTES = 64 * 1024 * 1024
"""A longer log is emptied even while others write. They wait, and the log says so."""

_WAIT_MS = 100
"""How long emptying waits for readers of an old state. Nobody writes meanwhile."""

log = structlog.get_logger(__name__)


class Checkpoints:
    """A thread with its own connection, started at the first commit."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._changed = Condition()
        self._commits = 0
        self._is_closed = False
        self._thread: Thread | None = None
        self._has_warned = False

    def note_commit(self) -> None:
        """Note a commit."""
        if self._thread is None:
            self._is_closed = False
            self._thread = Thread(target=self._serve, name="checkpoints", daemon=True)
            self._thread.start()
        self._commits += 1
        if self._commits in (1, COMMITS):
            with self._changed:
                self._changed.notify()

    def close(self) -> None:
        """End the thread when its current work is done."""
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
        """Wait for work. False when this is closed."""
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
