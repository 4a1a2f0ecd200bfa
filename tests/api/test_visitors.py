"""Where a request comes from: the peer, or what trusted proxies say of it, cut to the network for IPv6."""

from collections.abc import Iterator

import pytest

from tests.support.answers import error_of
from tests.support.people import Player, operator
from tests.support.server import Server

DOORS = [
    ("/api/auth/login", 60),
    ("/api/auth/2fa/challenge", 60),
    ("/api/auth/register", 20),
    ("/api/auth/refresh", 120),
]


@pytest.fixture(scope="module")
def proxied_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy on this machine, which is behind others in 10.0.0.0/8 and fd00::/8."""
    trusted = "127.0.0.1, 10.0.0.0/8,fd00::/8"
    with Server(tmp_path_factory.mktemp("proxied"), trusted_proxies=trusted) as running:
        yield running


@pytest.fixture(scope="module")
def limited_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its limits per address, behind a proxy on this machine."""
    with Server(tmp_path_factory.mktemp("limited"), trusted_proxies="127.0.0.1", ip_limits="on") as running:
        yield running


def address_seen(server: Server, *forwarded: str) -> str:
    """The address that a sign-in with these X-Forwarded-For headers is noted with."""
    player = operator(server)
    body = {"email": player.email, "password": player.password}
    headers = [("X-Forwarded-For", value) for value in forwarded]
    login = server.client.post("/api/auth/login", json=body, headers=headers)
    there = player.in_session_of(login)
    sessions = there.get("/api/users/me/sessions").json()["sessions"]
    (address,) = [session["address"] for session in sessions if session["current"]]
    assert isinstance(address, str)
    return address


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "127.0.0.1", "203.0.113.9, 10.0.0.1", "2001:db8::1"])
def test_without_trusted_proxies_the_header_counts_for_nothing(forwarded: str, server: Server) -> None:
    assert address_seen(server, forwarded) == "127.0.0.1"


def test_without_the_header_it_is_the_peer(proxied_server: Server) -> None:
    assert address_seen(proxied_server) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9 \t,  10.1.1.1", "203.0.113.9"),
        ("203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("203.0.113.9, 10.2.2.2,10.1.1.1", "203.0.113.9"),
        ("203.0.113.9, fd00::7, 10.1.1.1", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
        ("10.3.3.3, 10.2.2.2, 10.1.1.1", "10.3.3.3"),
    ],
    ids=[
        "one hop",
        "white space",
        "two hops",
        "three hops",
        "IPv6 proxy",
        "IPv4 proxy written as IPv6",
        "proxies only",
    ],
)
def test_it_is_the_nearest_that_is_no_trusted_proxy(forwarded: str, address: str, proxied_server: Server) -> None:
    assert address_seen(proxied_server, forwarded) == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.66, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.66, 10.9.9.9, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
    ],
    ids=["another address", "a trusted address", "a whole chain"],
)
def test_what_the_visitor_wrote_in_front_counts_for_nothing(
    forwarded: str, address: str, proxied_server: Server
) -> None:
    assert address_seen(proxied_server, forwarded) == address


def test_several_headers_are_one_list(proxied_server: Server) -> None:
    assert address_seen(proxied_server, "198.51.100.66", "203.0.113.9", "10.1.1.1") == "203.0.113.9"


@pytest.mark.parametrize("forwarded", ["unknown", "", ",", "203.0.113.999", "203.0.113.9:8080", "_hidden", "x" * 5000])
def test_what_is_no_address_leaves_it_at_the_nearest_proxy(forwarded: str, proxied_server: Server) -> None:
    assert address_seen(proxied_server, forwarded) == "127.0.0.1"
    assert address_seen(proxied_server, f"{forwarded}, 10.1.1.1") == "10.1.1.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:0001:0002::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ],
    ids=["64 bits", "one spelling", "zone", "IPv4 in IPv6"],
)
def test_an_ipv6_visitor_is_known_by_their_network(forwarded: str, address: str, proxied_server: Server) -> None:
    assert address_seen(proxied_server, forwarded) == address


def test_the_user_agent_is_noted_and_cut_short(server: Server, owner: Player) -> None:
    body = {"email": owner.email, "password": owner.password}
    login = server.client.post("/api/auth/login", json=body, headers={"User-Agent": "x" * 2000})
    sessions = owner.in_session_of(login).get("/api/users/me/sessions").json()["sessions"]
    assert [session["userAgent"] for session in sessions if session["current"]] == ["x" * 256]


class TestLimits:
    """Requests of one address at each door, in any minute."""

    def knock(self, server: Server, door: str, address: str, *, times: int) -> list[int]:
        """The statuses of so many requests that are worth nothing."""
        headers = {"X-Forwarded-For": address}
        return [server.client.post(door, headers=headers).status_code for _ in range(times)]

    @pytest.mark.parametrize(("door", "limit"), DOORS)
    def test_the_last_request_within_the_limit_is_let_through_and_the_next_is_not(
        self, door: str, limit: int, limited_server: Server
    ) -> None:
        assert self.knock(limited_server, door, "203.0.113.1", times=limit + 1) == [400] * limit + [429]
        refused = limited_server.client.post(door, headers={"X-Forwarded-For": "203.0.113.1"})
        assert error_of(refused)["code"] == "RATE_LIMITED"
        assert 0 < error_of(refused)["retryAfter"] <= 61

    @pytest.mark.parametrize(("door", "limit"), DOORS)
    def test_another_address_is_not_held_back(self, door: str, limit: int, limited_server: Server) -> None:
        self.knock(limited_server, door, "203.0.113.2", times=limit)
        assert self.knock(limited_server, door, "203.0.113.3", times=1) == [400]

    def test_one_door_does_not_close_another(self, limited_server: Server) -> None:
        self.knock(limited_server, "/api/auth/register", "203.0.113.4", times=20)
        assert self.knock(limited_server, "/api/auth/login", "203.0.113.4", times=1) == [400]

    @pytest.mark.parametrize("door", ["register", "login"])
    def test_operators_and_people_of_projects_come_through_one_door(self, door: str, limited_server: Server) -> None:
        address = f"203.0.113.{len(door)}0"
        self.knock(limited_server, f"/api/auth/{door}", address, times=60)
        assert self.knock(limited_server, f"/api/auth/local/{door}", address, times=1) == [429]

    def test_a_network_of_ipv6_is_one_address(self, limited_server: Server) -> None:
        for host in range(20):
            self.knock(limited_server, "/api/auth/register", f"2001:db8:1:1::{host}", times=1)
        assert self.knock(limited_server, "/api/auth/register", "2001:db8:1:1:ffff::1", times=1) == [429]
        assert self.knock(limited_server, "/api/auth/register", "2001:db8:1:2::1", times=1) == [400]

    def test_what_the_visitor_wrote_in_front_opens_no_door_again(self, limited_server: Server) -> None:
        for number in range(20):
            self.knock(limited_server, "/api/auth/register", f"198.51.100.{number}, 203.0.113.5", times=1)
        assert self.knock(limited_server, "/api/auth/register", "198.51.100.99, 203.0.113.5", times=1) == [429]

    def test_sessions_go_on_at_an_address_that_is_held_back(self, limited_server: Server) -> None:
        headers = {"X-Forwarded-For": "203.0.113.6"}
        player = operator(limited_server)
        self.knock(limited_server, "/api/auth/login", "203.0.113.6", times=61)
        response = limited_server.client.get("/api/users/me", headers={**player.headers, **headers})
        assert response.status_code == 200

    def test_with_the_switch_off_there_are_none(self, server: Server) -> None:
        assert self.knock(server, "/api/auth/register", "203.0.113.7", times=40) == [400] * 40
