"""Threads for an event loop: `run_in_executor` costs four times as much under load (ADR 23)."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread, get_native_id
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Threads:
    """So many threads, which take work in the order in which it came. They start with the first piece.

    `niceness` is how far they stand back for others where processor time is short; Linux alone has that for threads.
    """

    def __init__(self, count: int, *, name: str, niceness: int = 0) -> None:
        self._niceness = niceness
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = [Thread(target=self._serve, name=f"{name}_{number}", daemon=True) for number in range(count)]
        self._started = False

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """What `work` gives or raises, once a thread has done it."""
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        self._jobs.put((loop, outcome, work))
        return outcome

    def close(self) -> None:
        """Wait for all work that was taken, then end the threads."""
        if self._started:
            for _ in self._threads:
                self._jobs.put(None)
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        if self._niceness and sys.platform == "linux":
            me = get_native_id()
            os.setpriority(os.PRIO_PROCESS, me, max(self._niceness, os.getpriority(os.PRIO_PROCESS, me)))
        while (job := self._jobs.get()) is not None:
            _do(*job)
            del job


def _do(loop: asyncio.AbstractEventLoop, outcome: "asyncio.Future[Any]", work: Callable[[], Any]) -> None:
    if outcome.cancelled():
        return
    try:
        result = work()
    except BaseException as error:  # it belongs to whoever waits
        _tell(loop, _fail, outcome, error)
    else:
        _tell(loop, _give, outcome, result)


def _tell(loop: asyncio.AbstractEventLoop, how: Callable[..., None], *what: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(how, *what)


def _give(outcome: "asyncio.Future[Any]", result: Any) -> None:
    if not outcome.done():
        outcome.set_result(result)


def _fail(outcome: "asyncio.Future[Any]", error: BaseException) -> None:
    if not outcome.done():  # and no future takes a StopIteration
        outcome.set_exception(RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)
