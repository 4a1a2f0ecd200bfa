"""The status of a second factor, and its backup codes: each good once, a new set in place of the old one."""

import re

import pytest

from tests.support.answers import refusal
from tests.support.people import Player

pytestmark = pytest.mark.usefixtures("still_clock")

REGENERATE = "/api/users/2fa/backup-codes"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def regenerated(enrolled: Player) -> list[str]:
    response = enrolled.post(REGENERATE, {"token": enrolled.fresh_code()})
    assert response.status_code == 200, response.text
    codes: list[str] = response.json()["backupCodes"]
    return codes


def test_status_off(player: Player) -> None:
    assert player.two_factor() == {"enabled": False, "pending": False, "backupCodesRemaining": 0}


def test_status_pending_counts_no_codes_yet(player: Player) -> None:
    player.begin_setup()
    assert player.two_factor() == {"enabled": False, "pending": True, "backupCodesRemaining": 0}


def test_status_after_the_setup_expired_is_off(player: Player) -> None:
    player.begin_setup()
    player.clock.advance(900)
    assert player.two_factor()["pending"] is False


def test_status_on_says_since_when(enrolled: Player) -> None:
    status = enrolled.two_factor()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status.pop("enabledAt"))
    assert status == {"enabled": True, "pending": False, "backupCodesRemaining": 10}


def test_a_backup_code_signs_in(enrolled: Player) -> None:
    assert enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).status_code == 200


def test_a_backup_code_works_once(enrolled: Player) -> None:
    enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0])
    response = enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_every_one_of_the_ten_works(member: Player) -> None:
    member.enrol()
    assert [member.answer(member.challenge(), code).status_code for code in member.backup_codes] == [200] * 10


def test_a_used_backup_code_is_one_less(enrolled: Player) -> None:
    enrolled.answer(enrolled.challenge(), enrolled.backup_codes[9])
    assert enrolled.two_factor()["backupCodesRemaining"] == 9


def test_a_backup_code_of_somebody_else_is_wrong(enrolled: Player, member: Player) -> None:
    member.enrol()
    response = enrolled.answer(enrolled.challenge(), member.backup_codes[0])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_a_new_set_is_ten_different_codes_and_nothing_else(enrolled: Player) -> None:
    response = enrolled.post(REGENERATE, {"token": enrolled.fresh_code()})
    assert set(response.json()) == {"backupCodes"}
    codes = response.json()["backupCodes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[0-9]{8}", code) for code in codes)


def test_a_new_set_shares_no_code_with_the_old_one(enrolled: Player) -> None:
    assert not set(regenerated(enrolled)) & set(enrolled.backup_codes)


def test_a_code_of_the_new_set_signs_in(enrolled: Player) -> None:
    codes = regenerated(enrolled)
    assert enrolled.answer(enrolled.challenge(), codes[0]).status_code == 200


def test_the_old_set_is_void_at_that_moment(enrolled: Player) -> None:
    regenerated(enrolled)
    response = enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_a_new_set_counts_ten_whatever_was_used_of_the_old_one(enrolled: Player) -> None:
    enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0])
    regenerated(enrolled)
    assert enrolled.two_factor()["backupCodesRemaining"] == 10


def test_a_backup_code_may_ask_for_the_new_set(enrolled: Player) -> None:
    assert enrolled.post(REGENERATE, {"token": enrolled.backup_codes[0]}).status_code == 200


def test_a_new_set_leaves_the_authenticator_in_force(enrolled: Player) -> None:
    regenerated(enrolled)
    assert enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).status_code == 200


@pytest.mark.parametrize("wrong", ["totp", "backup code"])
def test_a_wrong_code_makes_no_new_set(enrolled: Player, wrong: str) -> None:
    code = enrolled.wrong_code() if wrong == "totp" else "00000000"
    assert refusal(enrolled.post(REGENERATE, {"token": code})) == (400, "INVALID_TWO_FACTOR_CODE")
    assert enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).status_code == 200


def test_there_are_no_codes_to_renew_while_it_is_off(player: Player) -> None:
    assert refusal(player.post(REGENERATE, {"token": "123456"})) == (400, "TWO_FACTOR_NOT_ENABLED")


def test_a_pending_setup_has_no_codes_to_renew(player: Player) -> None:
    player.begin_setup()
    assert refusal(player.post(REGENERATE, {"token": player.code()})) == (400, "TWO_FACTOR_NOT_ENABLED")


def test_a_pending_replacement_keeps_its_own_codes_when_the_old_set_is_renewed(enrolled: Player) -> None:
    old = enrolled.authenticator
    assert old is not None
    enrolled.begin_setup({"token": enrolled.fresh_code()})
    enrolled.post(REGENERATE, {"token": old.code(steps=1)})
    enrolled.post("/api/users/2fa/verify", {"token": enrolled.code()})
    assert enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).status_code == 200
