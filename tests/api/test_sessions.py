"""Sessions: logging out, the list of them, and ending one from another; all of it at once."""

import re

import pytest

from tests.support.answers import claims, refusal
from tests.support.people import Player, operator
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = pytest.mark.usefixtures("still_clock")

SESSIONS = "/api/users/me/sessions"
ENDED = 401, "SESSION_REVOKED"


def session_id(player: Player) -> str:
    return str(claims(player.token)["sid"])


def log_out(player: Player) -> None:
    response = player.post("/api/auth/local/logout" if player.project_id else "/api/auth/logout")
    assert (response.status_code, set(response.json())) == (200, {"message"})


def test_a_log_out_ends_the_access_token_at_once(player: Player) -> None:
    log_out(player)
    assert refusal(player.get("/api/users/me")) == ENDED


def test_a_log_out_ends_the_refresh_token_at_once(player: Player) -> None:
    log_out(player)
    assert refusal(player.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_a_log_out_ends_no_other_session(player: Player) -> None:
    other = player.signed_in_again()
    log_out(player)
    assert other.get("/api/users/me").status_code == 200


def test_a_second_log_out_is_401(player: Player) -> None:
    log_out(player)
    assert refusal(player.post("/api/auth/logout")) == ENDED


def test_an_operator_sees_their_session(owner: Player) -> None:
    answer = owner.get("/api/auth/session").json()
    assert set(answer) == {"user", "authenticated"}
    assert (answer["user"]["_id"], answer["authenticated"]) == (owner.person_id, True)


def test_a_person_of_a_project_sees_their_session(member: Player) -> None:
    answer = member.get("/api/auth/local/session", params={"projectId": member.project_id}).json()
    assert set(answer) == {"user", "authenticated"}
    assert (answer["user"]["id"], answer["authenticated"]) == (member.person_id, True)


def test_a_local_session_may_be_asked_for_without_its_project(member: Player) -> None:
    assert member.get("/api/auth/local/session").status_code == 200


def test_a_local_session_of_another_project_is_404(member: Player) -> None:
    response = member.get("/api/auth/local/session", params={"projectId": "0" * 24})
    assert refusal(response) == (404, "NOT_FOUND")


def test_an_operator_has_no_local_session(owner: Player) -> None:
    assert refusal(owner.get("/api/auth/local/session")) == (403, "FORBIDDEN")


def test_the_list_describes_each_session(player: Player) -> None:
    answer = player.get(SESSIONS).json()
    assert set(answer) == {"sessions", "total"}
    (only,) = answer["sessions"]
    assert set(only) == {"_id", "current", "aal", "address", "userAgent", "createdAt", "lastUsedAt"}
    assert (only["_id"], only["current"], only["aal"]) == (session_id(player), True, "aal1")
    assert (only["address"], only["userAgent"].split("/")[0]) == ("127.0.0.1", "python-httpx2")


def test_moments_in_the_list_are_utc_with_milliseconds(player: Player) -> None:
    (only,) = player.get(SESSIONS).json()["sessions"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", only["createdAt"])
    assert only["createdAt"] == only["lastUsedAt"]


def test_a_refresh_is_a_use(player: Player) -> None:
    player.clock.advance(60)
    (only,) = player.refreshed().get(SESSIONS).json()["sessions"]
    assert only["createdAt"] < only["lastUsedAt"]


def test_the_newest_session_is_first(player: Player) -> None:
    player.clock.advance(1)
    newer = player.signed_in_again()
    found = player.get(SESSIONS).json()
    assert [session["_id"] for session in found["sessions"]] == [session_id(newer), session_id(player)]
    assert found["total"] == 2


def test_only_the_session_that_asks_is_the_current_one(player: Player) -> None:
    newer = player.signed_in_again()
    current = {session["_id"]: session["current"] for session in newer.get(SESSIONS).json()["sessions"]}
    assert current == {session_id(newer): True, session_id(player): False}


def test_a_session_with_a_second_factor_is_aal2_in_the_list(player: Player) -> None:
    player.enrol()
    (only,) = player.get(SESSIONS).json()["sessions"]
    assert only["aal"] == "aal2"


def test_a_session_that_was_logged_out_is_not_in_the_list(player: Player) -> None:
    log_out(player.signed_in_again())
    assert player.get(SESSIONS).json()["total"] == 1


def test_a_session_that_idled_too_long_is_not_in_the_list(player: Player) -> None:
    player.clock.advance(24 * 3_600)
    assert player.signed_in_again().get(SESSIONS).json()["total"] == 1


def test_nobody_else_s_session_is_in_the_list(player: Player, server: Server) -> None:
    operator(server)
    assert player.get(SESSIONS).json()["total"] == 1


def test_revoking_another_session_ends_it_at_once(player: Player) -> None:
    other = player.signed_in_again()
    response = player.delete(f"{SESSIONS}/{session_id(other)}")
    assert (response.status_code, set(response.json())) == (200, {"message"})
    assert refusal(other.get("/api/users/me")) == ENDED
    assert refusal(other.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_revoking_another_session_leaves_this_one(player: Player) -> None:
    player.delete(f"{SESSIONS}/{session_id(player.signed_in_again())}")
    assert player.get("/api/users/me").status_code == 200


def test_revoking_this_session_is_a_log_out(player: Player) -> None:
    assert player.delete(f"{SESSIONS}/{session_id(player)}").status_code == 200
    assert refusal(player.get("/api/users/me")) == ENDED


def test_a_session_id_in_capitals_is_the_same(player: Player) -> None:
    other = player.signed_in_again()
    assert player.delete(f"{SESSIONS}/{session_id(other).upper()}").status_code == 200


def test_somebody_else_s_session_is_404_and_goes_on(player: Player, server: Server) -> None:
    stranger = operator(server)
    assert refusal(player.delete(f"{SESSIONS}/{session_id(stranger)}")) == (404, "NOT_FOUND")
    assert stranger.get("/api/users/me").status_code == 200


def test_a_session_revoked_already_is_404(player: Player) -> None:
    path = f"{SESSIONS}/{session_id(player.signed_in_again())}"
    player.delete(path)
    assert refusal(player.delete(path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("what", ["mine", "0" * 23, "z" * 24, "0" * 25])
def test_a_session_id_must_be_one(player: Player, what: str) -> None:
    assert refusal(player.delete(f"{SESSIONS}/{what}")) == (400, "VALIDATION_ERROR")


def test_a_new_password_ends_other_sessions_at_once_and_not_this_one(player: Player) -> None:
    other = player.signed_in_again()
    body = {"currentPassword": player.password, "newPassword": "staple horse correct"}
    assert player.patch("/api/users/password", body).status_code == 200
    assert refusal(other.get("/api/users/me")) == ENDED
    assert player.get("/api/users/me").status_code == 200


def test_erasure_ends_every_session_at_once(member: Player) -> None:
    other = member.signed_in_again()
    body = {"confirm": "DELETE", "currentPassword": member.password}
    assert member.post("/api/users/me/erase", body).status_code == 200
    assert refusal(other.get("/api/users/me")) == ENDED
    assert refusal(other.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_a_disabled_account_is_403_at_once_in_every_session(server: Server, player: Player) -> None:
    set_person(server, player.person_id, status="disabled")
    assert refusal(player.get("/api/users/me")) == (403, "ACCOUNT_DISABLED")
    assert refusal(player.get(SESSIONS)) == (403, "ACCOUNT_DISABLED")


def test_a_long_user_agent_is_cut(player: Player) -> None:
    body = {"email": player.email, "password": player.password}
    path = "/api/auth/login"
    if player.project_id:
        path, body = "/api/auth/local/login", {**body, "projectId": player.project_id}
    player.clock.advance(1)
    player.client.post(path, json=body, headers={"User-Agent": "a" * 5_000})
    assert player.get(SESSIONS).json()["sessions"][0]["userAgent"] == "a" * 256
