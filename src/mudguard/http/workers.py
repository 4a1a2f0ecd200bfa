"""The one hop from the event loop into synchronous services, and how much may wait for it."""

import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ParamSpec, TypeVar

from mudguard.http.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_THREADS = 8
HASHING_THREADS = max(2, os.cpu_count() or 1)

HASHING_NICENESS = 10
"""Hashing takes what others leave of the processors, and no less than a tenth of them."""

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
        self._swift = Threads(DATABASE_THREADS, name="swift")
        self._hashing = Threads(HASHING_THREADS, name="hashing", niceness=HASHING_NICENESS)
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

    def close(self) -> None:
        """Wait for what is running, then end the threads."""
        self._swift.close()
        self._hashing.close()

    def _begun_in_time(self, pool: Threads, work: Callable[[], T]) -> Awaitable[T]:
        return pool.run(partial(_begin, work, time.monotonic() + self._longest_wait))


def _begin(work: Callable[[], T], latest: float) -> T:
    if time.monotonic() > latest:
        raise OverloadedError
    return work()


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started
