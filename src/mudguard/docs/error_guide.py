"""The guide to errors, written from the codes, their meanings and the operations that return them."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import PERSON
from mudguard.web.error_codes import ERRORS
from mudguard.web.inputs import BODY_ERRORS
from mudguard.web.operations import ALWAYS

_INTRODUCTION = """# Errors

What each error code means, what causes it, and what to do.

<!-- Written by `make errors` from src/mudguard/web/error_codes.py and openapi.json. Do not edit it here. -->

Every error is JSON and has a stable code:

```json
{
  "error": "This code is not right. Enter the one your authenticator app shows now, or an unused backup code.",
  "code": "INVALID_TWO_FACTOR_CODE",
  "timestamp": "2026-01-02T03:04:05.000Z",
  "path": "/api/users/2fa/verify",
  "requestId": "5f2b9c0e7a1d4c36"
}
```

Let your code depend on `code`. `error` is a sentence for people and may change. If there are `details`, they say more,
in a sentence or for each field. 429 and 503 have `retryAfter` in seconds, and the same number in the `Retry-After`
header. Use `requestId` to find the request in the server's log.

If you send a bearer token, a 401 is always about the token: refresh, or sign in. A wrong code or password is 400 there,
so clients do not refresh because a person mistyped. See [limits](limits.md) for every number.
"""


def address(method: str, path: str) -> str:
    """Where the site documents an operation: `/docs/api/post-api-users-2fa-setup`."""
    return f"/docs/api/{slug(method, path)}"


def slug(method: str, path: str) -> str:
    """The name of an operation in addresses: verb and path, joined by hyphens, without braces."""
    return f"{method}{path}".replace("/", "-").replace("{", "").replace("}", "").lower()


def text(document: Mapping[str, Any]) -> str:
    """The guide as Markdown. `document`, the OpenAPI document, says which operation returns which code."""
    return "\n".join([_INTRODUCTION, *_overview(), *(line for code in ErrorCode for line in _section(code, document))])


def _overview() -> Iterator[str]:
    yield "| code | status |"
    yield "|---|---|"
    for code in sorted(ErrorCode, key=lambda code: ERRORS[code].status):
        yield f"| [`{code}`](#{code.lower()}) | {_statuses(code)} |"
    yield ""


def _section(code: ErrorCode, document: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {code}"
    yield ""
    yield f"**Status {_statuses(code)}.** {ERRORS[code].text}"
    yield ""
    yield f"- **Cause:** {ERRORS[code].cause}"
    yield f"- **What to do:** {ERRORS[code].remedy}"
    yield f"- **Given by:** {_given_by(code, document)}"
    yield ""


def _statuses(code: ErrorCode) -> str:
    described = ERRORS[code]
    return f"{described.status} or {described.public_status}" if described.public_status else str(described.status)


def _given_by(code: ErrorCode, document: Mapping[str, Any]) -> str:
    if code in ALWAYS:
        return "every operation."
    if code in BODY_ERRORS:
        also = " and those with parameters" if code is ErrorCode.VALIDATION_ERROR else ""
        return f"every operation with a body{also}."
    if code in PERSON.errors:
        return _of_persons(code)
    if code is ErrorCode.METHOD_NOT_ALLOWED:
        return "every path."
    places = [
        f"[{method.upper()} {path}]({address(method, path)})"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if _gives(operation, code)
    ]
    unknown_path = ["any path that does not exist"] if code is ErrorCode.NOT_FOUND else []
    return ", ".join(unknown_path + places) + "."


def _of_persons(code: ErrorCode) -> str:
    if code is ErrorCode.API_KEY_NOT_SUPPORTED:
        return "every operation that takes a token and no API key."
    if code is ErrorCode.ACCOUNT_DISABLED:
        return "every operation that takes a token, sign-in, and refresh."
    return "every operation that takes a token."


def _gives(operation: Mapping[str, Any], code: ErrorCode) -> bool:
    return any(
        code.value in content.get("examples", {})
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
    )


if __name__ == "__main__":
    sys.stdout.write(text(json.load(sys.stdin)))
