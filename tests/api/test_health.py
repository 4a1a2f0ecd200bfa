"""Whether the server is well, and the keys that verify its tokens."""

from collections.abc import Iterator

import jwt
import pytest

from mudguard import __version__
from tests.support.answers import error_of
from tests.support.faults import database_gone
from tests.support.people import operator
from tests.support.server import Server

pytestmark = pytest.mark.both_databases


@pytest.fixture(scope="module", params=["EdDSA", "ES256"])
def signing_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that signs with a key whose other half is public."""
    with Server(tmp_path_factory.mktemp("signing"), token_algorithm=request.param) as running:
        yield running


def test_health_has_exactly_the_keys_of_the_official_model(server: Server) -> None:
    health = server.client.get("/health").json()
    assert set(health) == {"status", "timestamp", "services", "version", "uptime"}
    assert (health["status"], health["services"]) == ("healthy", {"database": "healthy"})
    assert (health["version"], type(health["uptime"])) == (__version__, int)


def test_health_says_what_is_wrong_and_is_an_answer_all_the_same(server: Server) -> None:
    with database_gone(server):
        response = server.client.get("/health")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["services"]) == ("unhealthy", {"database": "unhealthy"})


def test_health_is_well_again_when_the_database_is_back(server: Server) -> None:
    with database_gone(server):
        server.client.get("/health")
    assert server.client.get("/health").json()["status"] == "healthy"


def test_the_process_is_alive_whatever_the_database_does(server: Server) -> None:
    with database_gone(server):
        response = server.client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_the_server_is_ready_with_its_database(server: Server) -> None:
    response = server.client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_the_server_is_not_ready_while_the_database_is_gone(server: Server) -> None:
    with database_gone(server):
        response = server.client.get("/readyz")
    assert response.status_code == 503
    assert error_of(response)["code"] == "SERVICE_UNAVAILABLE"
    assert server.client.get("/readyz").status_code == 200


def test_there_is_no_public_key_to_a_shared_secret(server: Server) -> None:
    assert server.client.get("/.well-known/jwks.json").json() == {"keys": []}


def test_a_published_key_verifies_an_access_token(signing_server: Server) -> None:
    player = operator(signing_server)
    (key,) = jwt.PyJWKSet.from_dict(signing_server.client.get("/.well-known/jwks.json").json()).keys
    assert key.key_id == jwt.get_unverified_header(player.token)["kid"]
    claims = jwt.decode(
        player.token, key.key, algorithms=[str(signing_server.settings.token_algorithm)], audience="mudguard"
    )
    assert claims["sub"] == player.person_id


def test_a_published_key_says_what_it_is_for_and_keeps_its_private_half(signing_server: Server) -> None:
    (key,) = signing_server.client.get("/.well-known/jwks.json").json()["keys"]
    assert (key["use"], key["alg"]) == ("sig", str(signing_server.settings.token_algorithm))
    assert set(key) <= {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_token_of_such_a_server_opens_it(signing_server: Server) -> None:
    assert operator(signing_server).get("/api/users/me").status_code == 200
