"""The one hop from the event loop into synchronous services."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_THREADS = 8
HASHING_THREADS = max(2, os.cpu_count() or 1)


class Workers:
    """Two pools: one for work that is over in a millisecond, one for work that hashes a password or backup code."""

    def __init__(self) -> None:
        self._swift = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="swift")
        self._hashing = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="hashing")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` in the pool for swift things."""
        return await asyncio.get_running_loop().run_in_executor(self._swift, partial(work, *args, **kwargs))

    async def run_hashing(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` that takes as long as a slow hash, out of the way of everything else."""
        return await asyncio.get_running_loop().run_in_executor(self._hashing, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is running, then end the threads."""
        self._swift.shutdown()
        self._hashing.shutdown()
