"""The hook is told one thing at a time, and last of all what holds."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable
from typing import Any

import pytest
from support.clients import Player
from support.scripted import ScriptedServer

from mudguard_client import AsyncMudbaseClient, MudbaseClient, Tokens

SIGNED_IN = {"status": 200, "json": {"token": "b1", "refreshToken": "q1", "expiresIn": 1800}}
RENEWED = {"status": 200, "json": {"token": "a2", "refreshToken": "r2", "expiresIn": 1800}}
DONE = {"status": 200, "json": {"message": "Done."}}
ROBIN = {"email": "robin@northwind.test", "password": "correct horse battery"}


class SlowStore:
    """Takes its time over the tokens of the first refresh."""

    def __init__(self) -> None:
        self.stored: list[str | None] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, tokens: Tokens | None) -> None:
        if tokens is not None and tokens.token == "a2":
            self.begun.set()
            self.go_on.wait(5)
        self.stored.append(tokens.token if tokens else None)


def stored_after(*calls: str) -> list[str | None]:
    store = SlowStore()
    with (
        ScriptedServer(RENEWED, SIGNED_IN, DONE) as scripted,
        MudbaseClient(scripted.url, tokens=Tokens("a1", "r1"), on_tokens=store) as client,
    ):
        refresh = threading.Thread(target=client.auth.refresh)
        refresh.start()
        store.begun.wait(5)
        client.auth.login(**ROBIN)
        if "logout" in calls:
            client.auth.logout()
        store.go_on.set()
        refresh.join()
    return store.stored


def test_a_store_ends_with_the_sign_in_that_came_during_its_work() -> None:
    assert stored_after("login") == ["a2", "b1"]


def test_what_no_longer_holds_is_not_told() -> None:
    assert stored_after("login", "logout") == ["a2", None]


def test_a_store_that_fails_hears_of_the_sign_in_that_came_meanwhile(play: Player) -> None:
    told: list[str | None] = []
    player: Any

    def hook(tokens: Tokens | None) -> Any:
        told.append(tokens.token if tokens else None)
        return failing() if told == ["a2"] else None

    def failing() -> Any:
        signed_in = player.client.auth.login(**ROBIN)
        if not inspect.isawaitable(signed_in):
            raise OSError("the disk is full")
        return failing_later(signed_in)

    async def failing_later(signed_in: Awaitable[Any]) -> None:
        await signed_in
        raise OSError("the disk is full")

    with (
        ScriptedServer(RENEWED, SIGNED_IN) as scripted,
        play(scripted.url, tokens=Tokens("a1", "r1"), on_tokens=hook) as player,
        pytest.raises(OSError, match="the disk is full"),
    ):
        player.call("auth.refresh")
    assert told == ["a2", "b1"]


def test_tasks_end_with_the_sign_in_that_came_during_the_work_of_a_store() -> None:
    stored: list[str | None] = []

    async def refresh_and_sign_in(url: str) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def store(tokens: Tokens | None) -> None:
            if tokens is not None and tokens.token == "a2":
                begun.set()
                await go_on.wait()
            stored.append(tokens.token if tokens else None)

        async with AsyncMudbaseClient(url, tokens=Tokens("a1", "r1"), on_tokens=store) as client:
            refresh = asyncio.ensure_future(client.auth.refresh())
            await begun.wait()
            await client.auth.login(**ROBIN)
            go_on.set()
            await refresh

    with ScriptedServer(RENEWED, SIGNED_IN) as scripted:
        asyncio.run(refresh_and_sign_in(scripted.url))
    assert stored == ["a2", "b1"]


def test_a_hook_may_refresh(play: Player) -> None:
    told: list[str | None] = []

    def hook(tokens: Tokens | None) -> Any:
        told.append(tokens.token if tokens else None)
        return player.client.auth.refresh() if len(told) == 1 else None

    again = {"status": 200, "json": {"token": "a3", "refreshToken": "r3", "expiresIn": 1800}}
    with (
        ScriptedServer(RENEWED, again) as scripted,
        play(scripted.url, tokens=Tokens("a1", "r1"), on_tokens=hook, timeout=2) as player,
    ):
        player.call("auth.refresh")
    assert told == ["a2", "a3"]
