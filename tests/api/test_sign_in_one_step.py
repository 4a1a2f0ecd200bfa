"""Signing in in one step: a login that brings its code along as `totpToken`."""

import pytest

from tests.support.answers import claims, refusal
from tests.support.people import Player

pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def test_a_totp_code_signs_in(enrolled: Player) -> None:
    response = enrolled.login(totpToken=enrolled.fresh_code())
    assert response.status_code == 200
    assert claims(response.json()["token"])["amr"] == ["pwd", "otp", "mfa"]


def test_a_backup_code_signs_in(enrolled: Player) -> None:
    response = enrolled.login(totpToken=enrolled.backup_codes[0])
    assert response.status_code == 200
    assert claims(response.json()["token"])["amr"] == ["pwd", "mfa"]


def test_its_answer_is_that_of_a_finished_challenge(enrolled: Player) -> None:
    one_step = enrolled.login(totpToken=enrolled.fresh_code()).json()
    two_steps = enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).json()
    assert set(one_step) == set(two_steps)
    assert set(one_step["user"]) == set(two_steps["user"])


@pytest.mark.parametrize("wrong", ["totp", "backup code"])
def test_a_wrong_code_is_401_and_gives_no_challenge(enrolled: Player, wrong: str) -> None:
    response = enrolled.login(totpToken=enrolled.wrong_code() if wrong == "totp" else "00000000")
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")
    assert "challengeToken" not in response.json()


def test_with_a_wrong_password_the_code_is_not_spoken_of(enrolled: Player) -> None:
    code = enrolled.wrong_code()
    enrolled.password = "not the password"
    assert refusal(enrolled.login(totpToken=code)) == (401, "INVALID_CREDENTIALS")


def test_with_a_wrong_password_a_wrong_code_is_not_counted(enrolled: Player) -> None:
    right, enrolled.password = enrolled.password, "not the password"
    for _ in range(5):
        enrolled.login(totpToken=enrolled.wrong_code())
    enrolled.password = right
    assert enrolled.login(totpToken=enrolled.fresh_code()).status_code == 200


def test_an_empty_code_is_none_and_earns_a_challenge(enrolled: Player) -> None:
    assert refusal(enrolled.login(totpToken="")) == (403, "TWO_FACTOR_REQUIRED")


def test_a_code_of_somebody_without_two_factor_is_ignored(player: Player) -> None:
    response = player.login(totpToken="123456")
    assert response.status_code == 200
    assert claims(response.json()["token"])["amr"] == ["pwd"]


def test_a_challenge_that_waits_is_left_alone(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.login(totpToken=enrolled.fresh_code())
    assert enrolled.answer(challenge, enrolled.fresh_code()).status_code == 200
