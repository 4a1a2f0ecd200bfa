"""Writers who wait for one another share a commit: one flush of the disk makes the work of all of them durable."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class NoTurnError(Exception):
    """Others kept writing for too long. Nothing was done."""


class _Job(Generic[T]):
    """A piece of work, and what came of it. Whoever gave it sleeps until it is done, or the turn is theirs."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.is_done = False
        self.has_turn = False
        self.result: Any = None
        self.error: BaseException | None = None
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self, seconds: float = -1) -> bool:
        """Wait to be woken; False if that took longer than `seconds`."""
        return self._asleep.acquire(timeout=seconds)

    def wake(self) -> None:
        """Let `sleep` return. Once."""
        self._asleep.release()

    def outcome(self) -> T:
        """What the work gave or raised."""
        if self.error is not None:
            raise self.error
        result: T = self.result
        return result


class GroupCommit:
    """Runs work in write transactions, one at a time. Safe to use from many threads.

    Whoever has the turn runs the work of all who wait, in the order in which they came, in one transaction, and hands
    the turn on to the first who came meanwhile. Each hears of the outcome after the commit. Work that raises is undone
    with all the rest, then each piece runs by itself: so what one does wrong is nobody else's loss.
    """

    def __init__(self, transaction: Callable[[Callable[[Connection], Any]], Any], *, patience: float) -> None:
        """`transaction` runs work in a transaction and commits it; `patience` is the seconds to wait for a turn."""
        self._transaction = transaction
        self._patience = patience
        self._access = threading.Lock()
        self._waiting: list[_Job[Any]] = []
        self._is_taken = False

    def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives or raises, durable on return. Raises `NoTurnError`."""
        job = _Job(work)
        with self._access:
            self._waiting.append(job)
            job.has_turn, self._is_taken = not self._is_taken, True
        if not job.has_turn and not job.sleep(self._patience):
            self._withdraw(job)
        if not job.is_done:
            try:
                self._do(self._all_who_wait(), mine=job)
            finally:
                self._hand_on()
        return job.outcome()

    def _all_who_wait(self) -> list[_Job[Any]]:
        with self._access:
            taken, self._waiting = self._waiting, []
        return taken

    def _hand_on(self) -> None:
        with self._access:
            self._is_taken = bool(self._waiting)
            if self._waiting:
                self._waiting[0].has_turn = True
                self._waiting[0].wake()

    def _withdraw(self, job: _Job[Any]) -> None:
        """Take `job` back; if somebody is at it, or the turn has just come, wait for that. Raises `NoTurnError`."""
        with self._access:
            if not job.has_turn and job in self._waiting:
                self._waiting.remove(job)
                raise NoTurnError
        job.sleep()

    def _do(self, jobs: Sequence[_Job[Any]], *, mine: _Job[Any]) -> None:
        """Do all, and wake the others."""
        try:
            if not self._attempt(jobs):
                for job in jobs:
                    self._attempt([job])
        except BaseException as error:
            for job in jobs:
                if not job.is_done:
                    job.error, job.is_done = error, True
        finally:
            for job in jobs:
                if job is not mine:
                    job.wake()

    def _attempt(self, jobs: Sequence[_Job[Any]]) -> bool:
        """Whether all are done, in one transaction; if the work of several raised none is, and nothing is changed.

        Raises what kept the transaction itself from beginning, or from being committed.
        """
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
            if not has_raised:
                raise
            if len(jobs) > 1:
                return False
            jobs[0].error = error
            jobs[0].is_done = True
            return True
        for job, result in zip(jobs, results, strict=True):
            job.result, job.is_done = result, True
        return True
