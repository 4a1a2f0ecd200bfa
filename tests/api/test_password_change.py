"""Changing one's password: what it takes, and what it ends."""

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.people import PASSWORD, Player

NEW_PASSWORD = "staple horse correct"


def change_password(player: Player, new: object = NEW_PASSWORD, *, current: object = PASSWORD) -> httpx2.Response:
    return player.patch("/api/users/password", {"currentPassword": current, "newPassword": new})


def test_the_new_password_signs_in_from_then_on(player: Player) -> None:
    assert change_password(player).json() == {"message": "Password changed."}
    player.password = NEW_PASSWORD
    assert player.login().status_code == 200


def test_the_old_password_signs_in_no_more(player: Player) -> None:
    change_password(player)
    assert refusal(player.login()) == (401, "INVALID_CREDENTIALS")


def test_a_wrong_current_password_is_a_400_so_that_clients_do_not_refresh_and_send_it_again(player: Player) -> None:
    assert refusal(change_password(player, current="not my password")) == (400, "INVALID_PASSWORD")
    assert player.login().status_code == 200


def test_this_session_stays(player: Player) -> None:
    change_password(player)
    assert player.get("/api/users/me").status_code == 200
    assert player.refresh().status_code == 200


def test_other_sessions_end(player: Player) -> None:
    elsewhere = player.signed_in_again()
    change_password(player)
    assert refusal(elsewhere.get("/api/users/me")) == (401, "SESSION_REVOKED")
    assert refusal(elsewhere.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_a_refused_change_ends_no_session(player: Player) -> None:
    elsewhere = player.signed_in_again()
    change_password(player, current="not my password")
    change_password(player, "password123")
    assert elsewhere.get("/api/users/me").status_code == 200


def test_a_sign_in_that_waits_for_its_second_factor_is_void(player: Player) -> None:
    challenge = player.enrol().challenge()
    change_password(player)
    assert refusal(player.answer(challenge, player.fresh_code())) == (401, "INVALID_CHALLENGE")


def test_two_factor_stays_on(player: Player) -> None:
    player.enrol()
    change_password(player)
    player.password = NEW_PASSWORD
    assert refusal(player.login()) == (403, "TWO_FACTOR_REQUIRED")


@pytest.mark.parametrize(
    "password",
    ["", "seven77", "x" * 129, "password123", "PASSWORD123", "aaaaaaaaaaaa", "qwertyuiop", PASSWORD],
    ids=["empty", "short", "long", "common", "common in capitals", "one letter", "keyboard row", "the current one"],
)
def test_a_password_that_will_not_do_is_refused(player: Player, password: str) -> None:
    response = change_password(player, password)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["newPassword"]
    assert player.login().status_code == 200


def test_ones_own_address_is_no_password(player: Player) -> None:
    assert refusal(change_password(player, player.email)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("password", [None, 12345678, ["staple horse correct"], {"a": 1}, True])
def test_a_password_is_a_string(player: Player, password: object) -> None:
    assert refusal(change_password(player, password)) == (400, "VALIDATION_ERROR")
    assert refusal(change_password(player, current=password)) == (400, "VALIDATION_ERROR")


def test_ten_wrong_passwords_in_a_quarter_of_an_hour_are_the_most(player: Player) -> None:
    for _ in range(10):
        assert refusal(change_password(player, current="not my password")) == (400, "INVALID_PASSWORD")
    locked = change_password(player)
    assert refusal(locked) == (429, "TOO_MANY_ATTEMPTS")
    assert locked.headers["Retry-After"] == str(locked.json()["retryAfter"])
    assert player.get("/api/users/me").status_code == 200
    player.clock.advance(locked.json()["retryAfter"])
    assert change_password(player).status_code == 200
