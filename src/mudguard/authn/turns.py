"""One proof at a time for each account.

Requests that come at once would all be checked before the first failure is counted. They would be refused, but the
time that a right guess takes differs from that of a wrong one. So a check waits for the one before to be recorded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from mudguard.authn.callers import Caller
from mudguard.authn.session_guard import RETRY
from mudguard.rules.refusals import Refused
from mudguard.security.hashing_pool import OverloadedError

P = ParamSpec("P")
T = TypeVar("T")

MAX_ATTEMPTS = 5
"""How often an operation begins again that others overtook."""

MAX_WAITING = 200
"""Requests of one account that may wait."""

WAIT_SECONDS = 10.0


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: int = 0


class AccountTurns:
    """Lets requests of one account pass one after the other, within this process."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def of(self, account: str) -> AsyncIterator[None]:
        """Hold the turn of `account`. Raises `OverloadedError` if too many wait, or it takes too long."""
        turn = self._turns.setdefault(account, _Turn())
        if turn.wanted > MAX_WAITING:
            raise OverloadedError
        turn.wanted += 1
        try:
            await (turn.lock.acquire() if turn.wanted == 1 else _acquired_in_time(turn.lock))
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                del self._turns[account]


class _InTurn(Protocol):
    turns: AccountTurns


ServiceT = TypeVar("ServiceT", bound=_InTurn)


def one_at_a_time(
    method: Callable[Concatenate[ServiceT, Caller, P], Coroutine[Any, Any, T | Refused]],
) -> Callable[Concatenate[ServiceT, Caller, P], Coroutine[Any, Any, T | Refused]]:
    """Let requests of one person pass `method` one after the other. It begins again while it ends with `RETRY`."""

    @wraps(method)
    async def in_turn(service: ServiceT, caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T | Refused:
        outcome: T | Refused = RETRY
        async with service.turns.of(caller.claims.person_id):
            for _ in range(MAX_ATTEMPTS):
                outcome = await method(service, caller, *args, **kwargs)
                if outcome is not RETRY:
                    break
        return outcome

    return in_turn


async def _acquired_in_time(lock: asyncio.Lock) -> None:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await lock.acquire()
    except TimeoutError:
        raise OverloadedError from None
