"""Who may call an operation, and how often: turns credentials into callers, and limits addresses.

The service checks in its transaction whether the caller's session is still active.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.requests import Request

from mudguard.authn.callers import Caller, KeyCaller, Visitor
from mudguard.authn.clock import Clock
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.opaque_tokens import API_KEY_PREFIX
from mudguard.security.tokens import AccessTokens, ExpiredTokenError, TokenError
from mudguard.web.errors import RefusedError
from mudguard.web.rate_limits import AddressLimits, RateLimitedAction
from mudguard.web.visitors import Visitors

CallerT = TypeVar("CallerT")

TOKEN_ERRORS = (
    ErrorCode.UNAUTHORIZED,
    ErrorCode.INVALID_TOKEN,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.SESSION_REVOKED,
    ErrorCode.ACCOUNT_DISABLED,
)

_BEARER = "bearer "


class AccessChecks:
    """The checks behind every kind of access, on one server."""

    def __init__(
        self, *, tokens: AccessTokens, visitors: Visitors, limits: AddressLimits,
        is_key_in_force: Callable[[KeyCaller], Awaitable[bool]], clock: Clock,
    ) -> None:  # fmt: skip
        self._tokens = tokens
        self._visitors = visitors
        self._limits = limits
        self._is_key_in_force = is_key_in_force
        self._clock = clock

    async def anyone(self, request: Request) -> Visitor:
        """The visitor."""
        return self._visitors.of(request)

    async def limited(self, request: Request, action: RateLimitedAction) -> Visitor:
        """The visitor. Counts the request, and raises `RefusedError` when the address has reached its limit."""
        visitor = self._visitors.of(request)
        await self._limits.check(action, visitor)
        return visitor

    async def person(self, request: Request) -> Caller:
        """The person whose access token the request carries. Raises `RefusedError`."""
        token, key = _credentials(request)
        if token is None and key is not None:
            is_good = await self._is_key_in_force(key)
            raise RefusedError(Refused(ErrorCode.API_KEY_NOT_SUPPORTED if is_good else ErrorCode.INVALID_TOKEN))
        return self._caller(request, token)

    async def person_or_key(self, request: Request) -> Caller | KeyCaller:
        """The person, or the API key. If the request carries both, the access token is tried first."""
        token, key = _credentials(request)
        try:
            return self._caller(request, token)
        except RefusedError:
            if key is None:
                raise
            return key

    def _caller(self, request: Request, token: str | None) -> Caller:
        if token is None:
            raise RefusedError(Refused(ErrorCode.UNAUTHORIZED))
        try:
            claims = self._tokens.read(token, now_ms=self._clock())
        except ExpiredTokenError:
            raise RefusedError(Refused(ErrorCode.TOKEN_EXPIRED)) from None
        except TokenError:
            raise RefusedError(Refused(ErrorCode.INVALID_TOKEN)) from None
        request.state.person_id = claims.person_id
        return Caller(claims, self._visitors.of(request))


@dataclass(frozen=True, slots=True)
class Access(Generic[CallerT]):
    """A kind of access. `check` returns the caller or raises `RefusedError` with one of `errors`.

    With a token, a wrong code or password is 400. 401 is always about the token (see `ErrorDescription`).
    """

    check: Callable[[AccessChecks, Request], Awaitable[CallerT]]
    errors: tuple[ErrorCode, ...] = ()
    needs_token: bool = False
    takes_api_key: bool = False


ANYONE = Access(AccessChecks.anyone)
"""No credential and no limit."""

PERSON = Access(AccessChecks.person, (*TOKEN_ERRORS, ErrorCode.API_KEY_NOT_SUPPORTED), needs_token=True)
"""A person's access token, and no API key."""

PERSON_OR_KEY = Access(
    AccessChecks.person_or_key, (*TOKEN_ERRORS, ErrorCode.RATE_LIMITED), needs_token=True, takes_api_key=True
)
"""A person's access token, or an API key of a project."""


def limited(action: RateLimitedAction) -> Access[Visitor]:
    """No credential; limited per address."""

    async def check(checks: AccessChecks, request: Request) -> Visitor:
        return await checks.limited(request, action)

    return Access(check, (ErrorCode.RATE_LIMITED,))


def _credentials(request: Request) -> tuple[str | None, KeyCaller | None]:
    """The access token and the API key in the headers; an API key may also be sent as a bearer token."""
    authorization = request.headers.get("authorization", "")
    token = authorization[len(_BEARER) :].strip() if authorization.lower().startswith(_BEARER) else None
    key = request.headers.get("x-api-key")
    if token and token.startswith(API_KEY_PREFIX):
        token, key = None, key or token
    return token or None, KeyCaller(key) if key else None
