"""A call is made for one person and ends for that person, even if another person signs in meanwhile."""

import time
from typing import Any

import pytest
from support.clients import BlockingPlayer, Player
from support.scripted import ScriptedServer

from mudguard_client import AuthenticationError, Tokens, UnreadableAnswerError

MORGAN = Tokens("a1", "r1")
ROBIN = Tokens("b1", "q1")
REFUSED = {"status": 401, "json": {"error": "Expired.", "code": "TOKEN_EXPIRED"}}
DONE = {"status": 200, "json": {"message": "Done."}}
SIGNED_IN = {"status": 200, "json": {"token": "b1", "refreshToken": "q1", "expiresIn": 1800}}
RENEWED = {"status": 200, "json": {"token": "a2", "refreshToken": "r2", "expiresIn": 1800}}


def sent_by(scripted: ScriptedServer) -> list[str]:
    return [f"{one.path} {one.headers.get('authorization', '-')}" for one in scripted.received]


def token_of(player: Any) -> str | None:
    held: Tokens | None = player.tokens()
    return held.token if held else None


def test_a_refused_call_is_not_repeated_as_somebody_else(play: Player) -> None:
    player: Any
    answer = {**REFUSED, "meanwhile": lambda: player.client.set_tokens(ROBIN)}
    with ScriptedServer(answer, DONE) as scripted, play(scripted.url, tokens=MORGAN) as player:
        with pytest.raises(AuthenticationError, match="Expired"):
            player.call("users.erase", confirm="DELETE", current_password="same")
        assert token_of(player) == "b1"
    assert sent_by(scripted) == ["/api/users/me/erase Bearer a1"]


def test_a_sign_in_begins_another_session() -> None:
    player: Any
    answer = {**REFUSED, "meanwhile": lambda: player.call("auth.login", email="robin@northwind.test", password="p")}
    with (
        ScriptedServer(answer, SIGNED_IN, DONE) as scripted,
        BlockingPlayer(scripted.url, tokens=MORGAN) as player,
        pytest.raises(AuthenticationError, match="Expired"),
    ):
        player.call("users.setup2fa")
    assert sent_by(scripted) == ["/api/users/2fa/setup Bearer a1", "/api/auth/login -"]


def test_a_call_whose_refresh_ends_under_somebody_else_stays_with_its_own_token(play: Player) -> None:
    player: Any
    refresh = {**RENEWED, "meanwhile": lambda: player.client.set_tokens(ROBIN)}
    over = Tokens("a1", "r1", time.time() - 1)
    with ScriptedServer(refresh, REFUSED, DONE) as scripted, play(scripted.url, tokens=over) as player:
        with pytest.raises(AuthenticationError, match="Expired"):
            player.call("users.setup2fa")
        assert token_of(player) == "b1"
    assert sent_by(scripted) == ["/api/auth/refresh -", "/api/users/2fa/setup Bearer a1"]


def test_a_refused_call_whose_refresh_ends_under_somebody_else_fails(play: Player) -> None:
    player: Any
    refresh = {**RENEWED, "meanwhile": lambda: player.client.set_tokens(ROBIN)}
    with ScriptedServer(REFUSED, refresh, DONE) as scripted, play(scripted.url, tokens=MORGAN) as player:
        with pytest.raises(AuthenticationError, match="Expired"):
            player.call("users.setup2fa")
        assert token_of(player) == "b1"
    assert sent_by(scripted) == ["/api/users/2fa/setup Bearer a1", "/api/auth/refresh -"]


def test_a_call_keeps_its_api_key(play: Player) -> None:
    player: Any
    answer = {"status": 503, "json": {"error": "Soon."}, "meanwhile": lambda: player.client.set_api_key("mb_live_2")}
    with ScriptedServer(answer, DONE) as scripted, play(scripted.url) as player:
        player.client.set_api_key("mb_live_1")
        player.call("users.get")
    assert [one.headers["x-api-key"] for one in scripted.received] == ["mb_live_1", "mb_live_1"]


ENDS: dict[str, dict[str, str]] = {"auth.logout": {}, "users.erase": {"confirm": "DELETE", "current_password": "p"}}


@pytest.mark.parametrize("operation", ENDS)
def test_the_end_of_a_session_leaves_a_newer_one(play: Player, operation: str) -> None:
    player: Any
    told: list[Tokens | None] = []
    answer = {**DONE, "meanwhile": lambda: player.client.set_tokens(ROBIN)}
    with ScriptedServer(answer) as scripted, play(scripted.url, tokens=MORGAN, on_tokens=told.append) as player:
        player.call(operation, **ENDS[operation])
        assert token_of(player) == "b1"
    assert told == []


def test_a_refresh_that_a_gateway_refuses_ends_no_session(play: Player) -> None:
    gateway = {"status": 401, "headers": {"Content-Type": "text/html"}, "text": "<html>Who are you?</html>"}
    with ScriptedServer(gateway) as scripted, play(scripted.url, tokens=MORGAN) as player:
        with pytest.raises(AuthenticationError):
            player.call("auth.refresh")
        assert token_of(player) == "a1"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"token": "a2", "refreshToken": "r2"}',
        '{"token": "a2", "refreshToken": 5, "expiresIn": 1800}',
        '{"token": "a2\\nX", "refreshToken": "r2", "expiresIn": 1800}',
        '{"token": "a2", "refreshToken": "r2", "expiresIn": "abc"}',
        '{"token": "a2", "refreshToken": "r2", "expiresIn": NaN}',
        '{"token": "a2", "refreshToken": "r2", "expiresIn": -5}',
        f'{{"token": "a2", "refreshToken": "r2", "expiresIn": 1{"0" * 400}}}',
    ],
)
def test_an_answer_without_valid_tokens_is_unreadable_and_ends_no_session(play: Player, text: str) -> None:
    with ScriptedServer({"status": 200, "text": text}) as scripted, play(scripted.url, tokens=MORGAN) as player:
        with pytest.raises(UnreadableAnswerError, match="no valid tokens"):
            player.call("auth.refresh")
        assert token_of(player) == "a1"
