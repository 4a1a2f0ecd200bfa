"""Answers that no Mudguard server gives end in an error of the client all the same."""

import pytest
from support.clients import Player
from support.scripted import ScriptedServer

from mudguard_client import PermissionDeniedError, RateLimitedError, TwoFactorRequired

HUGE = "1" + "0" * 400
CHALLENGE = '{"error": "A code.", "code": "TWO_FACTOR_REQUIRED", "challengeToken": "c1", '


@pytest.mark.parametrize(
    "rest", ['"methods": 5', '"methods": "totp"', '"expiresIn": "abc"', '"expiresIn": 1e999', f'"expiresIn": {HUGE}']
)
def test_a_challenge_with_odd_facts_is_a_challenge_without_them(play: Player, rest: str) -> None:
    answer = {"status": 403, "text": f"{CHALLENGE}{rest}}}"}
    with (
        ScriptedServer(answer) as scripted,
        play(scripted.url) as player,
        pytest.raises(TwoFactorRequired) as caught,
    ):
        player.call("auth.login", email="morgan@northwind.test", password="p")
    assert (caught.value.methods, caught.value.expires_in) == ((), 0)


def test_a_challenge_without_a_token_is_a_refusal(play: Player) -> None:
    answer = {"status": 403, "json": {"error": "A code.", "code": "TWO_FACTOR_REQUIRED"}}
    with (
        ScriptedServer(answer) as scripted,
        play(scripted.url) as player,
        pytest.raises(PermissionDeniedError) as caught,
    ):
        player.call("auth.login", email="morgan@northwind.test", password="p")
    assert type(caught.value) is PermissionDeniedError


@pytest.mark.parametrize(
    ("told", "header", "expected"),
    [
        (HUGE, "7", 7),
        ("NaN", None, None),
        ("-5", None, 0),
        ("null", "-5", None),
        ("null", "1.5", None),
        ("null", "Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("null", "Thu, 01 Jan 1970 99:00:00 GMT", None),
    ],
)
def test_a_wait_that_is_none_is_left_out(play: Player, told: str, header: str | None, expected: int | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    answer = {"status": 429, "headers": headers, "text": f'{{"error": "Slow.", "code": "C", "retryAfter": {told}}}'}
    with (
        ScriptedServer(answer) as scripted,
        play(scripted.url, retries=0) as player,
        pytest.raises(RateLimitedError) as caught,
    ):
        player.call("users.get")
    assert caught.value.retry_after == expected
