"""Slow and idle clients: a connection that does not go on is dropped, and takes nothing from anybody else."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse

import pytest

from mudguard.serving.protocol import BoundedHttpProtocol
from mudguard.web import inputs
from tests.support.server import Server

SOON = 0.3
PATIENCE_SECONDS = 20


class HastyProtocol(BoundedHttpProtocol):
    """Gives heads less time, so that tests need not wait."""

    head_seconds = SOON
    send_seconds = SOON


class HastyServer(Server):
    """Has little patience."""

    protocol = HastyProtocol
    keep_alive_seconds = 1


@pytest.fixture(scope="module")
def hasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose patience is short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "BODY_SECONDS", SOON)
        folder = tmp_path_factory.mktemp("hasty")
        with HastyServer(folder) as running:
            yield running


@pytest.fixture
def connection(hasty_server: Server) -> Iterator[socket.socket]:
    """A bare connection to it."""
    with socket.create_connection(("127.0.0.1", hasty_server.port), timeout=PATIENCE_SECONDS) as made:
        yield made


def read_to_end(connection: socket.socket) -> bytes:
    """What comes until the server drops the connection."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def answered(connection: socket.socket) -> int:
    """The status of the next answer, which is read whole."""
    response = HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def test_a_connection_that_says_nothing_is_dropped(connection: socket.socket) -> None:
    assert read_to_end(connection) == b""


@pytest.mark.parametrize("begun", [b"G", b"GET /livez HTTP/1.1\r\n", b"GET /livez HTTP/1.1\r\nHost: here\r\nX-Slow: "])
def test_a_head_that_does_not_end_is_dropped(begun: bytes, connection: socket.socket) -> None:
    connection.sendall(begun)
    assert read_to_end(connection) == b""


def test_a_head_that_trickles_in_is_dropped(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\n")
    connection.settimeout(SOON / 10)
    for _ in range(100):
        try:
            connection.sendall(b"X-Slow: yes\r\n")
            assert connection.recv(1) == b""
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            pass
        return
    pytest.fail("the connection was kept")


def test_a_second_head_that_does_not_end_is_dropped(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\nGET /li")
    assert read_to_end(connection).count(b"HTTP/1.1 ") == 1


def test_a_body_that_does_not_end_is_answered_and_its_connection_dropped(connection: socket.socket) -> None:
    connection.sendall(_login_head(length=100) + b'{"email":')
    assert b"The body did not arrive within" in read_to_end(connection)


def test_a_body_that_goes_on_trickling_after_the_answer_is_dropped(connection: socket.socket) -> None:
    connection.sendall(_login_head(length=100) + b'{"email":')
    assert answered(connection) == 400
    connection.sendall(b" ")  # puts off the time-out for idle connections
    read_to_end(connection)


def test_a_body_that_nobody_reads_keeps_no_connection(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n")
    assert answered(connection) == 200
    connection.sendall(b" ")
    read_to_end(connection)


def test_a_late_body_of_an_answered_request_lets_the_next_request_be_answered(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n")
    assert answered(connection) == 200
    connection.sendall(b"{}GET /livez HTTP/1.1\r\nHost: here\r\n\r\n")
    assert answered(connection) == 200


def test_an_idle_connection_is_dropped(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n")
    assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")


def test_slow_clients_keep_nobody_else_waiting(hasty_server: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", hasty_server.port)) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(b"GET /livez HTTP/1.1\r\n")
        assert hasty_server.client.get("/livez").status_code == 200
    finally:
        for connection in slow:
            connection.close()


def _login_head(*, length: int) -> bytes:
    return (
        f"POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
CHUNKED_LOGIN_HEAD = (
    b"POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
WRONG_LOGIN = b'{"email": "nobody@northwind.test", "password": "not the one"}'


def _upgrading_login(length: int) -> bytes:
    return _login_head(length=length).replace(b"Host: here\r\n", b"Host: here\r\n" + UPGRADE.encode())


@pytest.mark.parametrize("pause", [0, 0.05], ids=["with its head", "after its head"])
def test_a_request_that_offers_an_upgrade_is_answered_with_its_body_and_the_connection_closed(
    connection: socket.socket, pause: float
) -> None:
    head = _upgrading_login(len(WRONG_LOGIN))
    for part in (head, WRONG_LOGIN) if pause else (head + WRONG_LOGIN,):
        connection.sendall(part)
        time.sleep(pause)
    received = read_to_end(connection)
    assert b'"code":"INVALID_CREDENTIALS"' in received
    assert received.count(b"HTTP/1.1 ") == 1


def test_the_body_of_a_request_that_offers_an_upgrade_is_no_second_request(connection: socket.socket) -> None:
    hidden = b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n"
    connection.sendall(_upgrading_login(len(hidden)))
    time.sleep(0.05)
    connection.sendall(hidden + hidden)
    received = read_to_end(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("method", [b"CONNECT", b"BREW"])
def test_what_is_no_request_of_this_protocol_is_refused_in_the_shape_of_every_error(
    connection: socket.socket, method: bytes
) -> None:
    connection.sendall(method + b" here:80 HTTP/1.1\r\nHost: here\r\n\r\n")
    head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert set(json.loads(body)) == {"error", "code", "timestamp", "path", "requestId"}


@pytest.mark.parametrize(
    ("large", "ending"),
    [
        (b"GET /" + b"a" * 80_000, b" HTTP/1.1\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nX-Large: " + b"a" * 80_000, b"\r\n\r\n"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 16_000, b"\r\n"),
    ],
    ids=["path", "header", "headers"],
)
@pytest.mark.parametrize("is_whole", [False, True], ids=["unfinished", "whole"])
def test_a_head_that_is_too_large_is_refused(
    connection: socket.socket, large: bytes, ending: bytes, is_whole: bool
) -> None:
    with suppress(ConnectionError):
        connection.sendall(large + ending * is_whole)
    assert read_to_end(connection).startswith(b"HTTP/1.1 431 ")


def test_a_body_that_is_too_large_is_not_taken_for_a_head(connection: socket.socket) -> None:
    connection.sendall(_login_head(length=200_000) + b" " * 100_000)
    assert answered(connection) == 413
    with suppress(ConnectionError):
        connection.sendall(b" " * 90_000)
    assert b"HTTP/1.1 " not in read_to_end(connection)


@pytest.mark.parametrize("trailer", [b"X-More: %b\r\n" % (b"a" * 1_000), b"a" * 1_000], ids=["fields", "one field"])
def test_trailers_without_end_are_cut_off(connection: socket.socket, trailer: bytes) -> None:
    connection.sendall(CHUNKED_LOGIN_HEAD + b"0\r\nX-First: ")
    with pytest.raises(ConnectionError):
        connection.sendall(trailer * 20_000)


def test_a_trailer_is_no_header(connection: socket.socket) -> None:
    hexadecimal = b"%x" % len(WRONG_LOGIN)
    untyped = CHUNKED_LOGIN_HEAD.replace(b"Content-Type: application/json\r\n", b"")
    connection.sendall(
        untyped + hexadecimal + b"\r\n" + WRONG_LOGIN + b"\r\n0\r\nContent-Type: application/json\r\n\r\n"
    )
    assert answered(connection) == 415


def test_empty_lines_keep_no_connection(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n")
    assert answered(connection) == 200
    begun = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() < begun + PATIENCE_SECONDS:
            connection.sendall(b"\r\n")
            time.sleep(SOON / 10)
    assert time.monotonic() < begun + PATIENCE_SECONDS


def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_fault_of_the_server(
    hasty_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", hasty_server.port)) as leaving:
        leaving.sendall(_login_head(length=100) + b"{")
        time.sleep(0.05)
    time.sleep(0.1)
    hasty_server.client.get("/livez")
    told = "".join(capsys.readouterr())
    assert "unexpected error" not in told
    assert "499" in told


@pytest.mark.parametrize("path", ["/livez", "/api/users/me"])
def test_a_client_that_sends_no_more_gets_its_answer(server: Server, path: str) -> None:
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as made:
            made.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            made.shutdown(socket.SHUT_WR)
            assert read_to_end(made).startswith(b"HTTP/1.1 ")


def test_a_client_that_reads_nothing_of_its_answers_is_dropped(connection: socket.socket) -> None:
    many = 200  # more than the system keeps for a client
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * many)
    time.sleep(SOON * 5)
    assert read_to_end(connection).count(b"HTTP/1.1 200") < many


def test_a_client_that_reads_slowly_gets_all_of_its_answers(connection: socket.socket) -> None:
    many = 20
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * many)
    received = b""
    while received.count(b"HTTP/1.1 200") < many:
        received += connection.recv(262_144)
        time.sleep(SOON / 50)
