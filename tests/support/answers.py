"""What an answer said, in the form in which tests compare it."""

import base64
import json
import re
from typing import Any

import httpx2

ERROR_KEYS = {"error", "code", "timestamp", "path", "requestId"}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """The body of an error, which has the one shape that all errors have."""
    assert response.headers["Content-Type"] == "application/json", response.text
    body: dict[str, Any] = response.json()
    assert body.keys() >= ERROR_KEYS, body
    assert body.keys() <= ERROR_KEYS | {"details", "retryAfter"}, body
    assert re.fullmatch("[A-Z][A-Z0-9_]+", body["code"])
    assert _TIMESTAMP.fullmatch(body["timestamp"])
    assert body["error"].endswith((".", "!"))
    assert body["path"] == response.request.url.path
    assert body["requestId"] == response.headers["X-Request-Id"]
    assert isinstance(body.get("details", ""), str | dict)
    assert str(body.get("retryAfter")) == response.headers.get("Retry-After", "None")
    return body


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """Status and stable code of a request that was turned down."""
    return response.status_code, response.json().get("code", "no code")


def claims(access_token: str) -> dict[str, Any]:
    """What an access token says, its signature unchecked (RFC 7519 section 3)."""
    payload = access_token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said
