"""Refusals and faults as answers: status, stable code, a text that says what to do next."""

from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from mudguard.http.answers import json_response, timestamp
from mudguard.http.routing import allowed_methods
from mudguard.rules.refusals import Code, Refused
from mudguard.security.hashing_pool import OverloadedError
from mudguard.security.sealing import UnreadableError
from mudguard.store.column_types import CorruptRowError
from mudguard.store.faults import DatabaseUnavailableError

T = TypeVar("T")

REALM = "mudguard"
RETRY_AFTER_UNAVAILABLE = 1
_BUSY = "Too many sign-ins at once; nothing was changed. Try again in a moment."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means in HTTP, and to a person. `public_status` is for endpoints that need no bearer token."""

    status: int
    text: str
    public_status: int | None = None


MEANINGS: dict[Code, Meaning] = {
    Code.VALIDATION_ERROR: Meaning(400, "Some of what was sent is not valid. See details, correct it, send it again."),
    Code.INVALID_TWO_FACTOR_CODE: Meaning(
        400, "This code is not right. Enter the one your authenticator app shows now, or an unused backup code.", 401
    ),
    Code.INVALID_PASSWORD: Meaning(400, "The password is not right. Enter your current password."),
    Code.TWO_FACTOR_ALREADY_ENABLED: Meaning(
        400, "Two-factor authentication is on already. To replace your authenticator, send a current code as token."
    ),
    Code.TWO_FACTOR_NOT_ENABLED: Meaning(400, "Two-factor authentication is off. Set it up first."),
    Code.TWO_FACTOR_SETUP_NOT_STARTED: Meaning(400, "No setup is waiting. Start with POST /api/users/2fa/setup."),
    Code.TWO_FACTOR_SETUP_EXPIRED: Meaning(400, "This setup has expired. Start again with POST /api/users/2fa/setup."),
    Code.UNAUTHORIZED: Meaning(401, "Sign in, and send the token as 'Authorization: Bearer YOUR_TOKEN'."),
    Code.INVALID_TOKEN: Meaning(401, "This token is not valid here. Sign in again."),
    Code.TOKEN_EXPIRED: Meaning(401, "This token has expired. Get a new one from POST /api/auth/refresh."),
    Code.SESSION_REVOKED: Meaning(401, "This session has ended. Sign in again."),
    Code.INVALID_CREDENTIALS: Meaning(401, "The e-mail address or the password is not right."),
    Code.INVALID_CHALLENGE: Meaning(401, "This sign-in has expired or was finished already. Sign in again."),
    Code.INVALID_REFRESH_TOKEN: Meaning(401, "This refresh token is not valid any more. Sign in again."),
    Code.API_KEY_NOT_SUPPORTED: Meaning(
        403, "API keys stand for a project, not a person. Send a person's token as 'Authorization: Bearer YOUR_TOKEN'."
    ),
    Code.FORBIDDEN: Meaning(403, "You are not allowed to do this."),
    Code.ACCOUNT_DISABLED: Meaning(403, "This account is disabled. Ask the people who run this service."),
    Code.EMAIL_VERIFICATION_REQUIRED: Meaning(403, "Verify your e-mail address first, then sign in."),
    Code.TWO_FACTOR_REQUIRED: Meaning(403, "The password is right. Now send a code of your second factor."),
    Code.REAUTHENTICATION_REQUIRED: Meaning(
        403, "Your sign-in is some time ago. Send your password along, or sign in."
    ),
    Code.NOT_FOUND: Meaning(404, "There is nothing at this address. Check the path and the ids in it."),
    Code.METHOD_NOT_ALLOWED: Meaning(
        405, "This address does not take that method. The Allow header says which it takes."
    ),
    Code.CONFLICT: Meaning(409, "This is in conflict with what exists."),
    Code.PAYLOAD_TOO_LARGE: Meaning(413, "The body is over 64 KiB. Send less."),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(415, "Send JSON, with 'Content-Type: application/json'."),
    Code.RATE_LIMITED: Meaning(429, "Too many requests. Wait as long as Retry-After says, then go on."),
    Code.TOO_MANY_ATTEMPTS: Meaning(429, "Too many wrong attempts. Wait as long as Retry-After says, then try again."),
    Code.INTERNAL_ERROR: Meaning(500, "Something went wrong here. Tell the people who run this the request id."),
    Code.SERVICE_UNAVAILABLE: Meaning(
        503, "The service cannot do this right now. Wait as long as Retry-After says, then try again."
    ),
}

_OF_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.PAYLOAD_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
}
_ABOUT_THE_TOKEN = {Code.INVALID_TOKEN, Code.TOKEN_EXPIRED, Code.SESSION_REVOKED}


class RefusedError(Exception):
    """A refusal on its way out of a route; what it is about was settled and committed before."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def granted(outcome: T | Refused) -> T:
    """What a service granted. Raises `RefusedError` if it refused."""
    if isinstance(outcome, Refused):
        raise RefusedError(outcome)
    return outcome


def error_response(request: Request, refused: Refused) -> Response:
    """The answer that tells of `refused`."""
    meaning = MEANINGS[refused.code]
    is_public = not hasattr(request.state, "needs_bearer")
    status = meaning.public_status if is_public and meaning.public_status else meaning.status
    body: dict[str, object] = {"error": refused.text or meaning.text, "code": refused.code.value}
    if refused.details is not None:
        body["details"] = refused.details
    body |= {
        "timestamp": timestamp(request.app.state.clock()),
        "path": request.url.path,
        "requestId": request.state.request_id,
        **refused.extra,
    }
    headers = {}
    if refused.retry_after is not None:
        body["retryAfter"] = refused.retry_after
        headers["Retry-After"] = str(refused.retry_after)
    if status == 401:
        problem = ', error="invalid_token"' if refused.code in _ABOUT_THE_TOKEN else ""
        headers["WWW-Authenticate"] = f'Bearer realm="{REALM}"{problem}'
    if refused.code is Code.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.scope))
    return json_response(body, status=status, headers=headers)


def install(app: Starlette) -> None:
    """Let every error of `app` and its framework leave in the same shape."""

    async def refused(request: Request, error: Any) -> Response:
        return error_response(request, error.refused)

    async def framework_refused(request: Request, error: Any) -> Response:
        return error_response(request, Refused(_OF_STATUS.get(error.status_code, Code.VALIDATION_ERROR)))

    async def invalid(request: Request, error: Any) -> Response:
        details: dict[str, object] = {str(item["loc"][-1]): item["msg"] for item in error.errors()}
        return error_response(request, Refused(Code.VALIDATION_ERROR, details=details))

    async def overloaded(request: Request, _error: Any) -> Response:
        return error_response(request, Refused(Code.SERVICE_UNAVAILABLE, _BUSY, retry_after=RETRY_AFTER_UNAVAILABLE))

    async def unavailable(request: Request, error: Any) -> Response:
        log.error("unavailable", reason=str(error), request_id=request.state.request_id)
        return error_response(request, Refused(Code.SERVICE_UNAVAILABLE, retry_after=RETRY_AFTER_UNAVAILABLE))

    for kind, handler in {
        RefusedError: refused,
        HTTPException: framework_refused,
        RequestValidationError: invalid,
        OverloadedError: overloaded,
        DatabaseUnavailableError: unavailable,
        UnreadableError: unavailable,
        CorruptRowError: unavailable,
    }.items():
        app.add_exception_handler(kind, handler)
