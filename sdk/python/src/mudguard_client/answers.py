"""What a server said: read as JSON, or turned into the error that it is."""

import email.utils
import json
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mudguard_client import errors
from mudguard_client.tokens import finite

UNREADABLE = "UNREADABLE_ANSWER"
LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer, decoded, that are read at most."""

_CLASSES: dict[int, type[errors.MudbaseError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    405: errors.MethodNotAllowedError,
    409: errors.ConflictError,
    413: errors.PayloadTooLargeError,
    415: errors.UnsupportedMediaTypeError,
    429: errors.RateLimitedError,
    503: errors.ServiceUnavailableError,
}


@dataclass(frozen=True, repr=False)
class Answer:
    """A whole answer of a server."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    content: bytes

    def body(self) -> dict[str, Any] | None:
        """The JSON object that it holds; nothing if it holds none."""
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


Refused = Callable[[dict[str, Any], dict[str, Any]], errors.MudbaseError | None]
"""Given body and facts of a refusal: an error of a more telling kind, or nothing."""


def content_of(answer: Answer, refused: Refused | None = None) -> dict[str, Any]:
    """The body of a success, or its error raised."""
    body = answer.body()
    succeeded = 200 <= answer.status < 300
    if succeeded and body is not None:
        return body
    known = None if succeeded or body is None or not isinstance(body.get("error"), str) else body
    facts = _facts(answer, known)
    if known is not None and refused is not None and (telling := refused(known, facts)) is not None:
        raise telling
    fallback = (
        errors.ServerError
        if answer.status >= 500
        else errors.UnreadableAnswerError
        if answer.status < 400
        else errors.MudbaseError
    )
    raise _CLASSES.get(answer.status, fallback)(**facts)


def _facts(answer: Answer, body: dict[str, Any] | None) -> dict[str, Any]:
    told = body or {}
    request_id, details = told.get("requestId"), told.get("details")
    retry_after = told.get("retryAfter")
    if finite(retry_after) is None:
        retry_after = _seconds_until(answer.headers.get("Retry-After"))
    return {
        "status": answer.status,
        "code": str(told.get("code", "UNKNOWN")) if body is not None else UNREADABLE,
        "message": told["error"]
        if body is not None
        else f"The answer (status {answer.status}) is not the JSON of a Mudguard server. "
        "Check the address, and what stands between.",
        "request_id": request_id if isinstance(request_id, str) else answer.headers.get("X-Request-Id"),
        "retry_after": None if retry_after is None else max(0, retry_after),
        "details": details if isinstance(details, str | dict) else None,
    }


def _seconds_until(header: str | None) -> int | None:
    """What `Retry-After` says, in seconds or as a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return int(header[:10])
    if not re.fullmatch(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", header):
        return None
    try:
        then = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return math.ceil(then.timestamp() - time.time())


def connection_failed() -> errors.NetworkError:
    """Nobody took the connection, so nothing was sent."""
    return errors.NetworkError(
        "There is no connection to the server. Is it running, and is the address right?", code="CONNECTION_FAILED"
    )


def connection_lost() -> errors.NetworkError:
    """The connection ended before the answer did."""
    return errors.NetworkError(
        "The connection broke before the answer was whole. A request that changes something may have been carried out.",
        code="CONNECTION_LOST",
    )


def timed_out() -> errors.TimedOutError:
    """The time of a call is over."""
    return errors.TimedOutError(
        "No answer in time. A request that changes something may have been carried out.", code="TIMEOUT"
    )


def too_large(status: int) -> errors.UnreadableAnswerError:
    """More than a Mudguard server would say."""
    return errors.UnreadableAnswerError(
        f"The answer (status {status}) is larger than {LARGEST_ANSWER // 1024 // 1024} MiB, and was not read.",
        status=status,
        code=UNREADABLE,
    )


def client_closed() -> errors.MudbaseError:
    """Called after `close`."""
    return errors.MudbaseError("This client was closed. Make another one.", code="CLIENT_CLOSED")
