"""The database file: opened the same way everywhere, and identified by its inode."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.dialects import sqlite

from mudguard.store.faults import DatabaseUnavailableError, StatementError, first_line

DIALECT = sqlite.dialect()

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")

OPEN_SECONDS = 1.0
"""How long opening waits for a process that locks the whole file, as during recovery after a crash."""

_CACHED_STATEMENTS = 256
_OF_OURS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
)
"""SQLite's locks and shared memory do not work on these (sqlite.org/wal.html, sqlite.org/faq.html#q5)."""

_MOUNTS = Path("/proc/self/mountinfo")


class DatabaseFile:
    """A database file. It must stay the same file while the server runs; a copy in its place is another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._identity: tuple[int, int] | None = None

    def open(self, *pragmas: str) -> sqlite3.Connection:
        """A connection without automatic transactions and waits. Raises `DatabaseUnavailableError`."""
        identity = self._current_identity()
        if self._identity is None:
            self._identity = identity
        self.check()
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                timeout=OPEN_SECONDS,
                check_same_thread=False,
                cached_statements=_CACHED_STATEMENTS,
            )
        except sqlite3.Error as error:
            raise unavailable(error) from None
        try:
            for pragma in (*PRAGMAS, "busy_timeout=0", *pragmas):
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error as error:
            connection.close()
            raise unavailable(error) from None
        return connection

    def check(self) -> None:
        """Raises `DatabaseUnavailableError` if the path now has another file, or none."""
        if self._identity is not None and self._current_identity() != self._identity:
            raise DatabaseUnavailableError(
                f"{self.path} was moved or replaced while the server runs; put it back, or start the server again"
            )

    def forget(self) -> None:
        """Accept any file at the next opening."""
        self._identity = None

    def wal_bytes(self) -> int:
        """The length of the write-ahead log."""
        try:
            return self._wal.stat().st_size
        except OSError:
            return 0

    def _current_identity(self) -> tuple[int, int]:
        try:
            status = os.stat(self.path)  # noqa: PTH116  # before each read: a third of the time of Path.stat
        except OSError as error:
            raise DatabaseUnavailableError(f"unable to open database file {self.path} ({error.strerror})") from None
        return status.st_dev, status.st_ino


def file_url(path: Path) -> URL:
    """The URL of the SQLite database in the file at `path`."""
    return URL.create("sqlite", database=str(path))


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of network file system that `path` is on; None if it is on none, or unknown."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return None
    where = path.absolute()
    kind, longest = "", -1
    for line in lines:
        before, _, after = line.partition(" - ")
        mounted_at = Path(before.split()[4].replace("\\040", " "))
        if where.is_relative_to(mounted_at) and len(mounted_at.parts) >= longest:
            kind, longest = after.split()[0], len(mounted_at.parts)
    return kind if kind in NETWORK_FILE_SYSTEMS else None


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection has the lock, so that a retry may succeed."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def unavailable(error: sqlite3.Error) -> Exception:
    """Our error for SQLite's: unavailable now, or our mistake."""
    if isinstance(error, _OF_OURS) or not isinstance(error, sqlite3.DatabaseError):
        return StatementError(f"{type(error).__name__}: {first_line(error)}")
    return DatabaseUnavailableError(first_line(error))
