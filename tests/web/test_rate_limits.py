"""Limits per address that are shared: while Valkey is away each process limits by itself, and says so once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest
from structlog.testing import capture_logs

from mudguard.authn.callers import Visitor
from mudguard.web.errors import RefusedError
from mudguard.web.rate_limits import PER_MINUTE, SHARED_PAUSE_SECONDS, AddressLimits, RateLimitedAction
from tests.support.valkey import ValkeyServer, running_valkey

DOOR = RateLimitedAction.REGISTER
SHARE = PER_MINUTE[DOOR]
SOMEBODY = Visitor("198.51.100.7")


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    with running_valkey() as running:
        yield running


class Processes:
    """The limits of two processes, which share a Valkey and a timer that the test sets."""

    def __init__(self, valkey: ValkeyServer) -> None:
        self.now = 0.0
        made = [AddressLimits(enabled=True, shared_url=valkey.url, timer=lambda: self.now) for _ in range(2)]
        self.first, self.second = made

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.first.close()
        await self.second.close()


async def let_through(limits: AddressLimits, *, of: int, visitor: Visitor = SOMEBODY) -> int:
    """How many `of` requests pass."""
    passed = 0
    for _ in range(of):
        try:
            await limits.check(DOOR, visitor)
        except RefusedError:
            continue
        passed += 1
    return passed


@contextmanager
def warnings() -> Iterator[list[str]]:
    """What is logged of the shared limits."""
    told: list[str] = []
    with capture_logs() as lines:
        yield told
    told += [f"{line['log_level']}: {line['event']}" for line in lines]


def test_two_processes_share_one_limit(valkey: ValkeyServer) -> None:
    async def play() -> list[int]:
        async with Processes(valkey) as processes:
            return [await let_through(limits, of=SHARE) for limits in (processes.first, processes.second)]

    assert asyncio.run(play()) == [SHARE, 0]


def test_addresses_have_limits_of_their_own(valkey: ValkeyServer) -> None:
    async def play() -> int:
        async with Processes(valkey) as processes:
            await let_through(processes.first, of=SHARE)
            return await let_through(processes.second, of=SHARE, visitor=Visitor("203.0.113.9"))

    assert asyncio.run(play()) == SHARE


def test_while_valkey_is_away_each_process_limits_by_itself_and_warns_once(valkey: ValkeyServer) -> None:
    async def play() -> list[int]:
        async with Processes(valkey) as processes:
            valkey.stop()
            passed = [await let_through(limits, of=SHARE + 5) for limits in (processes.first, processes.second)]
            processes.now += 2 * SHARED_PAUSE_SECONDS  # asked again, and still away
            return [*passed, await let_through(processes.first, of=5)]

    with warnings() as told:
        assert asyncio.run(play()) == [SHARE, SHARE, 0]
    assert told == ["warning: shared limits are away; each process limits by itself"] * 2


def test_valkey_that_goes_away_in_mid_flight_turns_nobody_away(valkey: ValkeyServer) -> None:
    async def play() -> int:
        async with Processes(valkey) as processes:
            await let_through(processes.first, of=1)
            valkey.stop()
            return await let_through(processes.first, of=5)

    assert asyncio.run(play()) == 5


def test_when_valkey_is_back_the_limit_is_shared_again(valkey: ValkeyServer) -> None:
    async def play() -> list[int]:
        async with Processes(valkey) as processes:
            valkey.stop()
            await let_through(processes.first, of=1)
            await let_through(processes.second, of=1)
            valkey.start()
            processes.now += SHARED_PAUSE_SECONDS
            return [await let_through(limits, of=SHARE) for limits in (processes.first, processes.second)]

    with warnings() as told:
        assert asyncio.run(play()) == [SHARE, 0]
    assert (
        told
        == ["warning: shared limits are away; each process limits by itself"] * 2 + ["info: shared limits are back"] * 2
    )


def test_while_valkey_is_away_nothing_waits_for_it(valkey: ValkeyServer) -> None:
    async def play() -> float:
        async with Processes(valkey) as processes:
            valkey.stop()
            await let_through(processes.first, of=1)
            started = asyncio.get_running_loop().time()
            await let_through(processes.first, of=SHARE)
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(play()) < 1
