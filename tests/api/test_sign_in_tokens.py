"""Access tokens: what they claim, how long they last, and that the server reads none but its own."""

import base64
import json
import re
from pathlib import Path

import httpx2
import pytest

from tests.support.answers import claims, refusal
from tests.support.people import Player, operator
from tests.support.server import Server

pytestmark = pytest.mark.usefixtures("still_clock")

OF_EVERYBODY = {"iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time", "email", "role", "amr", "aal"}


def part(value: object) -> str:
    """A part of a JWT: JSON in base64url without padding."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def with_bearer(player: Player, token: str) -> httpx2.Response:
    return player.client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})


def test_an_operator_s_token_claims_exactly_what_is_documented(owner: Player) -> None:
    assert set(claims(owner.token)) == OF_EVERYBODY


def test_a_project_user_s_token_claims_the_project_too(member: Player) -> None:
    said = claims(member.token)
    assert set(said) == OF_EVERYBODY | {"projectId"}
    assert said["projectId"] == member.project_id


def test_it_says_who_it_is_about(player: Player) -> None:
    said = claims(player.token)
    assert (said["sub"], said["email"]) == (player.person_id, player.email)
    assert said["role"] == ("viewer" if player.project_id else "owner")


def test_it_says_who_made_it_and_for_whom(player: Player) -> None:
    said = claims(player.token)
    assert (said["iss"], said["aud"]) == ("http://localhost:5000", "mudguard")


def test_issuer_and_audience_are_settings(tmp_path: Path) -> None:
    with Server(tmp_path, public_url="https://id.northwind.test", token_audience="northwind") as server:
        said = claims(operator(server).token)
        assert (said["iss"], said["aud"]) == ("https://id.northwind.test", "northwind")


def test_a_sign_in_with_a_password_alone_is_aal1(player: Player) -> None:
    said = claims(player.token)
    assert (said["aal"], said["amr"]) == ("aal1", ["pwd"])


def test_its_ids_are_unique_and_its_session_has_an_id_s_form(player: Player) -> None:
    first, second = claims(player.token), claims(player.refreshed().token)
    assert first["sid"] == second["sid"]
    assert first["jti"] != second["jti"]
    assert re.fullmatch("[0-9a-f]{24}", first["sid"])


def test_it_lasts_thirty_minutes(player: Player) -> None:
    said = claims(player.token)
    assert said["exp"] - said["iat"] == 1_800
    assert player.login().json()["expiresIn"] == 1_800


def test_just_before_its_end_it_is_good(player: Player) -> None:
    player.clock.advance(claims(player.token)["exp"] - player.clock.seconds() - 1)
    assert player.get("/api/users/me").status_code == 200


def test_at_its_end_it_is_over(player: Player) -> None:
    player.clock.advance(claims(player.token)["exp"] - player.clock.seconds() + 0.001)
    assert refusal(player.get("/api/users/me")) == (401, "TOKEN_EXPIRED")


def test_its_life_is_a_setting(tmp_path: Path) -> None:
    with Server(tmp_path, access_token_seconds=60) as server:
        said = claims(operator(server).token)
        assert said["exp"] - said["iat"] == 60


def test_auth_time_is_when_the_person_signed_in_not_when_it_was_refreshed(player: Player) -> None:
    signed_in_at = claims(player.token)["iat"]
    player.clock.advance(600)
    said = claims(player.refreshed().token)
    assert (said["auth_time"], said["iat"] - signed_in_at) == (signed_in_at, 600)


def test_it_is_signed_with_hs256_by_default(player: Player) -> None:
    header = json.loads(base64.urlsafe_b64decode(player.token.split(".")[0] + "=="))
    assert header["alg"] == "HS256"


def test_an_unsigned_one_is_refused(player: Player) -> None:
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{player.token.split('.')[1]}."
    assert refusal(with_bearer(player, unsigned)) == (401, "INVALID_TOKEN")


def test_one_with_changed_claims_is_refused(player: Player, owner: Player) -> None:
    head, _, signature = player.token.split(".")
    forged = f"{head}.{part({**claims(player.token), 'sub': owner.person_id})}.{signature}"
    assert refusal(with_bearer(player, forged)) == (401, "INVALID_TOKEN")


def test_one_of_another_server_is_refused(tmp_path: Path, player: Player) -> None:
    with Server(tmp_path) as elsewhere:
        assert refusal(with_bearer(player, operator(elsewhere).token)) == (401, "INVALID_TOKEN")


def test_a_refresh_token_is_none(player: Player) -> None:
    assert refusal(with_bearer(player, player.refresh_token)) == (401, "INVALID_TOKEN")
