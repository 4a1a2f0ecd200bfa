"""Wrong passwords: 10 in 15 minutes per account and address, 100 an hour per account from strangers' addresses.

The server stands behind a proxy, whose X-Forwarded-For lets one client play many addresses.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server
from tests.support.tampering import spoil_password_failures

WRONG = 401, "INVALID_CREDENTIALS"
LOCKED = 429, "TOO_MANY_ATTEMPTS"
HOME = "203.0.113.7"
QUARTER = 900
HOUR = 3_600

_hosts = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy, whose clock goes only when a test lets it."""
    with Server(tmp_path_factory.mktemp("server"), trusted_proxies=["127.0.0.1"]) as running:
        running.clock.stand_still()
        yield running


@pytest.fixture
def somebody(player: Player) -> Player:
    """Somebody who has signed in from home."""
    assert attempt(player, address=HOME).status_code == 200
    return player


@pytest.fixture(params=["operator", "person of a project"])
def nobody(request: pytest.FixtureRequest, owner: Player) -> Player:
    """An account that does not exist."""
    email = f"nobody.{owner.person_id}@nowhere.test"
    return replace(owner, email=email, project_id=None if request.param == "operator" else first_project(owner))


def strange_address() -> str:
    """An address that nobody has used yet."""
    network, host = divmod(next(_hosts), 250)
    return f"198.51.{network}.{host + 1}"


def attempt(player: Player, *, address: str, password: str | None = None) -> httpx2.Response:
    """Try to sign in from `address`, with the right password unless another is given."""
    body = {"email": player.email, "password": password or player.password}
    path = "/api/auth/login"
    if player.project_id:
        path, body = "/api/auth/local/login", {**body, "projectId": player.project_id}
    return player.client.post(path, json=body, headers={"X-Forwarded-For": address})


def miss(player: Player, times: int, *, address: str) -> None:
    """Try wrong passwords, each of which is still looked at."""
    for _ in range(times):
        assert refusal(attempt(player, address=address, password="not the password")) == WRONG


def miss_from_strangers(player: Player, times: int) -> None:
    """Try wrong passwords from many addresses, from none often enough to lock that address."""
    for _ in range(times // 9):
        miss(player, 9, address=strange_address())
    miss(player, times % 9, address=strange_address())


def wait_told(response: httpx2.Response) -> int:
    """The seconds that a refusal says to wait, in its body and its header alike."""
    assert refusal(response) == LOCKED
    seconds: int = response.json()["retryAfter"]
    assert response.headers["Retry-After"] == str(seconds)
    return seconds


def test_after_nine_wrong_passwords_the_right_one_is_accepted(somebody: Player) -> None:
    miss(somebody, 9, address=HOME)
    assert attempt(somebody, address=HOME).status_code == 200


def test_after_ten_wrong_passwords_the_right_one_is_refused_too(somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    assert wait_told(attempt(somebody, address=HOME)) == QUARTER


def test_after_fifteen_minutes_it_unlocks_by_itself(somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    somebody.clock.advance(QUARTER - 1)
    assert wait_told(attempt(somebody, address=HOME)) == 1
    somebody.clock.advance(1)
    assert attempt(somebody, address=HOME).status_code == 200


def test_what_is_refused_while_locked_makes_it_no_longer(somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    for _ in range(3):
        somebody.clock.advance(QUARTER / 3)
        attempt(somebody, address=HOME, password="not the password")
    assert attempt(somebody, address=HOME).status_code == 200


def test_a_clock_that_is_set_back_keeps_it_locked_for_no_longer_than_the_window(somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    somebody.clock.advance(-24 * HOUR)
    assert wait_told(attempt(somebody, address=HOME)) == QUARTER
    somebody.clock.advance(QUARTER)
    assert attempt(somebody, address=HOME).status_code == 200


def test_a_right_password_resets_nothing(somebody: Player) -> None:
    miss(somebody, 9, address=HOME)
    attempt(somebody, address=HOME)
    miss(somebody, 1, address=HOME)
    assert refusal(attempt(somebody, address=HOME)) == LOCKED


def test_ten_wrong_passwords_from_a_stranger_lock_that_address_alone(somebody: Player) -> None:
    stranger = strange_address()
    miss(somebody, 10, address=stranger)
    assert refusal(attempt(somebody, address=stranger)) == LOCKED
    assert attempt(somebody, address=strange_address()).status_code == 200


def test_an_address_locked_for_one_account_is_open_for_another(server: Server, somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    other = operator(server)
    assert attempt(other, address=HOME).status_code == 200


def test_after_99_wrong_passwords_from_strangers_a_stranger_signs_in_with_the_right_one(somebody: Player) -> None:
    miss_from_strangers(somebody, 99)
    assert attempt(somebody, address=strange_address()).status_code == 200


def test_after_100_wrong_passwords_from_strangers_every_stranger_is_locked_out(somebody: Player) -> None:
    miss_from_strangers(somebody, 100)
    assert wait_told(attempt(somebody, address=strange_address())) == HOUR


def test_a_known_address_is_never_locked_by_strangers(somebody: Player) -> None:
    miss_from_strangers(somebody, 100)
    assert attempt(somebody, address=HOME).status_code == 200


def test_the_address_of_the_sign_up_is_known(server: Server, owner: Player) -> None:
    member = person(server, first_project(owner))
    miss_from_strangers(member, 100)
    assert member.login().status_code == 200


def test_an_address_is_known_from_its_first_sign_in_on(somebody: Player) -> None:
    office = strange_address()
    attempt(somebody, address=office)
    miss_from_strangers(somebody, 100)
    assert attempt(somebody, address=office).status_code == 200


def test_an_address_that_stopped_at_the_second_factor_is_not_known(somebody: Player) -> None:
    somebody.enrol()
    thief = strange_address()
    assert refusal(attempt(somebody, address=thief)) == (403, "TWO_FACTOR_REQUIRED")
    miss_from_strangers(somebody, 100)
    assert refusal(attempt(somebody, address=thief)) == LOCKED


def test_an_address_known_to_one_account_is_a_stranger_to_another(server: Server, somebody: Player) -> None:
    other = operator(server)
    miss_from_strangers(other, 100)
    assert refusal(attempt(other, address=HOME)) == LOCKED


def test_wrong_passwords_from_home_are_no_stranger_s(somebody: Player) -> None:
    for _ in range(10):
        miss(somebody, 10, address=HOME)
        somebody.clock.advance(QUARTER)
    assert attempt(somebody, address=strange_address()).status_code == 200


def test_strangers_are_unlocked_after_an_hour_by_itself(somebody: Player) -> None:
    miss_from_strangers(somebody, 100)
    somebody.clock.advance(HOUR - 1)
    assert wait_told(attempt(somebody, address=strange_address())) == 1
    somebody.clock.advance(1)
    assert attempt(somebody, address=strange_address()).status_code == 200


def test_addresses_of_one_ipv6_network_count_as_one(somebody: Player) -> None:
    for host in range(1, 11):
        miss(somebody, 1, address=f"2001:db8:0:1::{host:x}")
    assert refusal(attempt(somebody, address="2001:db8:0:1:ffff::1")) == LOCKED
    assert attempt(somebody, address="2001:db8:0:2::1").status_code == 200


def test_an_account_that_does_not_exist_locks_alike(nobody: Player) -> None:
    stranger = strange_address()
    miss(nobody, 10, address=stranger)
    assert wait_told(attempt(nobody, address=stranger)) == QUARTER
    miss(nobody, 1, address=strange_address())


def test_an_account_that_does_not_exist_locks_strangers_out_alike(nobody: Player) -> None:
    miss_from_strangers(nobody, 100)
    assert wait_told(attempt(nobody, address=strange_address())) == HOUR


def test_a_lock_of_nobody_s_account_reads_like_any_other(somebody: Player, nobody: Player) -> None:
    stranger = strange_address()
    answers = []
    for account in (somebody, nobody):
        miss(account, 10, address=stranger)
        told = attempt(account, address=stranger).json()
        answers.append((told["error"], told["code"], told["retryAfter"]))
    assert answers[0] == answers[1]


def test_spellings_of_one_address_are_one_account(somebody: Player) -> None:
    miss(somebody, 5, address=HOME)
    miss(replace(somebody, email=somebody.email.upper()), 5, address=HOME)
    assert refusal(attempt(somebody, address=HOME)) == LOCKED


def test_the_same_address_elsewhere_is_another_account(server: Server, owner: Player) -> None:
    member = person(server, first_project(owner), email=owner.email)
    miss(owner, 10, address=HOME)
    assert attempt(member, address=HOME).status_code == 200


def test_live_sessions_go_on(somebody: Player) -> None:
    miss(somebody, 10, address=HOME)
    assert somebody.get("/api/users/me").status_code == 200
    assert somebody.refresh().status_code == 200


def test_wrong_passwords_of_a_live_session_count_too(somebody: Player) -> None:
    body = {"currentPassword": "not the password", "newPassword": "staple horse correct"}
    for _ in range(10):
        assert refusal(somebody.patch("/api/users/password", body)) == (400, "INVALID_PASSWORD")
    assert refusal(somebody.login()) == LOCKED


def test_the_password_is_not_changed_while_locked(somebody: Player) -> None:
    body = {"currentPassword": "not the password", "newPassword": "staple horse correct"}
    for _ in range(10):
        somebody.patch("/api/users/password", body)
    response = somebody.patch("/api/users/password", {**body, "currentPassword": somebody.password})
    assert wait_told(response) == QUARTER


def test_the_count_survives_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        clock = server.clock.stand_still()
        owner = operator(server)
        miss(owner, 10, address=HOME)
    with Server(tmp_path, clock=clock) as server:
        owner.client = server.client
        assert wait_told(owner.login()) == QUARTER


def test_a_count_that_cannot_be_read_lets_nobody_in(own_server: Server) -> None:
    owner = operator(own_server)
    miss(owner, 1, address=HOME)
    spoil_password_failures(own_server)
    assert refusal(owner.login()) == (503, "SERVICE_UNAVAILABLE")


def test_without_a_trusted_proxy_an_address_cannot_be_made_up(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
        for _ in range(10):
            miss(owner, 1, address=strange_address())
        assert refusal(attempt(owner, address=strange_address())) == LOCKED
