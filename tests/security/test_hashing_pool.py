"""Load shedding: when more hashing waits than a second of work, more is refused, and nothing else waits for it."""

import asyncio
import time
from threading import Event

import pytest

from mudguard.security.hashing_pool import MAX_WAIT_SECONDS, THREADS, HashingPool, OverloadedError


def test_more_hashes_than_can_be_begun_within_a_second_are_refused_at_once() -> None:
    async def flood() -> tuple[int, float]:
        pool, release = HashingPool(), Event()
        waiting: list[asyncio.Task[bool]] = []
        refused_after = 0.0
        while not refused_after:
            waiting.append(asyncio.create_task(pool.run(release.wait)))
            await asyncio.sleep(0)
            started = time.perf_counter()
            if waiting[-1].done():
                with pytest.raises(OverloadedError):
                    waiting.pop().result()
                refused_after = time.perf_counter() - started
        release.set()
        await asyncio.gather(*waiting)
        assert await pool.run(release.wait), "the flood is over"
        pool.close()
        return len(waiting), refused_after

    waited, refused_after = asyncio.run(flood())
    assert waited == int(MAX_WAIT_SECONDS * THREADS / 0.02) + 1
    assert refused_after < 0.1


def test_a_hash_that_found_no_thread_for_too_long_is_not_begun() -> None:
    begun: list[int] = []

    async def wait_behind_others() -> None:
        pool, release = HashingPool(longest_wait_seconds=0.1), Event()
        before = [asyncio.create_task(pool.run(release.wait)) for _ in range(THREADS)]
        last = asyncio.create_task(pool.run(lambda: begun.append(1)))
        await asyncio.sleep(0.2)
        release.set()
        await asyncio.gather(*before)
        try:
            await last
        finally:
            pool.close()

    with pytest.raises(OverloadedError):
        asyncio.run(wait_behind_others())
    assert begun == []


def test_hashes_that_fail_leave_their_place_to_others() -> None:
    async def fail_often() -> None:
        pool = HashingPool()
        for _ in range(500):
            with pytest.raises(ZeroDivisionError):
                await pool.run(lambda: 1 / 0)
        pool.close()

    asyncio.run(fail_often())


def test_a_set_is_hashed_in_its_order() -> None:
    async def hash_set() -> list[int]:
        pool = HashingPool()
        try:
            return await pool.map(lambda number: -number, range(10))
        finally:
            pool.close()

    assert asyncio.run(hash_set()) == [0, -1, -2, -3, -4, -5, -6, -7, -8, -9]
