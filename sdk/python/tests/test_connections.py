"""Connections: bounded in time and size, and of one process and one event loop."""

import asyncio
import gc
import gzip
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from support.clients import Player
from support.keep_alive import KeepAliveServer
from support.scripted import ScriptedServer

import mudguard_client
from mudguard_client import AsyncMudbaseClient, MudbaseError, TimedOutError, Tokens, UnreadableAnswerError

TRICKLES: dict[str, dict[str, bytes]] = {
    "body": {},
    "headers": {"start": b"HTTP/1.1 200 OK\r\nX-Long: ", "drop": b"a"},
    "interim answers": {"start": b"", "drop": b"HTTP/1.1 102 Processing\r\n\r\n"},
    "a file name in gzip": {
        "start": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n\x1f\x8b\x08\x08"
        + b"\0" * 6,
        "drop": b"a",
    },
}


@pytest.mark.parametrize("trickle", TRICKLES.values(), ids=TRICKLES)
def test_an_answer_that_trickles_in_is_a_timeout(play: Player, trickle: dict[str, bytes]) -> None:
    with ScriptedServer({"fault": "trickle", **trickle}) as scripted, play(scripted.url, timeout=0.3) as player:
        started = time.monotonic()
        with pytest.raises(TimedOutError):
            player.call("users.setup2fa")
        assert time.monotonic() - started < 2


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read(play: Player) -> None:
    packed = gzip.compress(b" " * (64 << 20), compresslevel=1)
    answer = {"status": 200, "headers": {"Content-Encoding": "gzip"}, "text": packed}
    with (
        ScriptedServer(answer) as scripted,
        play(scripted.url) as player,
        pytest.raises(UnreadableAnswerError, match="larger than 16 MiB"),
    ):
        player.call("users.get")


def test_a_cookie_is_not_kept(play: Player) -> None:
    first = {"status": 200, "headers": {"Set-Cookie": "seen=1; Path=/"}, "json": {}}
    with ScriptedServer(first, {"status": 200, "json": {}}) as scripted, play(scripted.url) as player:
        player.call("health")
        player.call("health")
    assert "cookie" not in scripted.received[1].headers


def test_a_refresh_that_hangs_holds_up_no_token_that_lives(play: Player) -> None:
    living = Tokens("a1", "r1", time.time() + 20)
    with (
        ScriptedServer({"fault": "hang"}, {"status": 200, "json": {}}) as scripted,
        play(scripted.url, tokens=living, timeout=1) as player,
    ):
        player.call("users.get")
    assert scripted.received[1].headers["authorization"] == "Bearer a1"


def test_a_closed_client_says_so(play: Player) -> None:
    with ScriptedServer() as scripted, play(scripted.url) as player:
        pass
    with play(scripted.url) as other:
        other.client = player.client.with_timeout(1)
        with pytest.raises(MudbaseError, match="was closed") as caught:
            other.call("health")
    assert caught.value.code == "CLIENT_CLOSED"


FORKED = """
import os, sys
from mudguard_client import MudbaseClient
client = MudbaseClient(sys.argv[1])
def show_port():
    print(client.health().raw["port"], flush=True)
show_port()
child = os.fork()
if not child:
    show_port()
    os._exit(0)
os.waitpid(child, 0)
show_port()
"""


def test_a_forked_process_has_connections_of_its_own() -> None:
    source = Path(mudguard_client.__file__).parents[1]
    with KeepAliveServer() as kept:
        command = [sys.executable, "-c", FORKED, kept.url]
        ran = subprocess.run(command, env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True)
    parent, child, parent_again = ran.stdout.split()
    assert parent == parent_again != child


@pytest.mark.filterwarnings("ignore:unclosed")  # the first loop ended without a close
def test_a_client_outlives_its_event_loop() -> None:
    async def port_and_close(client: AsyncMudbaseClient, *, close: bool) -> Any:
        port = (await client.health()).raw["port"]
        if close:
            await client.aclose()
        return port

    with KeepAliveServer() as kept:
        client = AsyncMudbaseClient(kept.url)
        first = asyncio.run(port_and_close(client, close=False))
        second = asyncio.run(port_and_close(client, close=True))
        gc.collect()
    assert first != second


def test_event_loops_share_one_refresh() -> None:
    others: list[threading.Thread] = []

    def another_loop() -> None:
        others.append(threading.Thread(target=lambda: asyncio.run(one_call())))
        others[0].start()
        time.sleep(0.3)

    async def one_call() -> None:
        await client.users.get()

    async def first_call() -> None:
        await one_call()
        await asyncio.to_thread(others[0].join)
        await client.aclose()

    renewed = {"status": 200, "json": {"token": "a2", "refreshToken": "r2", "expiresIn": 1800}}
    answers = [{**renewed, "meanwhile": another_loop}, {"status": 200, "json": {}}, {"status": 200, "json": {}}]
    with ScriptedServer(*answers) as scripted:
        client = AsyncMudbaseClient(scripted.url, tokens=Tokens("a1", "r1", time.time() - 1))
        asyncio.run(first_call())
    assert [one.headers.get("authorization") for one in scripted.received] == [None, "Bearer a2", "Bearer a2"]
