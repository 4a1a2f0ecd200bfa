"""Turns between processes that write. Without them SQLite's lock goes to any process that asks in time."""

import fcntl
import os
from pathlib import Path


class Turns:
    """A process that waits to write locks the database's folder, and no other asks SQLite before it.

    This is optional: if the folder cannot be locked, or is locked for long, any process asks SQLite.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self._is_ours = False

    def take(self) -> bool:
        """Whether it is our turn to ask: no other process waits, or that is unknown."""
        if self._is_ours:
            return True
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        self._is_ours = True
        return True

    def give_back(self) -> None:
        """Let other processes ask."""
        if self._is_ours and self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._is_ours = False

    def close(self) -> None:
        """Release the lock, and close the folder."""
        self._is_ours = False
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
