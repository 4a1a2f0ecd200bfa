"""What a challenge dies of: five wrong codes, five minutes, a new password, a change of 2FA, erasure."""

from pathlib import Path

import pytest

from tests.support.answers import refusal
from tests.support.people import Player, operator
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("still_clock")

DEAD = 401, "INVALID_CHALLENGE"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def type_wrong_codes(enrolled: Player, challenge: str, *, totp: int, backup: int) -> None:
    codes = [enrolled.wrong_code()] * totp + ["00000000"] * backup
    answers = [refusal(enrolled.answer(challenge, code)) for code in codes]
    assert answers == [(401, "INVALID_TWO_FACTOR_CODE")] * (totp + backup)


def test_after_four_wrong_codes_a_challenge_can_be_finished(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=2, backup=2)
    assert enrolled.answer(challenge, enrolled.fresh_code()).status_code == 200


@pytest.mark.parametrize(("totp", "backup"), [(3, 2), (2, 3), (1, 4), (4, 1)])
def test_a_challenge_dies_of_five_wrong_codes_of_both_kinds_together(enrolled: Player, totp: int, backup: int) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=totp, backup=backup)
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_code_refused_by_a_dead_challenge_is_not_spent(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=3, backup=2)
    code = enrolled.fresh_code()
    enrolled.answer(challenge, code)
    assert enrolled.answer(enrolled.challenge(), code).status_code == 200


def test_a_wrong_code_at_a_dead_challenge_is_not_counted(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=3, backup=2)
    for _ in range(5):
        enrolled.answer(challenge, enrolled.wrong_code())
    assert enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).status_code == 200


def test_wrong_codes_at_one_challenge_do_not_kill_another(enrolled: Player) -> None:
    first, second = enrolled.challenge(), enrolled.challenge()
    type_wrong_codes(enrolled, first, totp=3, backup=2)
    assert enrolled.answer(second, enrolled.fresh_code()).status_code == 200


def test_five_wrong_codes_of_one_kind_lock_that_kind(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=5, backup=0)
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == (429, "TOO_MANY_ATTEMPTS")


def test_five_wrong_codes_of_one_kind_kill_the_challenge_for_the_other_kind(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    type_wrong_codes(enrolled, challenge, totp=5, backup=0)
    assert refusal(enrolled.answer(challenge, enrolled.backup_codes[0])) == DEAD


def test_codes_refused_while_locked_do_not_wear_a_challenge_out(enrolled: Player) -> None:
    for _ in range(5):
        enrolled.login(totpToken=enrolled.wrong_code())
    enrolled.clock.advance(290)
    challenge = enrolled.challenge()
    answers = {refusal(enrolled.answer(challenge, enrolled.code())) for _ in range(5)}
    enrolled.clock.advance(10)
    assert answers == {(429, "TOO_MANY_ATTEMPTS")}
    assert enrolled.answer(challenge, enrolled.code()).status_code == 200


def test_a_challenge_can_be_finished_until_just_before_five_minutes_are_over(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.clock.advance(299)
    assert enrolled.answer(challenge, enrolled.code()).status_code == 200


def test_a_challenge_dies_after_five_minutes(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.clock.advance(300)
    assert refusal(enrolled.answer(challenge, enrolled.code())) == DEAD


def test_how_long_a_challenge_lives_is_a_setting(tmp_path: Path) -> None:
    with Server(tmp_path, challenge_seconds=60) as server:
        server.clock.stand_still()
        owner = operator(server).enrol()
        login = owner.login().json()
        owner.clock.advance(60)
        assert login["expiresIn"] == 60
        assert refusal(owner.answer(login["challengeToken"], owner.code())) == DEAD


def test_a_challenge_dies_of_a_new_password(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.patch("/api/users/password", {"currentPassword": enrolled.password, "newPassword": "staple horse correct"})
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_challenge_dies_when_two_factor_is_turned_off(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.post("/api/users/2fa/disable", {"password": enrolled.password, "token": enrolled.fresh_code()})
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_challenge_stays_dead_when_two_factor_is_turned_off_and_on_again(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.post("/api/users/2fa/disable", {"password": enrolled.password, "token": enrolled.fresh_code()})
    enrolled.enrol()
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_challenge_dies_of_new_backup_codes(enrolled: Player) -> None:
    challenge = enrolled.challenge()
    enrolled.post("/api/users/2fa/backup-codes", {"token": enrolled.fresh_code()})
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_challenge_dies_when_the_authenticator_is_replaced(enrolled: Player) -> None:
    enrolled.begin_setup({"token": enrolled.fresh_code()})
    challenge = enrolled.challenge()
    enrolled.post("/api/users/2fa/verify", {"token": enrolled.code()})
    assert refusal(enrolled.answer(challenge, enrolled.fresh_code())) == DEAD


def test_a_challenge_survives_a_replacement_that_is_only_pending(enrolled: Player) -> None:
    old = enrolled.authenticator
    assert old is not None
    challenge = enrolled.challenge()
    enrolled.begin_setup({"token": enrolled.backup_codes[0]})
    assert enrolled.answer(challenge, old.code(steps=1)).status_code == 200


def test_a_challenge_dies_of_erasure(member: Player) -> None:
    challenge = member.enrol().challenge()
    body = {"confirm": "DELETE", "currentPassword": member.password, "totpToken": member.fresh_code()}
    assert member.post("/api/users/me/erase", body).status_code == 200
    assert refusal(member.answer(challenge, member.fresh_code())) == DEAD


def test_a_challenge_survives_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server).enrol()
        challenge = owner.challenge()
    with Server(tmp_path, clock=owner.clock) as server:
        owner.client = server.client
        assert owner.answer(challenge, owner.fresh_code()).status_code == 200
