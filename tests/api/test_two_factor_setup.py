"""Setting two-factor authentication up: what the answer holds, and what it changes (nothing, before it is verified)."""

import base64
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.answers import refusal
from tests.support.authenticator import Authenticator
from tests.support.people import Player, operator
from tests.support.scanner import picture, scanned
from tests.support.server import Server
from tests.support.tampering import set_person, stored_two_factor

pytestmark = pytest.mark.usefixtures("still_clock")

SETUP = "/api/users/2fa/setup"
VERIFY = "/api/users/2fa/verify"


def test_the_answer_holds_exactly_the_documented_keys(player: Player) -> None:
    assert set(player.begin_setup()) == {"secret", "qrCode", "manualEntryKey", "backupCodes"}


@pytest.mark.parametrize("body", [None, {}])
def test_a_body_is_optional(player: Player, body: object) -> None:
    assert player.post(SETUP, body).status_code == 200


def test_the_secret_is_160_bits_in_32_base32_characters_without_padding(player: Player) -> None:
    secret = player.begin_setup()["secret"]
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert len(base64.b32decode(secret)) * 8 == 160


def test_the_manual_entry_key_is_the_secret_in_groups_of_four(player: Player) -> None:
    setup = player.begin_setup()
    assert re.fullmatch("[A-Z2-7]{4}( [A-Z2-7]{4}){7}", setup["manualEntryKey"])
    assert setup["manualEntryKey"].replace(" ", "") == setup["secret"]


def test_the_qr_code_is_a_square_png_of_at_least_200_pixels(player: Player) -> None:
    height, width = picture(player.begin_setup()["qrCode"]).shape
    assert height == width
    assert width >= 200


def test_an_authenticator_that_scanned_the_qr_code_shows_codes_that_verify(player: Player) -> None:
    setup = player.begin_setup()
    phone = Authenticator.scanning(scanned(setup["qrCode"]), player.clock.seconds)
    assert player.post(VERIFY, {"token": phone.code()}).status_code == 200


def test_the_qr_code_and_the_answer_hold_the_same_secret(player: Player) -> None:
    setup = player.begin_setup()
    assert parse_qs(urlsplit(scanned(setup["qrCode"])).query)["secret"] == [setup["secret"]]


def test_there_are_ten_different_backup_codes_of_eight_digits(player: Player) -> None:
    codes = player.begin_setup()["backupCodes"]
    assert len(codes) == len(set(codes)) == 10
    assert all(re.fullmatch("[0-9]{8}", code) for code in codes)


def test_two_setups_share_no_secret_and_no_backup_code(player: Player) -> None:
    first, second = player.begin_setup(), player.begin_setup()
    assert first["secret"] != second["secret"]
    assert not set(first["backupCodes"]) & set(second["backupCodes"])


def test_secret_and_backup_codes_are_kept_sealed(server: Server, player: Player) -> None:
    setup = player.begin_setup()
    row = stored_two_factor(server, player.person_id)
    assert base64.b32decode(setup["secret"]) not in row["pending_secret"]
    assert not any(code.encode() in row["pending_codes"] for code in setup["backupCodes"])


def test_a_setting_leaves_the_backup_codes_out_of_the_answer(tmp_path: Path) -> None:
    with Server(tmp_path, setup_returns_backup_codes=False) as server:
        assert set(operator(server).begin_setup()) == {"secret", "qrCode", "manualEntryKey"}


def test_without_backup_codes_in_the_answer_none_count_once_it_is_verified(tmp_path: Path) -> None:
    with Server(tmp_path, setup_returns_backup_codes=False) as server:
        assert operator(server).enrol().two_factor()["backupCodesRemaining"] == 0


def test_without_backup_codes_in_the_answer_they_come_from_their_own_endpoint(tmp_path: Path) -> None:
    with Server(tmp_path, setup_returns_backup_codes=False) as server:
        owner = operator(server).enrol()
        codes = owner.post("/api/users/2fa/backup-codes", {"token": owner.fresh_code()}).json()["backupCodes"]
        assert owner.answer(owner.challenge(), codes[0]).status_code == 200


def test_sign_in_asks_for_no_code_before_the_setup_is_verified(player: Player) -> None:
    player.begin_setup()
    assert player.login().status_code == 200


def test_a_sign_in_before_the_setup_is_verified_is_not_raised_by_its_code(player: Player) -> None:
    player.begin_setup()
    assert player.login(totpToken=player.code()).json()["user"]["twoFactorEnabled"] is False


def test_a_second_setup_makes_the_first_secret_void(player: Player) -> None:
    player.begin_setup()
    first = player.authenticator
    assert first is not None
    player.begin_setup()
    assert refusal(player.post(VERIFY, {"token": first.code()})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_the_secret_of_a_second_setup_is_the_one_that_verifies(player: Player) -> None:
    player.begin_setup()
    player.begin_setup()
    assert player.post(VERIFY, {"token": player.code()}).status_code == 200


def test_backup_codes_of_a_replaced_setup_never_count(player: Player) -> None:
    void = player.begin_setup()["backupCodes"]
    player.enrol()
    assert refusal(player.answer(player.challenge(), void[0])) == (401, "INVALID_TWO_FACTOR_CODE")


def test_backup_codes_of_the_verified_setup_count(player: Player) -> None:
    player.begin_setup()
    player.enrol()
    assert player.answer(player.challenge(), player.backup_codes[0]).status_code == 200


def test_a_setup_can_be_verified_until_just_before_fifteen_minutes_are_over(player: Player) -> None:
    player.begin_setup()
    player.clock.advance(899)
    assert player.post(VERIFY, {"token": player.code()}).status_code == 200


def test_a_setup_expires_after_fifteen_minutes(player: Player) -> None:
    player.begin_setup()
    player.clock.advance(900)
    assert refusal(player.post(VERIFY, {"token": player.code()})) == (400, "TWO_FACTOR_SETUP_EXPIRED")


def test_after_an_expired_setup_a_new_one_can_be_verified(player: Player) -> None:
    player.begin_setup()
    player.clock.advance(900)
    assert player.enrol().two_factor()["enabled"] is True


def test_how_long_a_setup_waits_is_a_setting(tmp_path: Path) -> None:
    with Server(tmp_path, setup_seconds=60) as server:
        server.clock.stand_still()
        owner = operator(server)
        owner.begin_setup()
        owner.clock.advance(60)
        assert refusal(owner.post(VERIFY, {"token": owner.code()})) == (400, "TWO_FACTOR_SETUP_EXPIRED")


def test_a_disabled_account_is_refused(server: Server, player: Player) -> None:
    set_person(server, player.person_id, status="disabled")
    assert refusal(player.post(SETUP)) == (403, "ACCOUNT_DISABLED")


def test_a_guest_is_refused(server: Server, member: Player) -> None:
    set_person(server, member.person_id, is_anonymous=True)
    assert refusal(member.post(SETUP)) == (403, "FORBIDDEN")


def test_a_refused_guest_has_nothing_pending(server: Server, member: Player) -> None:
    set_person(server, member.person_id, is_anonymous=True)
    member.post(SETUP)
    assert member.two_factor()["pending"] is False


def test_a_key_that_setup_does_not_know_is_refused_by_name(player: Player) -> None:
    response = player.post(SETUP, {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["secret"]
