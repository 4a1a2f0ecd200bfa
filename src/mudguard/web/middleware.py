"""Middleware of every request: id, headers, log line, and the last-resort error handler."""

import re
import secrets
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.web.errors import error_response, operation_of
from mudguard.web.inputs import MAX_BODY_BYTES

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

CLIENT_CLOSED = 499
"""The status in the log if a client left before its request was complete, as in nginx."""

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
"""Headers of every answer, unless it sets its own."""

log = structlog.get_logger("mudguard.requests")


class RequestMiddleware:
    """The outermost middleware: every answer gets its headers and its log line."""

    def __init__(self, app: ASGIApp, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._timer()
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id", ""))
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in HEADERS if header[0] not in there),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            if _declared_length(headers) > MAX_BODY_BYTES:
                response = error_response(Request(scope), Refused(ErrorCode.PAYLOAD_TOO_LARGE))
                await response(scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = CLIENT_CLOSED
        except Exception:
            log.exception("unexpected error", request_id=request_id, route=_route(scope))
            if status:
                raise
            response = error_response(Request(scope), Refused(ErrorCode.INTERNAL_ERROR))
            await response(scope, receive, send_with_headers)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((self._timer() - started) * 1000, 1),
                request_id=request_id,
                **({"person_id": state["person_id"]} if "person_id" in state else {}),
            )


class CorsMiddleware(CORSMiddleware):
    """Allows pages of some origins. Passes a refused preflight to the routes, which refuse it in our shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on."""
        if scope["type"] == "http" and self._refuses(scope["method"], Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _refuses(self, method: str, headers: Headers) -> bool:
        is_preflight = method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
        return is_preflight and self.preflight_response(headers).status_code != 200


def _route(scope: Scope) -> str:
    """The operation's path with its braces, so that logs have no ids; `-` if there is no operation."""
    operation = operation_of(scope)
    return operation.path if operation else "-"


def _request_id(inbound: str) -> str:
    return inbound if _SANE_REQUEST_ID.fullmatch(inbound) else secrets.token_hex(8)


def _declared_length(headers: Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0
