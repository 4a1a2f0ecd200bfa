"""Turns refusals and faults into answers: status, stable code, and a text that says what to do next."""

from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.field_cipher import UnreadableError
from mudguard.security.hashing_pool import OverloadedError
from mudguard.store.column_types import CorruptRowError
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.web.answers import json_response, timestamp
from mudguard.web.error_codes import ERRORS

if TYPE_CHECKING:
    from mudguard.web.operations import Operation

T = TypeVar("T")

REALM = "mudguard"
RETRY_AFTER_UNAVAILABLE = 1
_BUSY = "Too many sign-ins at once; nothing was changed. Try again in a moment."

log = structlog.get_logger(__name__)


_OF_STATUS = {
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.PAYLOAD_TOO_LARGE,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
}
_ABOUT_THE_TOKEN = {ErrorCode.INVALID_TOKEN, ErrorCode.TOKEN_EXPIRED, ErrorCode.SESSION_REVOKED}


class RefusedError(Exception):
    """A refusal that leaves a route. What it records was committed before."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def unwrap(outcome: T | Refused) -> T:
    """The result of a service. Raises `RefusedError` if it refused."""
    if isinstance(outcome, Refused):
        raise RefusedError(outcome)
    return outcome


def operation_of(scope: Scope) -> "Operation | None":
    """The operation at a request's path; None if there is none."""
    return getattr(scope.get("endpoint"), "operation", None)


def error_response(request: Request, refused: Refused) -> Response:
    """The answer for `refused`."""
    described = ERRORS[refused.code]
    operation = operation_of(request.scope)
    needs_token = operation is not None and operation.access.needs_token
    status = described.status if needs_token else described.public_status or described.status
    body: dict[str, object] = {"error": refused.text or described.text, "code": refused.code.value}
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
    if refused.code is ErrorCode.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    return json_response(body, status=status, headers=headers)


def install(app: Starlette) -> None:
    """Give every error of `app` and its framework the same shape."""

    async def refused(request: Request, error: Any) -> Response:
        return error_response(request, error.refused)

    async def framework_refused(request: Request, error: Any) -> Response:
        return error_response(request, Refused(_OF_STATUS.get(error.status_code, ErrorCode.VALIDATION_ERROR)))

    async def overloaded(request: Request, _error: Any) -> Response:
        return error_response(
            request, Refused(ErrorCode.SERVICE_UNAVAILABLE, _BUSY, retry_after=RETRY_AFTER_UNAVAILABLE)
        )

    async def unavailable(request: Request, error: Any) -> Response:
        log.error("unavailable", reason=str(error), request_id=request.state.request_id)
        return error_response(request, Refused(ErrorCode.SERVICE_UNAVAILABLE, retry_after=RETRY_AFTER_UNAVAILABLE))

    for kind, handler in {
        RefusedError: refused,
        HTTPException: framework_refused,
        OverloadedError: overloaded,
        DatabaseUnavailableError: unavailable,
        UnreadableError: unavailable,
        CorruptRowError: unavailable,
    }.items():
        app.add_exception_handler(kind, handler)


def _allowed_methods(request: Request) -> list[str]:
    """The methods that the path takes on all routes (RFC 9110 section 10.2.1)."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)
