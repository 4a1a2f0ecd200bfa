"""Threads that work for an event loop: whatever comes of a piece of work, whoever waits for it hears of it."""

import asyncio
import os
import threading
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any, NoReturn

import pytest

from mudguard.http.threads import Threads


def fail(error: BaseException) -> Callable[[], NoReturn]:
    def work() -> NoReturn:
        raise error

    return work


async def outcome_of(work: Callable[[], Any]) -> Any:
    threads = Threads(1, name="test")
    try:
        return await asyncio.wait_for(threads.run(work), timeout=5)
    finally:
        threads.close()


def test_work_is_done_in_a_thread_of_that_name_and_gives_its_result() -> None:
    assert asyncio.run(outcome_of(lambda: threading.current_thread().name)) == "test_0"


def test_threads_can_stand_back_for_others() -> None:
    async def priorities() -> list[int]:
        found = []
        for niceness in (0, 10):
            threads = Threads(1, name="test", niceness=niceness)
            found.append(await threads.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
            threads.close()
        return found

    usual, nicer = asyncio.run(priorities())
    assert nicer == max(usual, 10)


def test_an_exception_comes_through() -> None:
    with pytest.raises(KeyError, match="no"):
        asyncio.run(outcome_of(fail(KeyError("no"))))


def test_the_one_exception_that_no_future_takes_comes_through_as_another() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(outcome_of(fail(StopIteration())))


def test_a_thread_outlives_work_that_ends_the_process_elsewhere() -> None:
    async def twice() -> str:
        threads = Threads(1, name="test")
        with pytest.raises(GeneratorExit):
            await threads.run(fail(GeneratorExit()))
        done = await threads.run(lambda: "done")
        threads.close()
        return done

    assert asyncio.run(twice()) == "done"


def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    begun: list[int] = []

    async def give_up() -> None:
        threads, release = Threads(1, name="test"), Event()
        first = threads.run(release.wait)
        second = threads.run(lambda: begun.append(1))
        second.cancel()
        release.set()
        await first
        threads.close()

    asyncio.run(give_up())
    assert begun == []


def test_closing_waits_for_all_that_was_taken() -> None:
    done: list[int] = []

    async def leave() -> None:
        threads = Threads(2, name="test")
        for number in range(20):
            threads.run(partial(done.append, number))
        threads.close()

    asyncio.run(leave())
    assert sorted(done) == list(range(20))


def test_threads_that_had_nothing_to_do_are_closed_at_once() -> None:
    Threads(2, name="test").close()


def test_work_that_ends_after_its_loop_is_closed_harms_nobody() -> None:
    threads, release = Threads(1, name="test"), Event()

    async def leave() -> None:
        threads.run(release.wait)

    asyncio.run(leave())
    release.set()
    threads.close()
