"""Setting up while two-factor authentication is on: refused, or with proof a replacement that waits for its code."""

import pytest

from tests.support.answers import ERROR_KEYS, refusal
from tests.support.authenticator import Authenticator
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = pytest.mark.usefixtures("still_clock")

SETUP = "/api/users/2fa/setup"
VERIFY = "/api/users/2fa/verify"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


@pytest.fixture
def old(enrolled: Player) -> Authenticator:
    """The authenticator in force before any replacement."""
    assert enrolled.authenticator is not None
    return enrolled.authenticator


def begin_replacement(enrolled: Player) -> Authenticator:
    """Prove the factor by a fresh code; the new authenticator."""
    enrolled.begin_setup({"token": enrolled.fresh_code()})
    assert enrolled.authenticator is not None
    return enrolled.authenticator


def test_without_proof_it_is_refused(enrolled: Player) -> None:
    assert refusal(enrolled.post(SETUP)) == (400, "TWO_FACTOR_ALREADY_ENABLED")


def test_a_refusal_discloses_nothing_but_itself(enrolled: Player) -> None:
    assert set(enrolled.post(SETUP).json()) == ERROR_KEYS


def test_a_refusal_without_proof_changes_nothing(server: Server, enrolled: Player) -> None:
    before = stored_two_factor(server, enrolled.person_id)
    enrolled.post(SETUP)
    assert stored_two_factor(server, enrolled.person_id) == before


def test_the_right_password_is_no_proof_of_the_factor(enrolled: Player) -> None:
    response = enrolled.post(SETUP, {"password": enrolled.password})
    assert refusal(response) == (400, "TWO_FACTOR_ALREADY_ENABLED")


@pytest.mark.parametrize("wrong", ["totp", "backup code"])
def test_a_wrong_code_is_no_proof(enrolled: Player, wrong: str) -> None:
    code = enrolled.wrong_code() if wrong == "totp" else "00000000"
    assert refusal(enrolled.post(SETUP, {"token": code})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_a_wrong_code_begins_no_replacement(enrolled: Player) -> None:
    enrolled.post(SETUP, {"token": enrolled.wrong_code()})
    assert enrolled.two_factor()["pending"] is False


def test_a_totp_code_is_proof(enrolled: Player) -> None:
    assert enrolled.post(SETUP, {"token": enrolled.fresh_code()}).status_code == 200


def test_a_backup_code_is_proof(enrolled: Player) -> None:
    assert enrolled.post(SETUP, {"token": enrolled.backup_codes[0]}).status_code == 200


def test_a_totp_code_is_spent_by_the_proof(enrolled: Player) -> None:
    code = enrolled.fresh_code()
    enrolled.post(SETUP, {"token": code})
    assert refusal(enrolled.post(SETUP, {"token": code})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_a_backup_code_is_spent_by_the_proof(enrolled: Player) -> None:
    enrolled.post(SETUP, {"token": enrolled.backup_codes[0]})
    assert enrolled.two_factor()["backupCodesRemaining"] == 9


def test_two_factor_is_on_and_a_replacement_pending(enrolled: Player) -> None:
    begin_replacement(enrolled)
    status = enrolled.two_factor()
    assert (status["enabled"], status["pending"]) == (True, True)


def test_a_replacement_has_a_secret_and_codes_of_its_own(enrolled: Player, old: Authenticator) -> None:
    old_codes = enrolled.backup_codes
    assert begin_replacement(enrolled).secret != old.secret
    assert not set(enrolled.backup_codes) & set(old_codes)


def test_the_old_authenticator_stays_in_force_until_the_new_one_is_verified(
    enrolled: Player, old: Authenticator
) -> None:
    begin_replacement(enrolled)
    enrolled.clock.next_step()
    assert enrolled.answer(enrolled.challenge(), old.code()).status_code == 200


def test_the_new_authenticator_opens_nothing_before_it_is_verified(enrolled: Player) -> None:
    new = begin_replacement(enrolled)
    response = enrolled.answer(enrolled.challenge(), new.code())
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_the_old_backup_codes_stay_in_force_until_the_new_authenticator_is_verified(enrolled: Player) -> None:
    old_codes = enrolled.backup_codes
    begin_replacement(enrolled)
    assert enrolled.answer(enrolled.challenge(), old_codes[0]).status_code == 200


def test_the_new_backup_codes_open_nothing_before_the_new_authenticator_is_verified(enrolled: Player) -> None:
    begin_replacement(enrolled)
    response = enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_a_code_of_the_old_authenticator_does_not_verify_the_new_one(enrolled: Player, old: Authenticator) -> None:
    begin_replacement(enrolled)
    enrolled.clock.next_step()
    assert refusal(enrolled.post(VERIFY, {"token": old.code()})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_the_new_authenticator_is_in_force_once_verified(enrolled: Player) -> None:
    new = begin_replacement(enrolled)
    assert enrolled.post(VERIFY, {"token": new.code()}).status_code == 200
    assert enrolled.answer(enrolled.challenge(), new.code(steps=1)).status_code == 200


def test_the_old_authenticator_is_void_once_the_new_one_is_verified(enrolled: Player, old: Authenticator) -> None:
    new = begin_replacement(enrolled)
    enrolled.post(VERIFY, {"token": new.code()})
    enrolled.clock.next_step()
    response = enrolled.answer(enrolled.challenge(), old.code())
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_the_new_backup_codes_count_once_the_new_authenticator_is_verified(enrolled: Player) -> None:
    enrolled.post(VERIFY, {"token": begin_replacement(enrolled).code()})
    assert enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).status_code == 200


def test_the_old_backup_codes_are_void_once_the_new_authenticator_is_verified(enrolled: Player) -> None:
    old_codes = enrolled.backup_codes
    enrolled.post(VERIFY, {"token": begin_replacement(enrolled).code()})
    response = enrolled.answer(enrolled.challenge(), old_codes[0])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_backup_codes_are_ten_again_once_the_new_authenticator_is_verified(enrolled: Player) -> None:
    enrolled.begin_setup({"token": enrolled.backup_codes[0]})
    enrolled.post(VERIFY, {"token": enrolled.code()})
    assert enrolled.two_factor()["backupCodesRemaining"] == 10


def test_a_second_replacement_makes_the_first_one_void(enrolled: Player, old: Authenticator) -> None:
    first = begin_replacement(enrolled)
    enrolled.clock.next_step()
    enrolled.begin_setup({"token": old.code()})
    assert refusal(enrolled.post(VERIFY, {"token": first.code()})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_a_replacement_that_expired_leaves_the_old_authenticator_in_force(enrolled: Player, old: Authenticator) -> None:
    new = begin_replacement(enrolled)
    enrolled.clock.advance(900)
    assert refusal(enrolled.post(VERIFY, {"token": new.code()})) == (400, "TWO_FACTOR_SETUP_EXPIRED")
    assert enrolled.answer(enrolled.challenge(), old.code()).status_code == 200
