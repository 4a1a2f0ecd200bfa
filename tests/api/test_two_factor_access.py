"""Whom the endpoints of two-factor authentication let in: a person, in a session that stands, of an account in use."""

from collections.abc import Callable

import httpx2
import pytest

from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.people import Player, first_project
from tests.support.server import Server
from tests.support.tampering import set_person

ENDPOINTS: dict[str, Callable[[Player], httpx2.Response]] = {
    "status": lambda player: player.get("/api/users/2fa"),
    "setup": lambda player: player.post("/api/users/2fa/setup"),
    "setup with a proof": lambda player: code_endpoints.replacement(player, "123456"),
    "setup with a password": lambda player: player.post("/api/users/2fa/setup", {"password": player.password}),
    "verify": lambda player: player.post("/api/users/2fa/verify", {"token": "123456"}),
    "disable": lambda player: code_endpoints.disable(player, "123456"),
    "new backup codes": lambda player: code_endpoints.new_backup_codes(player, "123456"),
}


@pytest.fixture(params=ENDPOINTS)
def endpoint(request: pytest.FixtureRequest) -> Callable[[Player], httpx2.Response]:
    """Each endpoint under /api/users/2fa."""
    return ENDPOINTS[request.param]


def test_nobody_is_401(member: Player, endpoint: Callable[[Player], httpx2.Response]) -> None:
    member.token = ""
    response = endpoint(member)
    assert refusal(response) == (401, "UNAUTHORIZED")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="mudguard"'


def test_a_session_that_ended_is_401(member: Player, endpoint: Callable[[Player], httpx2.Response]) -> None:
    member.post("/api/auth/logout")
    assert refusal(endpoint(member)) == (401, "SESSION_REVOKED")


def test_a_disabled_account_is_403(
    server: Server, member: Player, endpoint: Callable[[Player], httpx2.Response]
) -> None:
    set_person(server, member.person_id, status="disabled")
    assert refusal(endpoint(member)) == (403, "ACCOUNT_DISABLED")


def test_an_account_that_waits_for_approval_is_403(
    server: Server, member: Player, endpoint: Callable[[Player], httpx2.Response]
) -> None:
    set_person(server, member.person_id, status="pending")
    assert refusal(endpoint(member)) == (403, "ACCOUNT_DISABLED")


def test_an_api_key_is_403_since_it_is_no_person(owner: Player, endpoint: Callable[[Player], httpx2.Response]) -> None:
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)})
    owner.token = made.json()["apiKey"]["secret"]
    assert refusal(endpoint(owner)) == (403, "API_KEY_NOT_SUPPORTED")


def test_a_made_up_api_key_is_401(owner: Player, endpoint: Callable[[Player], httpx2.Response]) -> None:
    owner.token = "mb_live_" + "A" * 43
    assert endpoint(owner).status_code == 401
