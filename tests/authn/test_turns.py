"""Turns of an account: one request after the other, bounded in number and in time, begun again a bounded number."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mudguard.authn import turns
from mudguard.authn.callers import Caller, Visitor
from mudguard.authn.session_guard import RETRY
from mudguard.authn.turns import MAX_ATTEMPTS, AccountTurns, one_at_a_time
from mudguard.rules.refusals import Refused
from mudguard.security.hashing_pool import OverloadedError
from mudguard.security.tokens import Claims

CALLER = Caller(Claims("somebody", "session"), Visitor("192.0.2.7"))


class Notebook:
    """A service that notes when its requests begin and end, and gives the outcomes that it is told to."""

    def __init__(self, *outcomes: Refused | str) -> None:
        self.turns = AccountTurns()
        self.noted: list[str] = []
        self.outcomes = list(outcomes)

    @one_at_a_time
    async def note(self, _caller: Caller, name: str) -> Refused | str:
        self.noted.append(f"{name} begins")
        await asyncio.sleep(0)
        self.noted.append(f"{name} ends")
        return self.outcomes.pop(0) if self.outcomes else name


async def hold(account_turns: AccountTurns, account: str, until: Callable[[], Awaitable[object]]) -> None:
    async with account_turns.of(account):
        await until()


async def moment() -> None:
    await asyncio.sleep(0)


def test_requests_of_one_person_follow_each_other() -> None:
    notebook = Notebook()

    async def both() -> None:
        await asyncio.gather(notebook.note(CALLER, "one"), notebook.note(CALLER, "two"))

    asyncio.run(both())
    assert notebook.noted == ["one begins", "one ends", "two begins", "two ends"]


def test_requests_of_two_people_do_not_wait_for_each_other() -> None:
    notebook = Notebook()
    other = Caller(Claims("somebody else", "session"), Visitor("192.0.2.7"))

    async def both() -> None:
        await asyncio.gather(notebook.note(CALLER, "one"), notebook.note(other, "two"))

    asyncio.run(both())
    assert notebook.noted == ["one begins", "two begins", "one ends", "two ends"]


def test_what_was_overtaken_begins_again() -> None:
    notebook = Notebook(RETRY, "done")
    assert asyncio.run(notebook.note(CALLER, "one")) == "done"


def test_what_is_overtaken_again_and_again_ends_as_unavailable() -> None:
    notebook = Notebook(*[RETRY] * (MAX_ATTEMPTS + 1))
    assert asyncio.run(notebook.note(CALLER, "one")) is RETRY
    assert len(notebook.outcomes) == 1


def test_a_turn_ends_when_its_request_fails() -> None:
    account_turns = AccountTurns()

    async def fail_then_pass() -> None:
        with pytest.raises(ZeroDivisionError):
            async with account_turns.of("somebody"):
                raise ZeroDivisionError
        async with account_turns.of("somebody"):
            pass

    asyncio.run(fail_then_pass())


def test_nothing_is_kept_of_an_account_that_nobody_waits_for() -> None:
    account_turns = AccountTurns()
    asyncio.run(hold(account_turns, "somebody", moment))
    assert account_turns._turns == {}


def test_more_than_may_wait_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAITING", 2)
    account_turns = AccountTurns()

    async def crowd() -> list[BaseException | None]:
        done = asyncio.Event()
        holding = [asyncio.ensure_future(hold(account_turns, "somebody", done.wait)) for _ in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.set()
        return await asyncio.gather(*holding, return_exceptions=True)

    assert [type(each) for each in asyncio.run(crowd())] == [type(None)] * 3 + [OverloadedError]


def test_nobody_waits_for_a_turn_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
    account_turns = AccountTurns()

    async def wait_in_vain() -> None:
        async with account_turns.of("somebody"):
            with pytest.raises(OverloadedError):
                await hold(account_turns, "somebody", moment)

    asyncio.run(wait_in_vain())
    assert account_turns._turns == {}
