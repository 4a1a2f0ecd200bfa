"""People whom the benchmarks write in bulk are to the server as any others: they sign in, and their trail is whole."""

from pathlib import Path

import pytest

from benchmarks.people import PASSWORD, Cast
from benchmarks.population import populate
from mudguard.rules import totp
from tests.support.server import Server, make_settings

PLAIN, PROTECTED = 0, 1


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    return populate(make_settings(tmp_path), 4)


def log_in(server: Server, cast: Cast, number: int) -> dict[str, object]:
    body = {"projectId": cast.project_id, "email": cast.email(number), "password": PASSWORD}
    return dict(server.client.post("/api/auth/local/login", json=body).json())


def test_someone_without_a_second_factor_signs_in(cast: Cast, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert "token" in log_in(server, cast, PLAIN)


def test_someone_with_a_second_factor_signs_in_with_a_code(cast: Cast, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        challenge = log_in(server, cast, PROTECTED)["challengeToken"]
        code = totp.hotp(cast.secret(PROTECTED), totp.step_at(server.clock()))
        answer = server.client.post("/api/auth/2fa/challenge", json={"challengeToken": challenge, "token": code})
    assert answer.status_code == 200


def test_the_session_of_someone_goes_on(cast: Cast, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        body = {"refreshToken": str(cast.refresh_token(PLAIN, 0))}
        assert server.client.post("/api/auth/refresh", json=body).status_code == 200


@pytest.mark.usefixtures("cast")
def test_the_trail_is_whole(tmp_path: Path) -> None:
    populate(make_settings(tmp_path), 6)
    with Server(tmp_path) as server:
        assert server.command("audit", "verify").stdout == "The trail is whole: 24 events in 2 streams.\n"


def test_people_are_added_to_those_there_are(cast: Cast, tmp_path: Path) -> None:
    again = populate(make_settings(tmp_path), 6)
    with Server(tmp_path) as server:
        assert "token" in log_in(server, again, 4)
    assert again == cast
