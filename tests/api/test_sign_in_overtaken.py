"""Signing in while another request changes what was just weighed: the state at the end decides.

Two servers share the database: the second one's request comes in where the first one's is half-way through.
"""

import pytest

from tests.support.answers import refusal
from tests.support.interleaving import meanwhile
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

DEAD = 401, "INVALID_CHALLENGE"
WRONG_CODE = 401, "INVALID_TWO_FACTOR_CODE"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def change_password(player: Player) -> None:
    body = {"currentPassword": player.password, "newPassword": "staple horse correct"}
    assert player.patch("/api/users/password", body).status_code == 200


def test_a_challenge_that_was_finished_in_that_moment_is_dead(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    challenge, code = enrolled.challenge(), enrolled.backup_codes[0]
    with meanwhile(server, lambda: enrolled.at(second_server).answer(challenge, enrolled.code(steps=1))):
        response = enrolled.answer(challenge, code)
    assert refusal(response) == DEAD


@pytest.mark.parametrize("kind", ["totp", "backup code"])
def test_a_code_that_was_used_in_that_moment_finishes_no_other_challenge(
    server: Server, second_server: Server, enrolled: Player, kind: str
) -> None:
    code = enrolled.fresh_code() if kind == "totp" else enrolled.backup_codes[0]
    challenge = enrolled.challenge()
    with meanwhile(server, lambda: enrolled.at(second_server).login(totpToken=code)):
        response = enrolled.answer(challenge, code)
    assert refusal(response) == WRONG_CODE


def test_a_challenge_dies_of_a_password_changed_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    challenge = enrolled.challenge()
    with meanwhile(server, lambda: change_password(enrolled.at(second_server))):
        response = enrolled.answer(challenge, enrolled.fresh_code())
    assert refusal(response) == DEAD


def test_a_challenge_is_no_good_when_two_factor_was_turned_off_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    challenge = enrolled.challenge()
    body = {"password": enrolled.password, "token": enrolled.backup_codes[0]}
    with meanwhile(server, lambda: enrolled.at(second_server).post("/api/users/2fa/disable", body)):
        response = enrolled.answer(challenge, enrolled.fresh_code())
    assert refusal(response) == DEAD


def test_a_challenge_is_refused_to_an_account_disabled_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    challenge = enrolled.challenge()
    with meanwhile(server, lambda: set_person(second_server, enrolled.person_id, status="disabled")):
        response = enrolled.answer(challenge, enrolled.fresh_code())
    assert refusal(response) == (403, "ACCOUNT_DISABLED")


def test_a_password_that_was_changed_in_that_moment_is_wrong(
    server: Server, second_server: Server, player: Player
) -> None:
    with meanwhile(server, lambda: change_password(player.at(second_server))):
        response = player.login()
    assert refusal(response) == (401, "INVALID_CREDENTIALS")


def test_a_second_factor_turned_on_in_that_moment_is_asked_for(
    server: Server, second_server: Server, player: Player
) -> None:
    player.begin_setup()
    body = {"token": player.code()}
    with meanwhile(server, lambda: player.at(second_server).post("/api/users/2fa/verify", body)):
        response = player.login()
    assert refusal(response) == (403, "TWO_FACTOR_REQUIRED")


def test_an_account_disabled_in_that_moment_does_not_get_in(
    server: Server, second_server: Server, player: Player
) -> None:
    with meanwhile(server, lambda: set_person(second_server, player.person_id, status="disabled")):
        response = player.login()
    assert refusal(response) == (403, "ACCOUNT_DISABLED")


def test_ten_wrong_passwords_in_that_moment_lock_the_right_one_out(
    server: Server, second_server: Server, player: Player
) -> None:
    def guess() -> None:
        guesser = player.at(second_server)
        guesser.password = "not the password"
        for _ in range(10):
            guesser.login()

    with meanwhile(server, guess):
        response = player.login()
    assert refusal(response) == (429, "TOO_MANY_ATTEMPTS")


def test_an_account_erased_in_that_moment_does_not_get_in(
    server: Server, second_server: Server, member: Player
) -> None:
    body = {"confirm": "DELETE", "currentPassword": member.password}
    with meanwhile(server, lambda: member.at(second_server).post("/api/users/me/erase", body)):
        response = member.login()
    assert refusal(response) == (401, "INVALID_CREDENTIALS")
