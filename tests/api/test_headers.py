"""Headers that every answer carries: its id, and what browsers and caches may do with it."""

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.support.answers import error_of
from tests.support.faults import database_gone
from tests.support.operations import OPERATIONS, Operation
from tests.support.people import Player
from tests.support.server import Server

ON_EVERYTHING = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
OURS, THEIRS = "https://app.northwind.test", "https://evil.test"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets pages of `OURS` in."""
    with Server(tmp_path_factory.mktemp("open"), cors_origins=f"{OURS}, http://localhost:3000") as running:
        yield running


def sent_headers(response: httpx2.Response) -> dict[str, str]:
    return {name: response.headers.get(name, "") for name in ON_EVERYTHING}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_answers_with_them(operation: Operation, server: Server) -> None:
    response = server.client.request(operation.method, operation.path, json=operation.body)
    assert sent_headers(response) == ON_EVERYTHING


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/openapi.json"),
        lambda client: client.get("/nothing"),
        lambda client: client.put("/api/users/me"),
        lambda client: client.post("/api/auth/login", content=b"x" * 70_000),
        lambda client: client.post("/api/auth/login", data={"email": "x"}),
        lambda client: client.options("/api/users/me", headers=preflight(THEIRS, "GET")),
    ],
    ids=["document", "404", "405", "413", "415", "preflight"],
)
def test_so_does_everything_else(ask: Callable[[httpx2.Client], httpx2.Response], server: Server) -> None:
    assert sent_headers(ask(server.client)) == ON_EVERYTHING


def test_so_does_an_answer_while_the_database_is_gone(own_server: Server) -> None:
    with database_gone(own_server):
        response = own_server.client.post("/api/auth/login", json={"email": "x", "password": "y"})
    assert (response.status_code, sent_headers(response)) == (503, ON_EVERYTHING)


def test_no_answer_names_the_software_that_made_it(server: Server) -> None:
    assert "Server" not in server.client.get("/health").headers


def test_no_answer_sets_a_cookie(player: Player) -> None:
    assert "Set-Cookie" not in player.login().headers


class TestRequestId:
    """`X-Request-Id`: a sane one is echoed, else one is made."""

    @pytest.mark.parametrize("sane", ["a", "req-1", "2b4c:9.x_Y", "x" * 128, "0af7651916cd43dd8448eb211c80319c"])
    def test_a_sane_one_comes_back(self, sane: str, server: Server) -> None:
        assert server.client.get("/livez", headers={"X-Request-Id": sane}).headers["X-Request-Id"] == sane

    @pytest.mark.parametrize("insane", ["", "a b", "a\tb", "x" * 129, "<script>", "a,b", "é", "a;b", "{}", '"a"'])
    def test_any_other_is_replaced(self, insane: str, server: Server) -> None:
        response = server.client.get("/livez", headers=[(b"X-Request-Id", insane.encode())])
        assert len(response.headers["X-Request-Id"]) == 16
        assert int(response.headers["X-Request-Id"], 16) >= 0

    def test_where_there_is_none_each_answer_has_its_own(self, server: Server) -> None:
        assert len({server.client.get("/livez").headers["X-Request-Id"] for _ in range(20)}) == 20

    def test_an_error_names_it(self, server: Server) -> None:
        response = server.client.get("/nothing", headers={"X-Request-Id": "req-1"})
        assert error_of(response)["requestId"] == "req-1"


def preflight(origin: str, method: str, headers: str = "") -> dict[str, str]:
    """What a browser asks before it lets a page of another origin send a request (Fetch, CORS protocol)."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return {**asked, "Access-Control-Request-Headers": headers} if headers else asked


def cors_headers(response: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-allow")}


class TestOrigins:
    """Pages of other origins: none by default, else those that were set, and never with cookies."""

    @pytest.mark.parametrize("origin", [OURS, THEIRS, "null", "http://127.0.0.1"])
    def test_by_default_no_origin_is_let_in(self, origin: str, server: Server) -> None:
        response = server.client.get("/health", headers={"Origin": origin})
        assert (response.status_code, cors_headers(response)) == (200, {})

    def test_by_default_a_preflight_is_a_method_that_no_path_takes(self, server: Server) -> None:
        response = server.client.options("/api/users/me", headers=preflight(OURS, "GET"))
        assert response.status_code == 405
        assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"
        assert cors_headers(response) == {}

    @pytest.mark.parametrize("origin", [OURS, "http://localhost:3000"])
    def test_a_configured_origin_may_read_answers_and_errors(self, origin: str, open_server: Server) -> None:
        for path in ("/health", "/api/users/me", "/nothing"):
            response = open_server.client.get(path, headers={"Origin": origin})
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Origin" in response.headers["Vary"]

    @pytest.mark.parametrize(
        "origin",
        [THEIRS, "null", OURS + ".evil.test", OURS + ":444", OURS.upper(), OURS.replace("https", "http"), OURS + "/"],
    )
    def test_any_other_origin_may_not(self, origin: str, open_server: Server) -> None:
        response = open_server.client.get("/health", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers

    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
    def test_a_preflight_of_a_configured_origin_is_granted(self, method: str, open_server: Server) -> None:
        asked = preflight(OURS, method, "Authorization, X-API-Key, Content-Type")
        response = open_server.client.options("/api/users/me", headers=asked)
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, OURS)
        assert "Access-Control-Allow-Credentials" not in response.headers

    @pytest.mark.parametrize(
        "asked",
        [preflight(THEIRS, "GET"), preflight(OURS, "PUT"), preflight(OURS, "GET", "X-Evil"), preflight("null", "POST")],
        ids=["origin", "method", "header", "null"],
    )
    def test_any_other_preflight_is_refused_in_the_shape_of_all_errors(
        self, asked: dict[str, str], open_server: Server
    ) -> None:
        response = open_server.client.options("/api/users/me", headers=asked)
        assert response.status_code == 405
        assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"

    def test_a_page_may_read_the_request_id_and_when_to_come_back(self, open_server: Server) -> None:
        response = open_server.client.get("/health", headers={"Origin": OURS})
        assert response.headers["Access-Control-Expose-Headers"] == "X-Request-Id, Retry-After, WWW-Authenticate"


def test_a_body_that_a_page_can_send_without_asking_is_never_read(server: Server) -> None:
    """Forms and plain text cross origins without a preflight: they must not do anything."""
    body = json.dumps({"email": "x@x.test", "password": "not a password"}).encode()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = {"Origin": THEIRS, "Content-Type": content_type}
        assert server.client.post("/api/auth/login", content=body, headers=headers).status_code == 415
