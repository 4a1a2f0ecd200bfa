"""Threads for slow hashes: few, bounded, and of low priority."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")

THREADS = max(2, os.cpu_count() or 1)

NICENESS = 10
"""Hashing gets the processor time that others leave, and at least a tenth."""

MAX_WAIT_SECONDS = 1.0
"""A hash that would wait longer for a thread than this is refused at once."""

LONGEST_WAIT_SECONDS = 10.0
"""A hash that waited this long for a thread is not begun: its client has given up, and others wait."""

_FIRST_GUESS_SECONDS = 0.02
_WEIGHT_OF_NEWEST = 0.1


class OverloadedError(Exception):
    """More hashes wait than can start in time. Nothing was done."""


class HashingPool:
    """Runs hashes, which release the GIL while they work. It refuses a flood, so that other work goes on."""

    def __init__(self, *, threads: int = THREADS, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._threads = threads
        self._longest_wait = longest_wait_seconds
        self._pool = ThreadPoolExecutor(threads, "hashing", initializer=_stand_back)
        self._waiting = 0
        self._usual_seconds = _FIRST_GUESS_SECONDS

    async def run(self, hashing: Callable[[], T]) -> T:
        """Run `hashing` and return its result. Raises `OverloadedError` if too much waits."""
        (result,) = await self.map(lambda _: hashing(), (None,))
        return result

    async def map(self, hashing: Callable[[A], T], of: Sequence[A]) -> list[T]:
        """Run `hashing` for each and return the results. Raises `OverloadedError` if too much waits."""
        if self._waiting * self._usual_seconds > MAX_WAIT_SECONDS * self._threads:
            raise OverloadedError
        latest = time.monotonic() + self._longest_wait
        loop = asyncio.get_running_loop()
        self._waiting += len(of)
        try:
            futures = [loop.run_in_executor(self._pool, _timed, hashing, each, latest) for each in of]
            timed = await asyncio.gather(*futures)
        finally:
            self._waiting -= len(of)
        for _, seconds in timed:
            self._usual_seconds += _WEIGHT_OF_NEWEST * (seconds - self._usual_seconds)
        return [result for result, _ in timed]

    def close(self) -> None:
        """Wait for running hashes, then end the threads."""
        self._pool.shutdown(cancel_futures=True)


def _timed(hashing: Callable[[A], T], of: A, latest: float) -> tuple[T, float]:
    started = time.perf_counter()
    if time.monotonic() > latest:
        raise OverloadedError
    return hashing(of), time.perf_counter() - started


def _stand_back() -> None:
    """Lower the thread's priority. Only Linux has a niceness for threads."""
    if sys.platform == "linux":
        me = get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(NICENESS, os.getpriority(os.PRIO_PROCESS, me)))
