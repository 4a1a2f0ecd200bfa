"""Signing in with a second factor: the challenge that the password earns, and what finishes it."""

import httpx2
import pytest

from tests.support.answers import ERROR_KEYS, claims, refusal
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = pytest.mark.usefixtures("still_clock")

WRONG_CODE = 401, "INVALID_TWO_FACTOR_CODE"
DEAD = 401, "INVALID_CHALLENGE"
CHANGED = {"twoFactorEnabled": True, "lastLogin": "later"}
"""What an enrolment and another sign-in change of how a person is shown."""


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def with_bearer(player: Player, token: str) -> httpx2.Response:
    return player.client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})


def test_the_right_password_earns_a_challenge(enrolled: Player) -> None:
    answer = enrolled.login()
    assert refusal(answer) == (403, "TWO_FACTOR_REQUIRED")
    assert answer.json()["challengeToken"]
    assert (answer.json()["expiresIn"], answer.json()["methods"]) == (300, ["totp", "backup_code"])


def test_the_answer_holds_the_challenge_and_no_other_token(enrolled: Player) -> None:
    assert set(enrolled.login().json()) == ERROR_KEYS | {"message", "challengeToken", "expiresIn", "methods"}


def test_a_wrong_password_earns_none(enrolled: Player) -> None:
    enrolled.password = "not the password"
    assert refusal(enrolled.login()) == (401, "INVALID_CREDENTIALS")


def test_a_challenge_is_no_access_token(enrolled: Player) -> None:
    assert refusal(with_bearer(enrolled, enrolled.challenge())) == (401, "INVALID_TOKEN")


def test_a_challenge_is_no_refresh_token(enrolled: Player) -> None:
    response = enrolled.client.post("/api/auth/refresh", json={"refreshToken": enrolled.challenge()})
    assert refusal(response) == (401, "INVALID_REFRESH_TOKEN")


def test_a_challenge_is_no_api_key(enrolled: Player) -> None:
    response = enrolled.client.get("/api/users/me", headers={"X-API-Key": enrolled.challenge()})
    assert response.status_code == 401


def test_no_other_part_of_the_answer_opens_anything(enrolled: Player) -> None:
    said = [str(value) for value in enrolled.login().json().values()]
    assert {with_bearer(enrolled, value).status_code for value in said} == {401}


@pytest.mark.parametrize("what", ["an access token", "a refresh token", "nothing of ours", "a made-up challenge"])
def test_nothing_else_is_a_challenge(enrolled: Player, what: str) -> None:
    tokens = {
        "an access token": enrolled.token,
        "a refresh token": enrolled.refresh_token,
        "nothing of ours": "challenge",
        "a made-up challenge": enrolled.challenge()[:-4] + "AAAA",
    }
    assert refusal(enrolled.answer(tokens[what], enrolled.fresh_code())) == DEAD


def test_a_code_finishes_it_with_the_body_that_the_login_would_have_given(player: Player) -> None:
    without = player.login().json()
    player.enrol()
    finished = player.answer(player.challenge(), player.fresh_code()).json()
    assert set(finished) == set(without)
    assert {**finished["user"], **CHANGED} == {**without["user"], **CHANGED}


def test_its_access_token_is_aal2(enrolled: Player) -> None:
    said = claims(enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).json()["token"])
    assert (said["aal"], said["amr"]) == ("aal2", ["pwd", "otp", "mfa"])


def test_with_a_backup_code_it_is_aal2_without_otp(enrolled: Player) -> None:
    said = claims(enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).json()["token"])
    assert (said["aal"], said["amr"]) == ("aal2", ["pwd", "mfa"])


def test_a_refresh_keeps_the_second_factor(enrolled: Player) -> None:
    said = claims(enrolled.signed_in_again().refreshed().token)
    assert (said["aal"], said["amr"]) == ("aal2", ["pwd", "otp", "mfa"])


def test_a_refresh_raises_nothing_of_a_session_without_second_factor(player: Player) -> None:
    said = claims(player.refreshed().token)
    assert (said["aal"], said["amr"]) == ("aal1", ["pwd"])


def test_its_tokens_open_what_a_login_s_do(enrolled: Player) -> None:
    assert enrolled.signed_in_again().get("/api/users/me").status_code == 200


def test_a_wrong_code_does_not_finish_it(enrolled: Player) -> None:
    assert refusal(enrolled.answer(enrolled.challenge(), enrolled.wrong_code())) == WRONG_CODE


def test_after_a_wrong_code_the_same_challenge_can_be_finished(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.answer(challenge, enrolled.wrong_code())
    assert enrolled.answer(challenge, enrolled.fresh_code()).status_code == 200


def test_a_challenge_is_finished_once(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.answer(challenge, enrolled.fresh_code())
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_two_challenges_can_wait_at_once(enrolled: Player) -> None:
    first, second = enrolled.challenge(), enrolled.challenge()
    assert enrolled.answer(second, enrolled.fresh_code()).status_code == 200
    assert enrolled.answer(first, enrolled.fresh_code()).status_code == 200


def test_one_person_s_code_does_not_finish_another_s_challenge(enrolled: Player, owner: Player) -> None:
    owner.enrol()
    assert refusal(enrolled.answer(enrolled.challenge(), owner.fresh_code())) == WRONG_CODE


def test_one_person_s_backup_code_does_not_finish_another_s_challenge(enrolled: Player, owner: Player) -> None:
    owner.enrol()
    assert refusal(enrolled.answer(enrolled.challenge(), owner.backup_codes[0])) == WRONG_CODE


def test_a_code_tried_at_another_s_challenge_is_not_spent(enrolled: Player, owner: Player) -> None:
    owner.enrol()
    code = owner.fresh_code()
    enrolled.answer(enrolled.challenge(), code)
    assert owner.answer(owner.challenge(), code).status_code == 200


def test_an_account_disabled_meanwhile_is_refused(server: Server, enrolled: Player) -> None:
    challenge = enrolled.challenge()
    set_person(server, enrolled.person_id, status="disabled")
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == (403, "ACCOUNT_DISABLED")


@pytest.mark.parametrize("missing", ["challengeToken", "token"])
def test_challenge_and_code_are_both_required(enrolled: Player, missing: str) -> None:
    body = {"challengeToken": enrolled.challenge(), "token": enrolled.fresh_code()}
    del body[missing]
    response = enrolled.client.post("/api/auth/2fa/challenge", json=body)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json()["details"] == {missing: "is required"}
