"""Errors: one shape for all of them, those of the framework too."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.support.answers import error_of, refusal
from tests.support.operations import DOCUMENT, OPERATIONS, WITH_A_BODY, Operation
from tests.support.people import PASSWORD, Player, operator
from tests.support.server import Server

MAX_BODY = 64 * 1024
JSON = {"Content-Type": "application/json"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def sender(server: Server) -> Player:
    """Somebody whose token requests carry that come to nothing."""
    return operator(server)


def templates() -> list[str]:
    return list(DOCUMENT["paths"])


def path_of(template: str) -> str:
    return next(operation.path for operation in OPERATIONS if operation.template == template)


def methods_of(template: str) -> list[str]:
    return sorted(operation.method for operation in OPERATIONS if operation.template == template)


def padded(length: int) -> bytes:
    """A sound login of exactly so many bytes."""
    body = b'{"email": "nobody@x.test", "password": "not a password"'
    return body + b" " * (length - len(body) - 1) + b"}"


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/users", "/api/users/me/", "/api/nothing", "//api/users/me", "/API/users/me", "/doc", "/redoc"],
)
def test_an_unknown_path_is_not_found(path: str, server: Server) -> None:
    response = server.client.get(server.url + path)
    assert response.status_code == 404
    assert error_of(response)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("template", templates())
def test_a_method_that_a_path_does_not_take_is_refused_with_all_that_it_takes(template: str, server: Server) -> None:
    for method in METHODS:
        if method not in methods_of(template):
            response = server.client.request(method, path_of(template))
            assert response.status_code == 405
            assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"
            assert response.headers["Allow"] == ", ".join(methods_of(template))


def test_a_body_of_64_kib_is_read(server: Server) -> None:
    response = server.client.post("/api/auth/login", content=padded(MAX_BODY), headers=JSON)
    assert refusal(response) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_a_longer_body_is_refused_by_its_declared_length(operation: Operation, sender: Player) -> None:
    response = sender.client.request(
        operation.method, operation.path, content=b" " * (MAX_BODY + 1), headers={**sender.headers, **JSON}
    )
    assert response.status_code == 413
    assert error_of(response)["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_a_longer_body_is_refused_while_it_comes_in_chunks(operation: Operation, sender: Player) -> None:
    def chunks() -> Iterator[bytes]:
        yield b" " * MAX_BODY
        yield b" "

    response = sender.client.request(
        operation.method, operation.path, content=chunks(), headers={**sender.headers, **JSON}
    )
    assert response.status_code == 413
    assert error_of(response)["code"] == "PAYLOAD_TOO_LARGE"


def test_a_body_of_64_kib_in_chunks_is_read(server: Server) -> None:
    whole = padded(MAX_BODY)
    response = server.client.post("/api/auth/login", content=iter([whole[:7], whole[7:]]), headers=JSON)
    assert refusal(response) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; json",
        "text/json", "application/jsonp", "application/xml", "json", "", "*/*", "application/*",
    ],
)  # fmt: skip
def test_a_body_that_says_it_is_no_json_is_refused(content_type: str, server: Server) -> None:
    response = server.client.post("/api/auth/login", content=padded(100), headers={"Content-Type": content_type})
    assert response.status_code == 415
    assert error_of(response)["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("operation", WITH_A_BODY, ids=str)
def test_no_operation_takes_a_form_or_plain_text(operation: Operation, sender: Player) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        headers = {**sender.headers, "Content-Type": content_type}
        response = sender.client.request(operation.method, operation.path, content=b"{}", headers=headers)
        assert response.status_code == 415
        assert error_of(response)["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_a_body_that_does_not_say_what_it_is_is_refused(server: Server) -> None:
    response = server.client.post("/api/auth/login", content=padded(100))
    assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
     "application/merge-patch+json", "application/vnd.api+json; version=1"],
)  # fmt: skip
def test_json_by_any_of_its_names_is_read(content_type: str, server: Server) -> None:
    response = server.client.post("/api/auth/login", content=padded(100), headers={"Content-Type": content_type})
    assert refusal(response) == (401, "INVALID_CREDENTIALS")


def test_an_optional_body_may_be_left_out_with_its_content_type(player: Player) -> None:
    response = player.client.post("/api/users/2fa/setup", headers=player.headers)
    assert "Content-Type" not in response.request.headers
    assert response.status_code == 200


def test_a_needed_body_that_is_missing_is_asked_for(server: Server) -> None:
    response = server.client.post("/api/auth/login")
    assert response.status_code == 400
    assert error_of(response)["error"] == "The body is missing. Send JSON, with 'Content-Type: application/json'."


def test_a_validation_error_says_of_every_field_what_is_wrong_with_it(server: Server) -> None:
    response = server.client.post("/api/auth/register", json={"email": "nobody", "password": "short", "lastName": 7})
    error = error_of(response)
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert set(error["details"]) == {"email", "password", "firstName", "lastName", "agreedToTerms"}
    assert error["details"]["firstName"] == "is required"


def test_a_validation_error_does_not_repeat_what_was_sent(server: Server) -> None:
    sent = {"email": "nobody", "password": ["hunter2-hunter2"], "firstName": {"x": "hunter2-hunter2"}}
    assert "hunter2" not in server.client.post("/api/auth/register", json=sent).text


def test_a_query_of_the_wrong_form_is_named(member: Player) -> None:
    response = member.get("/api/auth/local/session", params={"projectId": "first"})
    assert response.status_code == 400
    assert list(error_of(response)["details"]) == ["projectId"]


def test_no_project_of_that_id_is_no_session_there(member: Player) -> None:
    response = member.get("/api/auth/local/session", params={"projectId": "f" * 24})
    assert response.status_code == 404
    assert error_of(response)["code"] == "NOT_FOUND"


def test_a_bad_credential_has_the_shape_of_all_errors(server: Server) -> None:
    assert error_of(server.client.get("/api/users/me"))["code"] == "UNAUTHORIZED"


def test_a_conflict_has_the_shape_of_all_errors(owner: Player) -> None:
    wish = {"email": owner.email, "password": PASSWORD, "firstName": "O", "lastName": "O", "agreedToTerms": True}
    response = owner.client.post("/api/auth/register", json=wish)
    assert response.status_code == 409
    assert error_of(response)["code"] == "CONFLICT"


def test_a_lock_out_has_the_shape_of_all_errors_and_says_when_to_come_back(player: Player) -> None:
    player.password = "not my password"
    for _ in range(10):
        assert error_of(player.login())["code"] == "INVALID_CREDENTIALS"
    locked = player.login()
    assert (locked.status_code, error_of(locked)["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < error_of(locked)["retryAfter"] <= 900


def test_the_path_in_an_error_is_the_one_that_was_asked_for_whatever_the_host(server: Server) -> None:
    for host in ("evil.example/other", "[", "a b", "evil.example?"):
        response = server.client.get("/api/nothing", headers={"Host": host})
        assert error_of(response)["path"] == "/api/nothing"


def test_agreement_to_the_terms_is_asked_for_by_name(server: Server) -> None:
    wish = {"email": "a@x.test", "password": PASSWORD, "firstName": "O", "lastName": "O", "agreedToTerms": False}
    response: httpx2.Response = server.client.post("/api/auth/register", json=wish)
    assert error_of(response)["details"] == {"agreedToTerms": "must be true to sign up"}
