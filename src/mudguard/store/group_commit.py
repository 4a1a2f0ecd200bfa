"""Writers who wait for one another share a commit: one flush of the disk makes the work of all of them durable."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class NoTurnError(Exception):
    """Others kept writing for too long. Nothing was done."""


@dataclass(eq=False, slots=True)
class _Job(Generic[T]):
    """A piece of work, and once it is done what came of it."""

    work: Callable[[Connection], T]
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """Runs work in write transactions, one at a time. Safe to use from many threads.

    Whoever has the turn runs the work of all who wait, in the order in which they came, in one transaction. Each hears
    of the outcome after the commit. Work that raises is undone with all the rest, then each piece runs by itself: so
    what one does wrong is nobody else's loss.
    """

    def __init__(self, transaction: Callable[[Callable[[Connection], Any]], Any], *, patience: float) -> None:
        """`transaction` runs work in a transaction and commits it; `patience` is the seconds to wait for a turn."""
        self._transaction = transaction
        self._patience = patience
        self._turn = threading.Lock()
        self._access = threading.Lock()
        self._waiting: list[_Job[Any]] = []

    def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives or raises, durable on return. Raises `NoTurnError`."""
        job = _Job(work)
        with self._access:
            self._waiting.append(job)
        if not self._turn.acquire(timeout=self._patience):
            if self._withdrawn(job):
                raise NoTurnError
            self._turn.acquire()  # who has the turn is at it
        try:
            if not job.is_done:
                self._do(self._taken())
        finally:
            self._turn.release()
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _taken(self) -> list[_Job[Any]]:
        with self._access:
            taken, self._waiting = self._waiting, []
        return taken

    def _withdrawn(self, job: _Job[Any]) -> bool:
        with self._access:
            is_waiting = job in self._waiting
            if is_waiting:
                self._waiting.remove(job)
        return is_waiting

    def _do(self, jobs: list[_Job[Any]]) -> None:
        if len(jobs) == 1 or not self._done_together(jobs):
            for job in jobs:
                try:
                    job.result = self._transaction(job.work)
                except BaseException as error:  # it belongs to whoever gave the work
                    job.error = error
                job.is_done = True

    def _done_together(self, jobs: list[_Job[Any]]) -> bool:
        """Whether every job is done. If work raised none is, nothing is changed, and it is not said whose it was."""
        has_raised = False

        def work(connection: Connection) -> list[Any]:
            nonlocal has_raised
            try:
                return [job.work(connection) for job in jobs]
            except BaseException:
                has_raised = True
                raise

        try:
            results = self._transaction(work)
        except BaseException as error:
            if has_raised:
                return False
            for job in jobs:
                job.error, job.is_done = error, True
            return True
        for job, result in zip(jobs, results, strict=True):
            job.result, job.is_done = result, True
        return True
