"""The one hop from the event loop into synchronous services, and how much may wait for it."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_THREADS = 8
HASHING_THREADS = max(2, os.cpu_count() or 1)

MAX_WAIT_SECONDS = 1.0
"""Hashing that would wait longer for a thread than this is turned away at once."""

LONGEST_WAIT_SECONDS = 10.0
"""Work that found no thread for so long is not begun: whoever asked has given up, and others wait behind it."""

_FIRST_GUESS_SECONDS = 0.02
_WEIGHT_OF_NEWEST = 0.1


class OverloadedError(Exception):
    """More work waits than can be begun in time. Nothing was done."""


class Workers:
    """Two pools: one for work that is over in a millisecond, one for work that hashes a password or backup code.

    The second is bounded, so that a flood of sign-ins is shed while everything else is answered as before.
    """

    def __init__(self, *, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._longest_wait = longest_wait_seconds
        self._swift = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="swift")
        self._hashing = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="hashing")
        self._waiting = 0
        self._usual_seconds = _FIRST_GUESS_SECONDS

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` in the pool for swift things. Raises `OverloadedError` if it found no thread for too long."""
        return await self._begun_in_time(self._swift, partial(work, *args, **kwargs))

    async def run_hashing(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` that takes as long as a slow hash. Raises `OverloadedError` if too much waits already."""
        if self._waiting * self._usual_seconds > MAX_WAIT_SECONDS * HASHING_THREADS:
            raise OverloadedError
        self._waiting += 1
        try:
            result, seconds = await self._begun_in_time(self._hashing, partial(_timed, partial(work, *args, **kwargs)))
        finally:
            self._waiting -= 1
        self._usual_seconds += _WEIGHT_OF_NEWEST * (seconds - self._usual_seconds)
        return result

    async def _begun_in_time(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        latest = time.monotonic() + self._longest_wait
        return await asyncio.get_running_loop().run_in_executor(pool, _begin, work, latest)

    def close(self) -> None:
        """Wait for what is running, then end the threads."""
        self._swift.shutdown()
        self._hashing.shutdown()


def _begin(work: Callable[[], T], latest: float) -> T:
    if time.monotonic() > latest:
        raise OverloadedError
    return work()


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started
