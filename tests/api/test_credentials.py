"""Who is asking: every endpoint of a person, with every credential that is none of theirs."""

import httpx2
import pytest

from mudguard.rules.roles import Status
from tests.support.answers import refusal
from tests.support.operations import OF_A_PERSON, OPERATIONS, Operation
from tests.support.people import Player, first_project, operator
from tests.support.server import Server
from tests.support.tampering import set_person

PLAIN_CHALLENGE = 'Bearer realm="mudguard"'
TOKEN_CHALLENGE = 'Bearer realm="mudguard", error="invalid_token"'

of_a_person = pytest.mark.parametrize("operation", OF_A_PERSON, ids=str)
in_either_header = pytest.mark.parametrize(
    "header", ["X-API-Key: {}", "Authorization: Bearer {}"], ids=["X-API-Key", "Authorization"]
)


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """A good API key."""
    return key_of(operator(server))


@pytest.fixture(scope="module")
def signed_out(server: Server) -> Player:
    """Somebody whose session has ended, and whose token has not expired."""
    player = operator(server)
    assert player.post("/api/auth/logout").status_code == 200
    return player


def key_of(owner: Player) -> str:
    """A new API key of the owner's first project."""
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)})
    secret: str = made.json()["apiKey"]["secret"]
    return secret


def send(server: Server, operation: Operation, **headers: str) -> httpx2.Response:
    return server.client.request(operation.method, operation.path, headers=headers, json=operation.body)


def as_header(template: str, secret: str) -> dict[str, str]:
    name, _, value = template.format(secret).partition(": ")
    return {name: value}


def challenge(response: httpx2.Response) -> str:
    """The challenge that a 401 carries (RFC 6750 section 3)."""
    return response.headers.get("WWW-Authenticate", "")


def test_only_signing_in_and_health_are_public_and_keys_open_one_endpoint() -> None:
    others = {str(operation) for operation in OPERATIONS if not operation.needs_person}
    assert others == {
        "POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/refresh", "POST /api/auth/2fa/challenge",
        "POST /api/auth/local/register", "POST /api/auth/local/login",
        "GET /api/projects/{orgId}/projects/{id}",
        "GET /health", "GET /livez", "GET /readyz", "GET /.well-known/jwks.json",
    }  # fmt: skip


@of_a_person
def test_no_credential_is_unauthorized(operation: Operation, server: Server) -> None:
    response = send(server, operation)
    assert (refusal(response), challenge(response)) == ((401, "UNAUTHORIZED"), PLAIN_CHALLENGE)


@of_a_person
def test_a_bad_token_is_invalid(operation: Operation, server: Server) -> None:
    response = send(server, operation, Authorization="Bearer not.a.token")
    assert (refusal(response), challenge(response)) == ((401, "INVALID_TOKEN"), TOKEN_CHALLENGE)


@of_a_person
def test_a_token_of_an_ended_session_is_revoked(operation: Operation, server: Server, signed_out: Player) -> None:
    response = send(server, operation, **signed_out.headers)
    assert (refusal(response), challenge(response)) == ((401, "SESSION_REVOKED"), TOKEN_CHALLENGE)


@of_a_person
@in_either_header
def test_a_good_api_key_is_not_supported(operation: Operation, header: str, server: Server, key: str) -> None:
    assert refusal(send(server, operation, **as_header(header, key))) == (403, "API_KEY_NOT_SUPPORTED")


@of_a_person
@in_either_header
def test_a_bad_api_key_is_invalid(operation: Operation, header: str, server: Server) -> None:
    response = send(server, operation, **as_header(header, "mb_live_nobodys"))
    assert (refusal(response), challenge(response)) == ((401, "INVALID_TOKEN"), TOKEN_CHALLENGE)


@of_a_person
def test_a_disabled_account_is_forbidden(operation: Operation, server: Server) -> None:
    player = operator(server)
    set_person(server, player.person_id, status=Status.DISABLED)
    assert refusal(send(server, operation, **player.headers)) == (403, "ACCOUNT_DISABLED")


def test_an_expired_token_says_so(player: Player) -> None:
    player.clock.advance(30 * 60)
    response = player.get("/api/users/me")
    assert (refusal(response), challenge(response)) == ((401, "TOKEN_EXPIRED"), TOKEN_CHALLENGE)


def test_a_token_lasts_half_an_hour(player: Player) -> None:
    player.clock.advance(30 * 60 - 5)
    assert player.get("/api/users/me").status_code == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Basic b2xnYTpvcGVyYXRvcg==", "Token abc", "eyJhbGciOiJIUzI1NiJ9.e30."]
)
def test_what_is_no_bearer_token_is_no_credential(authorization: str, server: Server) -> None:
    response = server.client.get("/api/users/me", headers={"Authorization": authorization})
    assert (refusal(response), challenge(response)) == ((401, "UNAUTHORIZED"), PLAIN_CHALLENGE)


@pytest.mark.parametrize("token", ["x", "a.b.c", "a.b", "....", "é.é.é", "x" * 5000, "mb_live", "a b c"])
def test_what_is_no_token_of_ours_is_invalid(token: str, server: Server) -> None:
    response = server.client.get("/api/users/me", headers=[(b"Authorization", f"Bearer {token}".encode())])
    assert refusal(response) == (401, "INVALID_TOKEN")


def test_a_token_in_the_address_is_no_credential(player: Player) -> None:
    response = player.client.get("/api/users/me", params={"access_token": player.token})
    assert (refusal(response), challenge(response)) == ((401, "UNAUTHORIZED"), PLAIN_CHALLENGE)


def test_a_token_in_a_form_is_no_credential(player: Player) -> None:
    response = player.client.post("/api/users/2fa/setup", data={"access_token": player.token})
    assert (refusal(response), challenge(response)) == ((401, "UNAUTHORIZED"), PLAIN_CHALLENGE)


def test_the_name_of_the_scheme_may_be_written_in_any_case(player: Player) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        response = player.client.get("/api/users/me", headers={"Authorization": f"{scheme} {player.token}"})
        assert response.status_code == 200


def test_a_refresh_token_is_no_bearer(player: Player) -> None:
    headers = {"Authorization": f"Bearer {player.refresh_token}"}
    assert refusal(player.client.get("/api/users/me", headers=headers)) == (401, "INVALID_TOKEN")


def test_an_api_key_that_was_deleted_is_invalid_for_a_person_too(owner: Player) -> None:
    secret = key_of(owner)
    key_id = owner.get("/api/api-keys").json()["apiKeys"][0]["_id"]
    owner.delete(f"/api/api-keys/{key_id}")
    response = owner.client.get("/api/users/me", headers={"X-API-Key": secret})
    assert refusal(response) == (401, "INVALID_TOKEN")


class TestBothGiven:
    """A token and an API key in one request: the token is tried first."""

    @pytest.mark.parametrize("of_key", ["good", "bad"])
    def test_a_good_token_opens_a_persons_endpoint_whatever_the_key(
        self, of_key: str, player: Player, key: str
    ) -> None:
        headers = {**player.headers, "X-API-Key": key if of_key == "good" else "mb_live_nobodys"}
        assert player.client.get("/api/users/me", headers=headers).status_code == 200

    def test_a_bad_token_is_invalid_at_a_persons_endpoint_although_the_key_is_good(
        self, server: Server, key: str
    ) -> None:
        headers = {"Authorization": "Bearer not.a.token", "X-API-Key": key}
        assert refusal(server.client.get("/api/users/me", headers=headers)) == (401, "INVALID_TOKEN")

    def test_a_good_token_is_counted_against_no_key(self, owner: Player) -> None:
        headers = {**owner.headers, "X-API-Key": key_of(owner)}
        path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
        assert owner.client.get(path, headers=headers).status_code == 200
        assert owner.get("/api/api-keys").json()["apiKeys"][0]["usage"] == {"requests": 0}

    def test_a_good_key_opens_its_project_where_the_token_is_bad(self, owner: Player) -> None:
        headers = {"Authorization": "Bearer not.a.token", "X-API-Key": key_of(owner)}
        path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
        assert owner.client.get(path, headers=headers).status_code == 200

    def test_a_bad_key_beside_a_bad_token_is_invalid(self, owner: Player) -> None:
        headers = {"Authorization": "Bearer not.a.token", "X-API-Key": "mb_live_nobodys"}
        path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
        response = owner.client.get(path, headers=headers)
        assert (refusal(response), challenge(response)) == ((401, "INVALID_TOKEN"), TOKEN_CHALLENGE)


@in_either_header
def test_a_bad_api_key_at_the_endpoint_that_takes_keys_is_invalid(header: str, owner: Player) -> None:
    path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
    response = owner.client.get(path, headers=as_header(header, "mb_live_nobodys"))
    assert (refusal(response), challenge(response)) == ((401, "INVALID_TOKEN"), TOKEN_CHALLENGE)
