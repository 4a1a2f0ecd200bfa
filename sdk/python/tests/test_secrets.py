"""Nothing secret in errors, logs and representations."""

import logging
import pickle
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from support.clients import Player
from support.people import PASSWORD, code_of, new_email, operator, wrong_code_for
from support.scripted import ScriptedServer, closed_port

from mudguard_client import BadRequestError, MudbaseClient, MudbaseError, Tokens, TwoFactorRequired


def text_of(error: BaseException) -> str:
    return "".join([repr(error), str(error), *traceback.format_exception(error)])


def test_a_whole_enrolment_leaves_no_secret_in_logs_errors_or_representations(
    play: Player, server: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    email = new_email()
    with play(server) as player:
        signed_up = player.call("auth.register", **operator(email))
        setup = player.call("users.setup2fa")
        wrong = wrong_code_for(setup.secret)
        with pytest.raises(BadRequestError) as refused:
            player.call("users.verify2fa", wrong)
        code = code_of(setup.secret)
        player.call("users.verify2fa", code)
        with pytest.raises(TwoFactorRequired) as required:
            player.call("auth.login", email=email, password=PASSWORD)
        held = player.tokens()
        assert held is not None
        shown = f"{signed_up!r} {setup!r} {held!r} {player.client!r} {text_of(refused.value)} {text_of(required.value)}"
    secrets = [PASSWORD, setup.secret, setup.manual_entry_key, *setup.backup_codes]
    secrets += [held.token, signed_up.token, signed_up.refresh_token]
    secrets.append(required.value.challenge_token)
    told = caplog.text + shown
    assert [secret for secret in secrets if secret in told] == []
    assert {code, wrong}.isdisjoint(re.findall(r"\w+", told))


def test_a_broken_connection_says_why_and_holds_no_request(play: Player) -> None:
    with (
        ScriptedServer({"fault": "cut"}) as scripted,
        play(scripted.url) as player,
        pytest.raises(MudbaseError) as caught,
    ):
        player.call("auth.login", email="morgan@northwind.test", password=PASSWORD)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.__notes__
    assert PASSWORD not in text_of(caught.value)


def test_an_answer_that_is_no_http_is_not_quoted(play: Player) -> None:
    with (
        ScriptedServer({"fault": "garbage", "bytes": b"one-time password 123456\r\n\r\n"}) as scripted,
        play(scripted.url) as player,
        pytest.raises(MudbaseError) as caught,
    ):
        player.call("users.verify2fa", "123456")
    assert caught.value.__notes__ == ["RemoteProtocolError"]


def test_a_connection_that_never_opened_says_what_the_system_says(play: Player) -> None:
    with play(f"http://127.0.0.1:{closed_port()}", retries=0) as player, pytest.raises(MudbaseError) as caught:
        player.call("health")
    [note] = caught.value.__notes__
    assert re.match("ConnectError: (Connection refused|Connect call failed)", note)


HOLDERS: dict[str, Callable[[MudbaseClient, str], Any]] = {
    "set_jwt": lambda client, value: client.set_jwt(value),
    "refresh token": lambda client, value: client.set_jwt("a1", value),
    "set_tokens": lambda client, value: client.set_tokens(Tokens(value)),
    "set_api_key": lambda client, value: client.set_api_key(value),
    "constructor": lambda _, value: MudbaseClient(tokens=Tokens(value)),
}


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
@pytest.mark.parametrize("value", ["", " \n", "secret key", "secret\nkey", "secr\u00e9t", "secret\x00"])
def test_what_no_header_can_carry_is_refused_and_not_shown(hold: Callable[..., Any], value: str) -> None:
    with MudbaseClient() as client, pytest.raises(ValueError, match="must be printable ASCII") as caught:
        hold(client, value)
    assert "secr" not in str(caught.value)


def test_a_token_read_from_a_file_loses_its_line_end(play: Player) -> None:
    answer = {"status": 200, "json": {}}
    with ScriptedServer(answer) as scripted, play(scripted.url) as player:
        player.client.set_jwt("a1\n")
        player.client.set_api_key(" mb_live_1\r\n")
        player.call("users.get")
    headers = scripted.received[0].headers
    assert (headers["authorization"], headers["x-api-key"]) == ("Bearer a1", "mb_live_1")


def test_an_error_survives_another_process(play: Player) -> None:
    body: dict[str, Any] = {"error": "A code.", "code": "TWO_FACTOR_REQUIRED", "challengeToken": "c1", "methods": []}
    with (
        ScriptedServer({"status": 403, "json": body}) as scripted,
        play(scripted.url) as player,
        pytest.raises(TwoFactorRequired) as caught,
    ):
        player.call("auth.login", email="morgan@northwind.test", password=PASSWORD)
    restored = pickle.loads(pickle.dumps(caught.value))
    assert (restored.code, restored.challenge_token) == ("TWO_FACTOR_REQUIRED", "c1")
