"""Turning two-factor authentication off: password and code must both be right, and then nothing of it is left."""

import pytest

from tests.support.answers import refusal
from tests.support.hashes import counted_hashes
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = pytest.mark.usefixtures("still_clock")

DISABLE = "/api/users/2fa/disable"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def disabled(enrolled: Player) -> Player:
    response = enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.fresh_code()})
    assert response.status_code == 200, response.text
    return enrolled


def test_the_answer_is_a_message(enrolled: Player) -> None:
    response = enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.fresh_code()})
    assert (response.status_code, set(response.json())) == (200, {"message"})


def test_a_backup_code_will_do(enrolled: Player) -> None:
    response = enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.backup_codes[0]})
    assert response.status_code == 200
    assert enrolled.two_factor()["enabled"] is False


def test_sign_in_asks_for_no_code_any_more(enrolled: Player) -> None:
    assert disabled(enrolled).login().status_code == 200


def test_secret_codes_and_pending_setup_are_gone(server: Server, enrolled: Player) -> None:
    enrolled.post("/api/users/2fa/setup", {"token": enrolled.fresh_code()})
    disabled(enrolled)
    row = stored_two_factor(server, enrolled.person_id)
    gone = "secret", "enabled_at", "last_step", "backup_salt", "backup_digests", "pending_secret", "pending_codes"
    assert [row[column] for column in gone] == [None] * len(gone)


def test_the_status_is_off_with_no_codes_left(enrolled: Player) -> None:
    assert disabled(enrolled).two_factor() == {"enabled": False, "pending": False, "backupCodesRemaining": 0}


def test_this_session_goes_on(enrolled: Player) -> None:
    assert disabled(enrolled).get("/api/users/me").status_code == 200


def test_with_2fa_off_nothing_is_hashed(player: Player) -> None:
    with counted_hashes() as hashed:
        response = player.post(DISABLE, {"password": player.password, "token": "12345678"})
    assert (refusal(response), hashed) == ((400, "TWO_FACTOR_NOT_ENABLED"), [])


def test_a_wrong_password_is_400(enrolled: Player) -> None:
    response = enrolled.post(DISABLE, {"password": "not the password", "token": enrolled.fresh_code()})
    assert refusal(response) == (400, "INVALID_PASSWORD")


@pytest.mark.parametrize("wrong", ["totp", "backup code"])
def test_a_wrong_code_is_400(enrolled: Player, wrong: str) -> None:
    code = enrolled.wrong_code() if wrong == "totp" else "00000000"
    response = enrolled.post(DISABLE, {"password": enrolled.password, "token": code})
    assert refusal(response) == (400, "INVALID_TWO_FACTOR_CODE")


@pytest.mark.parametrize("password_is_right", [True, False])
def test_after_one_wrong_proof_two_factor_is_still_on(enrolled: Player, password_is_right: bool) -> None:
    password = enrolled.password if password_is_right else "not the password"
    code = enrolled.wrong_code() if password_is_right else enrolled.fresh_code()
    enrolled.post(DISABLE, {"password": password, "token": code})
    assert enrolled.two_factor()["enabled"] is True


def test_with_a_wrong_password_a_right_code_is_not_spent(enrolled: Player) -> None:
    code = enrolled.fresh_code()
    enrolled.post(DISABLE, {"password": "not the password", "token": code})
    assert enrolled.post(DISABLE, {"password": enrolled.password, "token": code}).status_code == 200


def test_with_both_proofs_wrong_only_the_password_is_spoken_of(enrolled: Player) -> None:
    response = enrolled.post(DISABLE, {"password": "not the password", "token": enrolled.wrong_code()})
    assert refusal(response) == (400, "INVALID_PASSWORD")


@pytest.mark.parametrize("missing", ["password", "token"])
def test_both_proofs_are_required(enrolled: Player, missing: str) -> None:
    body = {"password": enrolled.password, "token": enrolled.fresh_code()}
    del body[missing]
    response = enrolled.post(DISABLE, body)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json()["details"] == {missing: "is required"}


def test_it_cannot_be_turned_off_while_off(player: Player) -> None:
    response = player.post(DISABLE, {"password": player.password, "token": "123456"})
    assert refusal(response) == (400, "TWO_FACTOR_NOT_ENABLED")


def test_a_pending_setup_alone_is_not_on(player: Player) -> None:
    player.begin_setup()
    response = player.post(DISABLE, {"password": player.password, "token": player.code()})
    assert refusal(response) == (400, "TWO_FACTOR_NOT_ENABLED")


def test_it_can_be_set_up_again_with_an_authenticator_of_its_own(enrolled: Player) -> None:
    disabled(enrolled).enrol()
    assert enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).status_code == 200


def test_old_backup_codes_stay_void_after_it_is_set_up_again(enrolled: Player) -> None:
    old = enrolled.backup_codes
    disabled(enrolled).enrol()
    assert refusal(enrolled.answer(enrolled.challenge(), old[0])) == (401, "INVALID_TWO_FACTOR_CODE")


def test_turning_it_off_and_on_again_resets_no_wrong_code(enrolled: Player) -> None:
    for _ in range(4):
        enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.wrong_code()})
    disabled(enrolled).enrol()
    challenge = enrolled.challenge()
    assert refusal(enrolled.answer(challenge, enrolled.wrong_code())) == (401, "INVALID_TWO_FACTOR_CODE")
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == (429, "TOO_MANY_ATTEMPTS")
