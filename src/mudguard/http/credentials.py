"""Credentials to callers: who sent this request. Whether their session still stands is the service's to check."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from mudguard.http.errors import RefusedError
from mudguard.http.visitors import Visitors
from mudguard.projects.access import KeyCaller
from mudguard.rules.refusals import Code, Refused
from mudguard.security.opaque_tokens import API_KEY_PREFIX
from mudguard.security.tokens import AccessTokens, ExpiredTokenError, TokenError
from mudguard.sign_in.bearer import Caller

_BEARER = "bearer "


class PersonOnly:
    """A dependency for endpoints of a person: a good access token, no API key."""

    takes_api_keys = False

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        visitors: Visitors,
        is_key_in_force: Callable[[KeyCaller], Awaitable[bool]],
        clock: Callable[[], int],
    ) -> None:
        self._tokens = tokens
        self._visitors = visitors
        self._is_key_in_force = is_key_in_force
        self._clock = clock

    async def __call__(self, request: Request) -> Caller:
        """The caller. Raises `RefusedError`."""
        token, key = credentials_of(request)
        if token is None and key is not None:
            is_good = await self._is_key_in_force(key)
            raise RefusedError(Refused(Code.API_KEY_NOT_SUPPORTED if is_good else Code.INVALID_TOKEN))
        return self.caller(request, token)

    def caller(self, request: Request, token: str | None) -> Caller:
        """The person whose access token this is. Raises `RefusedError`."""
        if token is None:
            raise RefusedError(Refused(Code.UNAUTHORIZED))
        try:
            claims = self._tokens.read(token, now_ms=self._clock())
        except ExpiredTokenError:
            raise RefusedError(Refused(Code.TOKEN_EXPIRED)) from None
        except TokenError:
            raise RefusedError(Refused(Code.INVALID_TOKEN)) from None
        request.state.person_id = claims.person_id
        return Caller(claims, self._visitors.of(request))


class PersonOrKey:
    """A dependency for endpoints that a project's API key opens too. Of both, the access token is tried first."""

    takes_api_keys = True

    def __init__(self, person_only: PersonOnly) -> None:
        self._person_only = person_only

    async def __call__(self, request: Request) -> Caller | KeyCaller:
        """The caller, or the key in its stead. Raises `RefusedError`."""
        token, key = credentials_of(request)
        try:
            return self._person_only.caller(request, token)
        except RefusedError:
            if key is None:
                raise
            return key


def credentials_of(request: Request) -> tuple[str | None, KeyCaller | None]:
    """The access token and the API key in the headers, whichever are there; a key may stand as a bearer."""
    request.state.needs_bearer = True
    authorization = request.headers.get("authorization", "")
    token = authorization[len(_BEARER) :].strip() if authorization.lower().startswith(_BEARER) else None
    key = request.headers.get("x-api-key")
    if token and token.startswith(API_KEY_PREFIX):
        token, key = None, key or token
    return token or None, KeyCaller(key) if key else None
