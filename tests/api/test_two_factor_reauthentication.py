"""Setting up a second factor needs a sign-in of the last hour, or the password."""

from pathlib import Path

import pytest

from tests.support.answers import refusal
from tests.support.people import Player, operator
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("still_clock")

SETUP = "/api/users/2fa/setup"


def with_sign_in_of(player: Player, seconds: int) -> Player:
    """The player, so many seconds after signing in, with an access token in force."""
    player.clock.advance(seconds)
    return player.refreshed()


@pytest.fixture
def long_ago(player: Player) -> Player:
    """Somebody who signed in a little more than an hour ago."""
    return with_sign_in_of(player, 3_601)


def test_a_sign_in_of_an_hour_ago_needs_no_password(player: Player) -> None:
    assert with_sign_in_of(player, 3_600).post(SETUP).status_code == 200


def test_an_older_sign_in_needs_the_password(long_ago: Player) -> None:
    assert refusal(long_ago.post(SETUP)) == (403, "REAUTHENTICATION_REQUIRED")


def test_after_a_refusal_nothing_is_pending(long_ago: Player) -> None:
    long_ago.post(SETUP)
    assert long_ago.two_factor()["pending"] is False


def test_the_right_password_will_do(long_ago: Player) -> None:
    assert long_ago.post(SETUP, {"password": long_ago.password}).status_code == 200


def test_a_wrong_password_is_400_so_that_no_client_refreshes_and_tries_again(long_ago: Player) -> None:
    assert refusal(long_ago.post(SETUP, {"password": "not the password"})) == (400, "INVALID_PASSWORD")


def test_a_wrong_password_is_refused_after_a_recent_sign_in_too(player: Player) -> None:
    assert refusal(player.post(SETUP, {"password": "not the password"})) == (400, "INVALID_PASSWORD")


def test_after_a_wrong_password_nothing_is_pending(long_ago: Player) -> None:
    long_ago.post(SETUP, {"password": "not the password"})
    assert long_ago.two_factor()["pending"] is False


def test_wrong_passwords_here_count_like_those_at_sign_in(long_ago: Player) -> None:
    for _ in range(10):
        long_ago.post(SETUP, {"password": "not the password"})
    assert refusal(long_ago.post(SETUP, {"password": long_ago.password})) == (429, "TOO_MANY_ATTEMPTS")
    assert refusal(long_ago.login()) == (429, "TOO_MANY_ATTEMPTS")


def test_a_fresh_sign_in_needs_no_password_again(long_ago: Player) -> None:
    assert long_ago.signed_in_again().post(SETUP).status_code == 200


def test_a_proof_of_the_factor_does_not_stand_for_the_password(player: Player) -> None:
    enrolled = with_sign_in_of(player.enrol(), 3_601)
    assert refusal(enrolled.post(SETUP, {"token": enrolled.code()})) == (403, "REAUTHENTICATION_REQUIRED")


def test_a_code_refused_for_want_of_the_password_is_not_spent(player: Player) -> None:
    enrolled = with_sign_in_of(player.enrol(), 3_601)
    enrolled.post(SETUP, {"token": enrolled.code()})
    assert enrolled.post(SETUP, {"password": enrolled.password, "token": enrolled.code()}).status_code == 200


def test_with_the_wrong_password_a_right_code_is_not_spent(player: Player) -> None:
    enrolled = player.enrol()
    code = enrolled.fresh_code()
    enrolled.post(SETUP, {"password": "not the password", "token": code})
    assert enrolled.post(SETUP, {"password": enrolled.password, "token": code}).status_code == 200


def test_the_age_is_a_setting(tmp_path: Path) -> None:
    with Server(tmp_path, reauth_max_age=60) as server:
        server.clock.stand_still()
        owner = with_sign_in_of(operator(server), 61)
        assert refusal(owner.post(SETUP)) == (403, "REAUTHENTICATION_REQUIRED")


def test_an_age_of_nought_never_asks(tmp_path: Path) -> None:
    with Server(tmp_path, reauth_max_age=0) as server:
        assert with_sign_in_of(operator(server), 86_000).post(SETUP).status_code == 200
