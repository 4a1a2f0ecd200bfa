"""The guide to the errors, written from the codes, their meanings and the operations that give them."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mudguard.http.errors import MEANINGS
from mudguard.http.operations import ALWAYS, BODY_CODES, PERSON_CODES
from mudguard.rules.refusals import Code


@dataclass(frozen=True, slots=True)
class Advice:
    """For whoever writes a client: why a code comes, and what to do about it."""

    cause: str
    remedy: str


ADVICE: dict[Code, Advice] = {
    Code.VALIDATION_ERROR: Advice(
        "A field is missing, of the wrong type or form, or unknown where unknown fields are refused; or the body is no "
        "strict JSON: a key twice, a huge number, NUL.",
        "`details` maps each field to what is wrong with it. Correct those and send again.",
    ),
    Code.INVALID_TWO_FACTOR_CODE: Advice(
        "The code is mistyped, too old, used already, or of another account; or a backup code was sent to `verify`, "
        "which takes only codes of the new authenticator. Each one counts as a wrong attempt.",
        "Ask for the code that the app shows now. At `verify` the answer may carry `details.clockDriftSeconds`: then "
        "the device's clock is off by so much. The status is 401 at sign-in, where no token is sent, and else 400.",
    ),
    Code.INVALID_PASSWORD: Advice(
        "The person is signed in, and the password that the operation asks for besides is wrong.",
        "Ask for the password again. Do not refresh the token: it is good. Wrong ones count as wrong attempts.",
    ),
    Code.TWO_FACTOR_ALREADY_ENABLED: Advice(
        "`setup` without a code, or `verify` without a setup that waits, while 2FA is on.",
        "To replace the authenticator send a current code, or a backup code, as `token` to `setup`.",
    ),
    Code.TWO_FACTOR_NOT_ENABLED: Advice(
        "`disable` or new backup codes while 2FA is off; a setup that was not verified is off too.",
        "Show the state that `GET /api/users/2fa` tells, and offer the setup.",
    ),
    Code.TWO_FACTOR_SETUP_NOT_STARTED: Advice(
        "`verify` without a setup before it, or after 2FA was turned off.",
        "Call `setup`, show the new QR code, then `verify`.",
    ),
    Code.TWO_FACTOR_SETUP_EXPIRED: Advice(
        "More than `MUDGUARD_SETUP_SECONDS` (15 minutes) lie between `setup` and `verify`.",
        "Call `setup` again. The old QR code is worthless, so show the new one.",
    ),
    Code.UNAUTHORIZED: Advice(
        "No `Authorization: Bearer …` header, or an empty one.",
        "Sign in and send the token. With our clients: call `login`, `setJWT` or `set_jwt` first.",
    ),
    Code.INVALID_TOKEN: Advice(
        "The token was not made by this server, is cut, is of another issuer or audience, or its key was retired; or "
        "the API key is unknown, switched off or expired.",
        "Refresh once; if that fails too, sign in. For an API key: use another.",
    ),
    Code.TOKEN_EXPIRED: Advice(
        "The access token has lived its `MUDGUARD_ACCESS_TOKEN_SECONDS` (30 minutes).",
        "Refresh, and send the request again. Our clients do both by themselves.",
    ),
    Code.SESSION_REVOKED: Advice(
        "The session has ended: log-out, revoked, idle or too old; 2FA turned on or the password changed in another "
        "session; the account erased, or its 2FA reset by an operator of the server.",
        "Sign in. A refresh will not help.",
    ),
    Code.INVALID_CREDENTIALS: Advice(
        "Nobody has this address, or the password is wrong: the answer does not tell which. For people of a project, "
        "also a `projectId` that does not exist.",
        "Ask again for both. Check that operators and people of a project use their own login.",
    ),
    Code.INVALID_CHALLENGE: Advice(
        "The `challengeToken` is used, older than `MUDGUARD_CHALLENGE_SECONDS` (5 minutes), had five wrong codes, or "
        "the password or 2FA has changed since.",
        "Start again with the password.",
    ),
    Code.INVALID_REFRESH_TOKEN: Advice(
        "The refresh token was used before, or its session has ended. One that is used twice ends its session, since "
        "one of the two users is a thief.",
        "Sign in. If it happens to honest clients: two tabs or processes share one session; let them share refreshes.",
    ),
    Code.API_KEY_NOT_SUPPORTED: Advice(
        "A good API key, and no token, at an operation that is about a person.",
        "Send the person's JWT. A key can never stand for a person.",
    ),
    Code.FORBIDDEN: Advice(
        "The role is too low, a person of a project asks for what operators do, or the API key lacks the permission.",
        "The text says which role or permission is needed. Ask an owner or admin for it.",
    ),
    Code.ACCOUNT_DISABLED: Advice(
        "`mudguard user disable` was used on the account, or its project wants new people approved first.",
        "Tell the person whom to ask. `mudguard user enable` lets them in.",
    ),
    Code.EMAIL_VERIFICATION_REQUIRED: Advice(
        "The project has `requireEmailVerification` on, and the address is not verified.",
        "Mudguard sends no mail. Verify the address by other means, then `mudguard user verify-email` lets the person "
        "in; or switch the project's setting off.",
    ),
    Code.TWO_FACTOR_REQUIRED: Advice(
        "The password was right and 2FA is on. This is the first half of a sign-in, no failure.",
        "Ask for a code, and send it with the `challengeToken` to `POST /api/auth/2fa/challenge` within `expiresIn` "
        "seconds.",
    ),
    Code.REAUTHENTICATION_REQUIRED: Advice(
        "The sign-in is longer ago than `MUDGUARD_REAUTH_MAX_AGE` (an hour). A refresh is no sign-in.",
        "Ask for the password, and send the same request with `password`.",
    ),
    Code.NOT_FOUND: Advice(
        "No such path, or no such thing, or one of another organisation: the answer does not tell which.",
        "Check path and ids. Ids are 24 hex digits.",
    ),
    Code.METHOD_NOT_ALLOWED: Advice(
        "The path is right and the verb is not; or a browser's preflight from an origin that is not allowed.",
        "Use a verb that the `Allow` header names, or add the origin to `MUDGUARD_CORS_ORIGINS`.",
    ),
    Code.CONFLICT: Advice(
        "The e-mail address or the project's slug is taken, or the only owner of an organisation in use wants to be "
        "erased.",
        "The text says which. Offer to sign in, choose another slug, or hand the organisation over first.",
    ),
    Code.PAYLOAD_TOO_LARGE: Advice(
        "The body has more than 64 KiB.",
        "Send less: no operation needs as much.",
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Advice(
        "A body without `Content-Type: application/json`.",
        "Set the header. curl needs `-H 'Content-Type: application/json'` beside `-d`.",
    ),
    Code.RATE_LIMITED: Advice(
        "Too many requests from one address, or an API key has used up its own limit.",
        "Wait `retryAfter` seconds. If all visitors are limited together, name your proxy in "
        "`MUDGUARD_TRUSTED_PROXIES`.",
    ),
    Code.TOO_MANY_ATTEMPTS: Advice(
        "Too many wrong codes or passwords for one account. While it lasts right ones are refused as well.",
        "Wait `retryAfter` seconds; trying does not lengthen it, and nothing shortens it. Codes and backup codes have "
        "budgets of their own.",
    ),
    Code.INTERNAL_ERROR: Advice(
        "A fault in Mudguard. The log has it under the `requestId`.",
        "Do not repeat what changes something before you have looked. Please report it.",
    ),
    Code.SERVICE_UNAVAILABLE: Advice(
        "The database is away, more sign-ins wait than can be hashed in a second, or a secret cannot be read, for want "
        "of its key.",
        "Try again after `retryAfter` seconds. Nothing was changed, unless the database was lost in the very moment of "
        "the commit: after a sign-up or a setup look first. If it stays, see the log and `/readyz`.",
    ),
}

_INTRODUCTION = """# Errors

Every error has a stable code: what it means, why it comes, and what to do.

<!-- Written by `make errors` from src/mudguard/http/error_guide.py and openapi.json. Do not edit it here. -->

An error is JSON, whatever went wrong:

```json
{
  "error": "This code is not right. Enter the one your authenticator app shows now, or an unused backup code.",
  "code": "INVALID_TWO_FACTOR_CODE",
  "timestamp": "2026-01-02T03:04:05.000Z",
  "path": "/api/users/2fa/verify",
  "requestId": "5f2b9c0e7a1d4c36"
}
```

Switch on `code`; `error` is a sentence for people and may change. `details`, where there, says more: in a sentence, or
by field. With 429 and 503 comes `retryAfter` in seconds, also as the `Retry-After` header. `requestId` finds the
request in the server's log.

With a bearer token a 401 always means the token: refresh, or sign in. A wrong code or password is 400 there, so that no
client refreshes because somebody mistyped. See [limits](limits.md) for every number.
"""


def address(method: str, path: str) -> str:
    """Where the site documents an operation: `/docs/api/post-api-users-2fa-setup`."""
    return f"/docs/api/{slug(method, path)}"


def slug(method: str, path: str) -> str:
    """The name of an operation in addresses: verb and path, joined by hyphens, without braces."""
    return f"{method}{path}".replace("/", "-").replace("{", "").replace("}", "").lower()


def text(document: Mapping[str, Any]) -> str:
    """The guide as Markdown. `document` is the OpenAPI document, which says which operation gives which code."""
    return "\n".join([_INTRODUCTION, *_overview(), *(line for code in Code for line in _section(code, document))])


def _overview() -> Iterator[str]:
    yield "| code | status |"
    yield "|---|---|"
    for code in sorted(Code, key=lambda code: MEANINGS[code].status):
        yield f"| [`{code}`](#{code.lower()}) | {_statuses(code)} |"
    yield ""


def _section(code: Code, document: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {code}"
    yield ""
    yield f"**Status {_statuses(code)}.** {MEANINGS[code].text}"
    yield ""
    yield f"- **Cause:** {ADVICE[code].cause}"
    yield f"- **What to do:** {ADVICE[code].remedy}"
    yield f"- **Given by:** {_given_by(code, document)}"
    yield ""


def _statuses(code: Code) -> str:
    meaning = MEANINGS[code]
    return f"{meaning.status} or {meaning.public_status}" if meaning.public_status else str(meaning.status)


def _given_by(code: Code, document: Mapping[str, Any]) -> str:
    if code in ALWAYS:
        return "every operation."
    if code in BODY_CODES:
        also = " and those with parameters" if code is Code.VALIDATION_ERROR else ""
        return f"every operation with a body{also}."
    if code in PERSON_CODES:
        return _of_persons(code)
    if code is Code.METHOD_NOT_ALLOWED:
        return "every path."
    places = [
        f"[{method.upper()} {path}]({address(method, path)})"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if _gives(operation, code)
    ]
    unknown_path = ["any path that does not exist"] if code is Code.NOT_FOUND else []
    return ", ".join(unknown_path + places) + "."


def _of_persons(code: Code) -> str:
    if code is Code.API_KEY_NOT_SUPPORTED:
        return "every operation that takes a token and no API key."
    if code is Code.ACCOUNT_DISABLED:
        return "every operation that takes a token, sign-in, and refresh."
    return "every operation that takes a token."


def _gives(operation: Mapping[str, Any], code: Code) -> bool:
    return any(
        code.value in content.get("examples", {})
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
    )


if __name__ == "__main__":
    sys.stdout.write(text(json.load(sys.stdin)))
