"""Coming in where SQLite's writer commits: in its thread, before COMMIT and after it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mudguard.store.database import Database
from mudguard.store.sqlite import writer
from mudguard.store.sqlite.backend import SqliteBackend

PATIENCE_SECONDS = 30


def _nothing() -> None:
    pass


class _Watched:
    """A connection of which only the commit is wanted."""

    def __init__(self, raw: sqlite3.Connection, before: Callable[[], object], after: Callable[[], object]) -> None:
        self._raw, self._before, self._after = raw, before, after

    def commit(self) -> None:
        self._before()
        self._raw.commit()
        self._after()


def at_commits(
    patch: pytest.MonkeyPatch, *, before: Callable[[], object] = _nothing, after: Callable[[], object] = _nothing
) -> None:
    """Let `before` be done in front of each COMMIT of this process, and `after` when it is done but nobody knows."""
    original: Any = writer._Committer.commit
    patch.setattr(writer._Committer, "commit", lambda committer, raw: original(committer, _Watched(raw, before, after)))


class HeldCommits:
    """Commits of this process, each of which waits until they may go on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._asked, self._may_go = threading.Event(), threading.Event()
        at_commits(patch, before=self._hold)

    async def one_is_asked_for(self) -> None:
        """Wait until the first has come."""
        assert await asyncio.to_thread(self._asked.wait, PATIENCE_SECONDS)

    def go_on(self) -> None:
        """Let all of them, and those that come, take place."""
        self._may_go.set()

    def _hold(self) -> None:
        self._asked.set()
        assert self._may_go.wait(PATIENCE_SECONDS)


class Batches:
    """How many transactions each commit of this process had; `one_more` is called within each."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self._size = 0
        at_commits(patch, before=self._note)

    def one_more(self) -> None:
        """A transaction is under way."""
        self._size += 1

    def _note(self) -> None:
        self.sizes.append(self._size)
        self._size = 0


def writer_of(database: Database) -> writer.Writer:
    """The writer of a database on SQLite that was written to."""
    backend = database._backend
    assert isinstance(backend, SqliteBackend)
    assert backend._writer
    return backend._writer
