"""Parallel calls share one refresh, for a refresh token that is used twice ends its session."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.counting import AsyncCountingTransport, CountingTransport
from support.people import new_email, operator
from support.scripted import ScriptedServer

from mudguard_client import AsyncMudbaseClient, MudbaseClient, TimedOutError, Tokens

CALLS = 50
REFRESH = "/api/auth/refresh"
ME = "/api/users/me"
RENEWED = {"status": 200, "json": {"token": "a2", "refreshToken": "r2", "expiresIn": 1800}}


@pytest.fixture(params=["foreseen", "refused"])
def ended(request: pytest.FixtureRequest, server: str) -> Tokens:
    """Tokens of a new person: the access token is known to be over, or the client learns it by a refusal."""
    with MudbaseClient(server) as client:
        client.auth.register(**operator(new_email()))
        tokens = client.get_tokens()
    assert tokens is not None
    if request.param == "foreseen":
        return replace(tokens, expires_at=time.time() - 1)
    return replace(tokens, token="of.another.server", expires_at=time.time() + 3600)


def test_fifty_threads_over_an_ended_token_make_one_refresh(server: str, ended: Tokens) -> None:
    transport = CountingTransport()
    with MudbaseClient(server, transport=transport, tokens=ended) as client, ThreadPoolExecutor(CALLS) as pool:
        emails = {called.result().user.email for called in [pool.submit(client.users.get) for _ in range(CALLS)]}
    assert transport.sent[REFRESH] == 1
    assert len(emails) == 1


async def fifty_tasks(server: str, tokens: Tokens, transport: AsyncCountingTransport) -> set[str]:
    async with AsyncMudbaseClient(server, transport=transport, tokens=tokens) as client:
        return {profile.user.email for profile in await asyncio.gather(*(client.users.get() for _ in range(CALLS)))}


def test_fifty_tasks_over_an_ended_token_make_one_refresh(server: str, ended: Tokens) -> None:
    transport = AsyncCountingTransport()
    emails = asyncio.run(fifty_tasks(server, ended, transport))
    assert transport.sent[REFRESH] == 1
    assert len(emails) == 1


def test_threads_share_the_failure_of_a_refresh() -> None:
    with ScriptedServer({"fault": "cut"}) as scripted:
        over = Tokens("a1", "r1", time.time() - 1)
        with MudbaseClient(scripted.url, tokens=over, retries=0) as client, ThreadPoolExecutor(8) as pool:
            errors = [called.exception() for called in [pool.submit(client.users.get) for _ in range(8)]]
            assert client.get_tokens() == over
    assert {type(error).__name__ for error in errors} == {"NetworkError"}
    assert len({id(error) for error in errors}) == 8  # a traceback is of one thread


async def cancelled_in_mid_refresh(url: str) -> Tokens | None:
    async with AsyncMudbaseClient(url, tokens=Tokens("a1", "r1", time.time() - 1)) as client:
        with pytest.raises(TimedOutError):
            await client.with_timeout(0.001).users.get()
        await client.users.get()
        return client.get_tokens()


def test_a_call_that_gives_up_does_not_break_off_the_refresh() -> None:
    with ScriptedServer(RENEWED, {"status": 200, "json": {"user": {}}}) as scripted:
        held = asyncio.run(cancelled_in_mid_refresh(scripted.url))
    assert [one.path for one in scripted.received] == [REFRESH, ME]
    assert held is not None
    assert held.token == "a2"


async def signed_out_in_mid_refresh(url: str) -> Tokens | None:
    async with AsyncMudbaseClient(url, tokens=Tokens("a1", "r1", time.time() - 1)) as client:
        refreshed = asyncio.ensure_future(client.auth.refresh())
        await asyncio.sleep(0)
        client.set_tokens(None)
        await refreshed
        return client.get_tokens()


def test_a_sign_out_during_a_refresh_stays_a_sign_out() -> None:
    with ScriptedServer(RENEWED) as scripted:
        assert asyncio.run(signed_out_in_mid_refresh(scripted.url)) is None


def test_a_hook_may_be_a_coroutine_function(server: str) -> None:
    told: list[bool] = []

    async def keep(tokens: Tokens | None) -> None:
        await asyncio.sleep(0)
        told.append(tokens is not None)

    async def in_and_out() -> None:
        async with AsyncMudbaseClient(server, on_tokens=keep) as client:
            await client.auth.register(**operator(new_email()))
            await client.auth.refresh()
            await client.auth.logout()

    asyncio.run(in_and_out())
    assert told == [True, True, False]
