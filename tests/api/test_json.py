"""JSON bodies: what is not JSON, or means two things to two readers (RFC 7493), is a 400 that says why."""

import json

import httpx2
import pytest

from tests.support.answers import ERROR_KEYS, error_of
from tests.support.operations import WITH_A_BODY, Operation
from tests.support.people import Player, operator
from tests.support.server import Server

LOGIN = b'"email": "nobody@x.test", "password": "not a password"'


@pytest.fixture(scope="module")
def sender(server: Server) -> Player:
    """Somebody whose token requests carry that come to nothing."""
    return operator(server)


def send(player: Player, operation: Operation, body: bytes) -> httpx2.Response:
    headers = {**player.headers, "Content-Type": "application/json"}
    return player.client.request(operation.method, operation.path, content=body, headers=headers)


def post_login(server: Server, body: bytes) -> httpx2.Response:
    return server.client.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"})


UNREADABLE = {
    "empty object cut off": b"{",
    "trailing comma": b"{" + LOGIN + b",}",
    "single quotes": b"{'email': 'x'}",
    "comment": b"{} // x",
    "two values": b"{}{}",
    "no value": b'{"email":}',
    "bare word": b"email",
    "key without quotes": b"{email: 1}",
    "byte order mark": b"\xef\xbb\xbf{" + LOGIN + b"}",
    "not UTF-8": b'{"email": "\xff\xfe", "password": "x"}',
    "UTF-16": ("{" + LOGIN.decode() + "}").encode("utf-16"),
    "overlong UTF-8": b'{"email": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"email": "\xed\xa0\x80"}',
    "bad escape": b'{"email": "\\x41"}',
    "control character": b'{"email": "a\x01b"}',
    "raw newline": b'{"email": "a\nb"}',
    "NaN": b'{"email": NaN}',
    "Infinity": b'{"email": Infinity}',
    "-Infinity": b'{"email": -Infinity}',
    "float too large": b'{"email": 1e999}',
    "integer of 5000 digits": b'{"email": ' + b"9" * 5000 + b"}",
    "integer of 401 digits": b'{"email": ' + b"9" * 401 + b"}",
    "leading zero": b'{"email": 007}',
    "plus sign": b'{"email": +1}',
    "hexadecimal": b'{"email": 0x10}',
    "duplicate key": b'{"email": "a@x.test", ' + LOGIN + b"}",
    "duplicate key deep inside": b'{"x": [{"y": 1, "y": 1}], ' + LOGIN + b"}",
    "duplicate key by escape": b'{"em\\u0061il": "a@x.test", ' + LOGIN + b"}",
    "lone high surrogate": b'{"email": "\\ud800", "password": "x"}',
    "lone low surrogate": b'{"email": "x", "password": "\\udfff"}',
    "lone surrogate in a key": b'{"\\ud800": 1, ' + LOGIN + b"}",
    "lone surrogate deep inside": b'{"x": [["\\ud800"]], ' + LOGIN + b"}",
    "NUL": b'{"email": "a\\u0000b", "password": "x"}',
    "NUL in a key": b'{"\\u0000": 1, ' + LOGIN + b"}",
    "33 levels": b'{"x": ' + b"[" * 32 + b"]" * 32 + b"}",
    "30000 levels": b"[" * 30_000 + b"]" * 30_000,
    "30000 objects": b'{"":' * 15_000,
    "levels never closed": b"[" * 60_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_sound_json_is_refused_with_the_reason(body: bytes, server: Server) -> None:
    response = post_login(server, body)
    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "VALIDATION_ERROR"
    assert error["error"].startswith("The body is not JSON that can be read: ")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"true", b"null", b"[{}]", b"1.5"])
def test_json_that_is_no_object_is_refused(body: bytes, server: Server) -> None:
    response = post_login(server, body)
    assert response.status_code == 400
    assert list(error_of(response)["details"]) == ["body"]


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_every_operation_refuses_what_is_no_object_or_no_json(operation: Operation, sender: Player) -> None:
    for body in (b"[]", b"null", b"{", b'{"token": NaN}', b'{"\\ud800": 1}', b'{"x": 1, "x": 1}', b"[" * 60_000):
        response = send(sender, operation, body)
        assert response.status_code == 400
        assert error_of(response)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_a_value_of_any_kind_in_any_field_is_no_fault_of_the_server(operation: Operation, sender: Player) -> None:
    for value in (None, 7, -0.5, True, [], {}, [["x"]], {"$gt": ""}, 10**31, "\u0669\u0660", ""):
        for field in operation.body or {"token": ""}:
            response = send(sender, operation, json.dumps({**operation.body, field: value}).encode())
            assert response.status_code < 500
            assert response.is_success or response.json().keys() >= ERROR_KEYS


READABLE = {
    "space around": b" \r\n\t{" + LOGIN + b"}\n ",
    "escapes": b'{"\\u0065mail": "nobody\\u0040x.test", "password": "not a password"}',
    "surrogate pair": b'{"x": "\\ud83d\\ude00", ' + LOGIN + b"}",
    "32 levels": b'{"x": ' + b"[" * 30 + b"]" * 30 + b", " + LOGIN + b"}",
    "integer of 400 digits": b'{"x": ' + b"9" * 400 + b", " + LOGIN + b"}",
    "unknown key": b'{"x": {"y": null}, ' + LOGIN + b"}",
    "the same key in two objects": b'{"x": {"email": 1}, ' + LOGIN + b"}",
}


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE)
def test_what_is_sound_json_is_read(body: bytes, server: Server) -> None:
    assert error_of(post_login(server, body))["code"] == "INVALID_CREDENTIALS"
