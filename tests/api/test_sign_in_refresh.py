"""Refresh tokens: each works once, a used one ends its session, and a session that is over stays over."""

import base64
import secrets
from pathlib import Path

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.people import Player, operator
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

REFUSED = 401, "INVALID_REFRESH_TOKEN"
HOUR = 3_600
DAY = 24 * HOUR

PREFIX = "mgr_"
IDS_BYTES = 24
FAMILY_BYTES = 16


def exchange(player: Player, refresh_token: object) -> httpx2.Response:
    return player.client.post("/api/auth/refresh", json={"refreshToken": refresh_token})


def with_other_bytes(refresh_token: str, *, start: int, end: int | None) -> str:
    """A refresh token of which some bytes are made up."""
    raw = bytearray(base64.urlsafe_b64decode(refresh_token.removeprefix(PREFIX) + "=="))
    raw[start:end] = secrets.token_bytes(len(raw[start:end]))
    return PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def made_up(refresh_token: str) -> str:
    """What somebody can make who knows the ids of person and session, and nothing more."""
    return with_other_bytes(refresh_token, start=IDS_BYTES, end=None)


def test_the_answer_holds_exactly_the_documented_keys(player: Player) -> None:
    response = player.refresh()
    assert response.status_code == 200
    assert set(response.json()) == {"message", "token", "refreshToken", "expiresIn"}


def test_both_new_tokens_are_good(player: Player) -> None:
    renewed = player.refreshed()
    assert renewed.get("/api/users/me").status_code == 200
    assert renewed.refresh().status_code == 200


def test_the_session_stays_the_same(player: Player) -> None:
    renewed = player.refreshed()
    assert renewed.get("/api/users/me/sessions").json()["total"] == 1


def test_access_tokens_of_before_go_on_until_they_expire(player: Player) -> None:
    player.refresh()
    assert player.get("/api/users/me").status_code == 200


def test_a_used_one_is_refused(player: Player) -> None:
    player.refresh()
    assert refusal(player.refresh()) == REFUSED


def test_a_used_one_ends_its_session(player: Player) -> None:
    renewed = player.refreshed()
    player.refresh()
    assert refusal(renewed.refresh()) == REFUSED
    assert refusal(renewed.get("/api/users/me")) == (401, "SESSION_REVOKED")


def test_one_used_long_ago_ends_its_session_too(player: Player) -> None:
    newest = player.refreshed().refreshed().refreshed()
    player.refresh()
    assert refusal(newest.get("/api/users/me")) == (401, "SESSION_REVOKED")


def test_a_used_one_ends_no_other_session(player: Player) -> None:
    other = player.signed_in_again()
    player.refresh()
    player.refresh()
    assert other.get("/api/users/me").status_code == 200


def test_a_made_up_one_with_the_right_ids_is_refused(player: Player) -> None:
    assert refusal(exchange(player, made_up(player.refresh_token))) == REFUSED


def test_a_made_up_one_with_the_right_ids_ends_nothing(player: Player) -> None:
    exchange(player, made_up(player.refresh_token))
    assert player.get("/api/users/me").status_code == 200
    assert player.refresh().status_code == 200


def test_one_of_this_session_with_another_secret_ends_it(player: Player) -> None:
    known_family = with_other_bytes(player.refresh_token, start=IDS_BYTES + FAMILY_BYTES, end=None)
    assert refusal(exchange(player, known_family)) == REFUSED
    assert refusal(player.get("/api/users/me")) == (401, "SESSION_REVOKED")


@pytest.mark.parametrize("what", ["", "refresh", "an access token", "with one more letter", "with padding"])
def test_what_is_none_is_refused(player: Player, what: str) -> None:
    spelt = {
        "an access token": player.token,
        "with one more letter": player.refresh_token + "A",
        "with padding": player.refresh_token + "=",
    }
    status = 400 if what == "" else 401
    assert exchange(player, spelt.get(what, what)).status_code == status


@pytest.mark.parametrize("value", [None, 17, ["mgr_"], {}])
def test_what_is_no_string_is_400(player: Player, value: object) -> None:
    assert refusal(exchange(player, value)) == (400, "VALIDATION_ERROR")


def test_a_session_lasts_until_just_before_24_hours_idle(player: Player) -> None:
    player.clock.advance(DAY - 1)
    assert player.refresh().status_code == 200


def test_a_session_ends_after_24_hours_idle(player: Player) -> None:
    player.clock.advance(DAY)
    assert refusal(player.refresh()) == REFUSED


def test_a_refresh_begins_the_idle_time_anew(player: Player) -> None:
    player.clock.advance(DAY - 1)
    renewed = player.refreshed()
    renewed.clock.advance(DAY - 1)
    assert renewed.refresh().status_code == 200


def in_use_until(player: Player, days: int) -> Player:
    """The player after so many days, with a refresh every 20 hours, the last less than an idle day ago."""
    end = player.clock.seconds() + days * DAY
    while end - player.clock.seconds() > 20 * HOUR:
        player.clock.advance(20 * HOUR)
        player = player.refreshed()
    player.clock.advance(end - player.clock.seconds())
    return player


def test_a_session_in_use_lasts_until_just_before_30_days(player: Player) -> None:
    old = in_use_until(player, 30)
    old.clock.advance(-1)
    assert old.refresh().status_code == 200


def test_a_session_in_use_ends_after_30_days(player: Player) -> None:
    old = in_use_until(player, 30)
    assert refusal(old.refresh()) == REFUSED


def test_how_long_sessions_last_is_a_setting(tmp_path: Path) -> None:
    with Server(tmp_path, session_idle_seconds=2 * HOUR, session_max_seconds=3 * HOUR) as server:
        server.clock.stand_still()
        idle, busy = operator(server), operator(server)
        server.clock.advance(HOUR)
        busy = busy.refreshed()
        server.clock.advance(HOUR)
        assert refusal(idle.refresh()) == REFUSED
        busy = busy.refreshed()
        server.clock.advance(HOUR)
        assert refusal(busy.refresh()) == REFUSED


def test_an_access_token_is_no_good_in_a_session_that_is_over(tmp_path: Path) -> None:
    with Server(tmp_path, access_token_seconds=2 * HOUR, session_max_seconds=HOUR) as server:
        owner = operator(server)
        server.clock.advance(HOUR)
        assert refusal(owner.get("/api/users/me")) == (401, "SESSION_REVOKED")


def test_a_disabled_account_cannot_refresh(server: Server, player: Player) -> None:
    set_person(server, player.person_id, status="disabled")
    assert refusal(player.refresh()) == (403, "ACCOUNT_DISABLED")


def test_an_account_enabled_again_can_refresh(server: Server, player: Player) -> None:
    set_person(server, player.person_id, status="disabled")
    player.refresh()
    set_person(server, player.person_id, status="active")
    assert player.refresh().status_code == 200


def test_a_refresh_token_outlives_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
    with Server(tmp_path, clock=owner.clock) as server:
        owner.client = server.client
        assert owner.refresh().status_code == 200
