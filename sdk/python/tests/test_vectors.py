"""The client keeps to the vectors that all clients share."""

import time
from typing import Any

import pytest
from support.clients import Player
from support.scripted import ScriptedServer, closed_port
from support.vectors import Vector, arguments, operation_called, snake_case, vectors

import mudguard_client
from mudguard_client import MudbaseError, Tokens

PAIR = {"message": "Done.", "token": "a2", "refreshToken": "r2", "expiresIn": 1800, "user": {}}
FACTS = ("status", "code", "message", "request_id", "retry_after", "details")


def outcome_of(player: Any, operation: str, *args: Any, **kwargs: Any) -> Any:
    try:
        player.call(operation, *args, **kwargs)
    except MudbaseError as error:
        return error
    return "success"


def name_of(outcome: Any) -> str:
    return outcome if isinstance(outcome, str) else type(outcome).__name__


@pytest.mark.parametrize("vector", vectors("operations"))
def test_an_operation_sends_what_its_vector_says(play: Player, vector: Vector) -> None:
    args, kwargs = arguments(vector)
    tokens = Tokens("a1", "r1", time.time() + 600)
    with ScriptedServer({"status": 200, "json": PAIR}) as server, play(server.url, tokens=tokens) as player:
        player.call(snake_case(vector["operation"]), *args, **kwargs)
        held = player.tokens()
    [received] = server.received
    sent = {"method": received.method, "path": received.path, "query": received.query, "body": received.body}
    assert {"query": {}, "body": None, **vector["request"]} == sent
    assert received.headers.get("authorization") == ("Bearer a1" if vector["auth"] == "person" else None)
    assert received.headers.get("content-type") == ("application/json" if "body" in vector["request"] else None)
    assert received.headers["user-agent"] == f"mudguard-client/{mudguard_client.__version__}"
    expected = None if vector.get("dropsTokens") else "a2" if vector.get("keepsTokens") else "a1"
    assert (held and held.token) == expected


@pytest.mark.parametrize("vector", vectors("errors"))
def test_an_answer_becomes_the_error_of_its_vector(play: Player, vector: Vector) -> None:
    answer, expected = vector["answer"], vector["error"]
    with ScriptedServer(answer) as server:
        url = f"http://127.0.0.1:{closed_port()}" if answer.get("fault") == "refuse" else server.url
        with play(url, retries=0, timeout=1) as player:
            started = time.monotonic()
            error = outcome_of(player, "users.get")
            elapsed = time.monotonic() - started
    assert type(error) is getattr(mudguard_client, expected["class"])
    told = {snake_case(name): value for name, value in expected.items() if name != "class"}
    assert dict.fromkeys(FACTS) | told == {name: getattr(error, name) for name in FACTS}
    assert elapsed < 3


@pytest.mark.parametrize("vector", vectors("retries"))
def test_a_call_is_sent_as_often_as_its_vector_says(play: Player, vector: Vector) -> None:
    args, kwargs = arguments(operation_called(vector["operation"]))
    with ScriptedServer(*vector["answers"]) as server, play(server.url, retries=2) as player:
        started = time.monotonic()
        outcome = outcome_of(player, snake_case(vector["operation"]), *args, **kwargs)
        elapsed = time.monotonic() - started
    assert name_of(outcome) == vector["outcome"]
    assert len(server.received) == vector["requests"]
    assert elapsed * 1000 >= vector.get("elapsedAtLeast", 0)


def given(tokens: Vector) -> Tokens:
    """Tokens of a vector, which live from now."""
    return Tokens(tokens["token"], tokens.get("refreshToken"), time.time() + tokens["expiresIn"])


@pytest.mark.parametrize("vector", vectors("refresh"))
def test_tokens_are_refreshed_as_the_vector_says(play: Player, vector: Vector) -> None:
    changes: list[str | None] = []

    def told(tokens: Tokens | None) -> None:
        changes.append(tokens.token if tokens else None)

    with (
        ScriptedServer(*vector["answers"]) as server,
        play(server.url, tokens=given(vector["tokens"]), on_tokens=told) as player,
    ):
        if "meanwhile" in vector:
            server.meanwhile(lambda: player.client.set_tokens(given(vector["meanwhile"])))
        outcome = outcome_of(player, "users.get")
        held = player.tokens()
    sent = [
        f"{one.method} {one.path} {one.headers.get('authorization', '-').removeprefix('Bearer ')}"
        for one in server.received
    ]
    assert sent == vector["requests"]
    assert name_of(outcome) == vector["outcome"]
    assert getattr(outcome, "code", None) == vector.get("code")
    after = vector["after"] and {"refreshToken": None, **vector["after"]}
    assert (held and {"token": held.token, "refreshToken": held.refresh_token}) == after
    assert changes == vector["changes"]
