"""What happens when another request changes the state after a proof was weighed and before it is settled.

Two servers share the database: the second one's request comes in where the first one's is half-way through.
"""

from collections.abc import Callable

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.interleaving import meanwhile
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import set_two_factor, stored_two_factor

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

SETUP = "/api/users/2fa/setup"
VERIFY = "/api/users/2fa/verify"
DISABLE = "/api/users/2fa/disable"
REGENERATE = "/api/users/2fa/backup-codes"
WRONG_CODE = 400, "INVALID_TWO_FACTOR_CODE"
OFF = 400, "TWO_FACTOR_NOT_ENABLED"


@pytest.fixture
def enrolled(player: Player) -> Player:
    """Somebody with 2FA on."""
    return player.enrol()


def turn_off(player: Player, code: str) -> None:
    response = player.post(DISABLE, {"password": player.password, "token": code})
    assert response.status_code == 200, response.text


def change_password(player: Player) -> None:
    body = {"currentPassword": player.password, "newPassword": "staple horse correct"}
    assert player.patch("/api/users/password", body).status_code == 200


def log_out(player: Player) -> None:
    assert player.post("/api/auth/logout").status_code == 200


def test_verify_with_a_code_of_a_setup_that_was_replaced_turns_nothing_on(
    server: Server, second_server: Server, player: Player
) -> None:
    player.begin_setup()
    with meanwhile(server, player.at(second_server).begin_setup):
        response = player.post(VERIFY, {"token": player.code()})
    assert refusal(response) == WRONG_CODE
    assert player.two_factor()["enabled"] is False


def test_verify_of_a_setup_that_was_verified_already_says_so(
    server: Server, second_server: Server, player: Player
) -> None:
    player.begin_setup()
    body = {"token": player.code()}
    with meanwhile(server, lambda: player.at(second_server).post(VERIFY, body)):
        response = player.post(VERIFY, body)
    assert refusal(response) == (400, "TWO_FACTOR_ALREADY_ENABLED")


def test_verify_of_a_setup_that_expires_in_that_moment_turns_nothing_on(server: Server, player: Player) -> None:
    player.begin_setup()
    with meanwhile(server, lambda: player.clock.advance(900)):
        response = player.post(VERIFY, {"token": player.code()})
    assert refusal(response) == (400, "TWO_FACTOR_SETUP_EXPIRED")


def test_verify_with_a_code_that_comes_into_its_window_in_that_moment_turns_it_on_whole(
    server: Server, player: Player
) -> None:
    player.begin_setup()
    with meanwhile(server, player.clock.next_step):
        response = player.post(VERIFY, {"token": player.code(steps=2)})
    assert response.status_code == 200
    assert player.two_factor()["backupCodesRemaining"] == 10
    assert player.answer(player.challenge(), player.backup_codes[0]).status_code == 200


def test_verify_gives_the_backup_codes_of_the_setup_as_it_is_when_it_turns_it_on(
    server: Server, second_server: Server, player: Player
) -> None:
    other_codes = player.begin_setup()["backupCodes"]
    sealed = stored_two_factor(server, player.person_id)["pending_codes"]
    player.begin_setup()
    with meanwhile(server, lambda: set_two_factor(second_server, player.person_id, pending_codes=sealed)):
        assert player.post(VERIFY, {"token": player.code()}).status_code == 200
    assert player.answer(player.challenge(), other_codes[0]).status_code == 200


def test_new_codes_asked_for_while_it_is_turned_on_are_given(
    server: Server, second_server: Server, player: Player
) -> None:
    player.begin_setup()
    verified = {"token": player.code()}
    with meanwhile(server, lambda: player.at(second_server).post(VERIFY, verified)):
        response = player.post(REGENERATE, {"token": player.code(steps=1)})
    assert response.status_code == 200
    assert player.answer(player.challenge(), response.json()["backupCodes"][0]).status_code == 200


def test_new_codes_are_not_given_for_a_code_that_was_used_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    code = enrolled.fresh_code()
    with meanwhile(server, lambda: enrolled.at(second_server).login(totpToken=code)):
        response = enrolled.post(REGENERATE, {"token": code})
    assert refusal(response) == WRONG_CODE


def test_new_codes_are_not_given_for_a_backup_code_of_a_set_that_was_replaced_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    with meanwhile(server, lambda: enrolled.at(second_server).post(REGENERATE, {"token": enrolled.code(steps=1)})):
        response = enrolled.post(REGENERATE, {"token": enrolled.backup_codes[0]})
    assert refusal(response) == WRONG_CODE


def test_new_codes_are_not_given_when_it_was_turned_off_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    with meanwhile(server, lambda: turn_off(enrolled.at(second_server), enrolled.backup_codes[0])):
        response = enrolled.post(REGENERATE, {"token": enrolled.code(steps=1)})
    assert refusal(response) == OFF


def test_it_cannot_be_turned_off_twice(server: Server, second_server: Server, enrolled: Player) -> None:
    with meanwhile(server, lambda: turn_off(enrolled.at(second_server), enrolled.backup_codes[0])):
        response = enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.code(steps=1)})
    assert refusal(response) == OFF


def test_it_is_not_turned_off_by_a_password_that_was_changed_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    with meanwhile(server, lambda: change_password(enrolled.at(second_server))):
        response = enrolled.post(DISABLE, {"password": enrolled.password, "token": enrolled.code(steps=1)})
    assert refusal(response) == (400, "INVALID_PASSWORD")
    assert enrolled.two_factor()["enabled"] is True


def test_a_setup_without_proof_is_refused_when_it_was_turned_on_in_that_moment(
    server: Server, second_server: Server, player: Player
) -> None:
    player.begin_setup()
    code = player.code()
    with meanwhile(server, lambda: player.at(second_server).post(VERIFY, {"token": code})):
        response = player.post(SETUP)
    assert refusal(response) == (400, "TWO_FACTOR_ALREADY_ENABLED")
    assert player.two_factor()["pending"] is False


def test_a_setup_with_proof_is_a_first_one_when_it_was_turned_off_in_that_moment(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    with meanwhile(server, lambda: turn_off(enrolled.at(second_server), enrolled.backup_codes[0])):
        enrolled.begin_setup({"token": enrolled.code(steps=1)})
    status = enrolled.two_factor()
    assert (status["enabled"], status["pending"]) == (False, True)


def test_a_setup_is_refused_for_a_password_that_was_changed_in_that_moment(
    server: Server, second_server: Server, player: Player
) -> None:
    with meanwhile(server, lambda: change_password(player.at(second_server))):
        response = player.post(SETUP, {"password": player.password})
    assert refusal(response) == (400, "INVALID_PASSWORD")


def test_five_wrong_codes_in_that_moment_lock_the_right_one_out(
    server: Server, second_server: Server, enrolled: Player
) -> None:
    def guess() -> None:
        for _ in range(5):
            enrolled.at(second_server).login(totpToken=enrolled.wrong_code())

    with meanwhile(server, guess):
        response = enrolled.post(REGENERATE, {"token": enrolled.code(steps=1)})
    assert refusal(response) == (429, "TOO_MANY_ATTEMPTS")


REQUESTS: dict[str, Callable[[Player], httpx2.Response]] = {
    "setup": lambda player: player.post(SETUP, {"token": player.code(steps=1)}),
    "verify": lambda player: player.post(VERIFY, {"token": player.code()}),
    "disable": lambda player: player.post(DISABLE, {"password": player.password, "token": player.code(steps=1)}),
    "new backup codes": lambda player: player.post(REGENERATE, {"token": player.code(steps=1)}),
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_session_that_ended_in_that_moment_changes_nothing(
    server: Server, second_server: Server, player: Player, request_name: str
) -> None:
    if request_name == "verify":
        player.begin_setup()
    else:
        player.enrol()
    elsewhere = player.signed_in_again()
    before = elsewhere.two_factor()
    with meanwhile(server, lambda: log_out(player.at(second_server))):
        response = REQUESTS[request_name](player)
    assert refusal(response) == (401, "SESSION_REVOKED")
    assert elsewhere.two_factor() == before
