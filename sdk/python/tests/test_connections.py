"""Connections: bounded in time and size, and of one process and one event loop."""

import time

from support.clients import Player
from support.scripted import ScriptedServer

from mudguard_client import Tokens


def test_a_refresh_that_hangs_holds_up_no_token_that_lives(play: Player) -> None:
    living = Tokens("a1", "r1", time.time() + 20)
    with (
        ScriptedServer({"fault": "hang"}, {"status": 200, "json": {}}) as scripted,
        play(scripted.url, tokens=living, timeout=1) as player,
    ):
        player.call("users.get")
    assert scripted.received[1].headers["authorization"] == "Bearer a1"
