"""People whom the benchmarks write in bulk are to the server as any others: they sign in, and their trail is whole.
Ratios are taken within a round.
"""

from pathlib import Path

import pytest

from benchmarks.comparison import Results, Sample
from benchmarks.load import Load
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


def sample(rate: int) -> Sample:
    load = Load(requests=rate, seconds=1, p50_ms=1, p99_ms=2, unexpected=0, generator_seconds=0)
    return Sample(load=load, server_us=1, database_us=0, memory=1, others=0)


def rate_of(of: Sample) -> float:
    return of.load.rate


def test_a_ratio_is_the_median_of_the_ratios_within_rounds() -> None:
    results = Results()
    results.samples["setup", "ours"] = [sample(rate) for rate in (100, 400, 900)]
    results.samples["setup", "theirs"] = [sample(rate) for rate in (50, 100, 100)]
    assert results.ratio("setup", "ours", "theirs", rate_of) == 4


def test_a_server_is_compared_with_itself_when_pinned_within_each_round() -> None:
    results = Results()
    results.samples["setup", "ours"] = [sample(rate) for rate in (100, 200)]
    results.pinned["setup", "ours"] = [sample(rate) for rate in (200, 100)]
    assert results.of_pinned("setup", "ours", rate_of) == [0.5, 2]


def test_there_is_no_ratio_to_a_server_that_does_not_do_the_work() -> None:
    results = Results()
    results.samples["refresh", "ours"] = [sample(100)]
    assert results.ratio("refresh", "ours", "theirs", rate_of) is None
