"""Refusals: expected failures as values, so that the transaction that records them commits."""

from dataclasses import dataclass, field
from enum import StrEnum


class ErrorCode(StrEnum):
    """The stable codes of the API. Clients use the code, people read the text."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    INVALID_TWO_FACTOR_CODE = "INVALID_TWO_FACTOR_CODE"
    INVALID_PASSWORD = "INVALID_PASSWORD"
    TWO_FACTOR_ALREADY_ENABLED = "TWO_FACTOR_ALREADY_ENABLED"
    TWO_FACTOR_NOT_ENABLED = "TWO_FACTOR_NOT_ENABLED"
    TWO_FACTOR_SETUP_NOT_STARTED = "TWO_FACTOR_SETUP_NOT_STARTED"
    TWO_FACTOR_SETUP_EXPIRED = "TWO_FACTOR_SETUP_EXPIRED"
    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_TOKEN = "INVALID_TOKEN"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    SESSION_REVOKED = "SESSION_REVOKED"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_CHALLENGE = "INVALID_CHALLENGE"
    INVALID_REFRESH_TOKEN = "INVALID_REFRESH_TOKEN"
    API_KEY_NOT_SUPPORTED = "API_KEY_NOT_SUPPORTED"
    FORBIDDEN = "FORBIDDEN"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    EMAIL_VERIFICATION_REQUIRED = "EMAIL_VERIFICATION_REQUIRED"
    TWO_FACTOR_REQUIRED = "TWO_FACTOR_REQUIRED"
    REAUTHENTICATION_REQUIRED = "REAUTHENTICATION_REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request was turned down.

    `text` replaces the code's usual sentence; `details` maps a field to what is wrong with it, or says more in
    a sentence; `retry_after` is in seconds; `extra` are further keys of the answer.
    """

    code: ErrorCode
    text: str | None = None
    details: str | dict[str, object] | None = None
    retry_after: int | None = None
    extra: dict[str, object] = field(default_factory=dict)
