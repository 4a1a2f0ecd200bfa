"""Turns between processes that write: SQLite itself gives its lock to whoever asks at the right moment."""

import fcntl
import os
from pathlib import Path


class Turns:
    """Who waits to write holds a lock on the folder of the database, and nobody else asks SQLite before them.

    A courtesy: where the folder cannot be locked, or its lock is held for long, all ask as they like.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self._is_ours = False

    def take(self) -> bool:
        """Whether it is our turn to ask: nobody else waits, or nobody can tell."""
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
        """Let others ask."""
        if self._is_ours and self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._is_ours = False

    def close(self) -> None:
        """Give the lock back, and close the folder."""
        self._is_ours = False
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
