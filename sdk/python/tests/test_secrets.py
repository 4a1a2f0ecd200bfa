"""Nothing secret in errors, logs and representations."""

import logging
import pickle
import re
import traceback
from typing import Any

import pytest
from support.clients import Player
from support.people import PASSWORD, code_of, new_email, operator, wrong_code_for
from support.scripted import ScriptedServer

from mudguard_client import BadRequestError, MudbaseError, TwoFactorRequired


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
    assert caught.value.__notes__
    assert PASSWORD not in text_of(caught.value)


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
