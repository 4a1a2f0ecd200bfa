"""How a call goes, without any input or output: generators that say what is to be done next.

Both clients drive the same generators: each does what a step says, and sends what came of it, or throws the error.
"""

import json
import os
import random
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from mudguard_client.answers import UNREADABLE, Answer, Refused, client_closed, content_of
from mudguard_client.errors import (
    AuthenticationError,
    MudbaseError,
    NetworkError,
    TimedOutError,
    UnreadableAnswerError,
)
from mudguard_client.results import Result
from mudguard_client.tokens import Tokens, checked_tokens, finite
from mudguard_client.turns import Turns
from mudguard_client.version import __version__

USER_AGENT = f"mudguard-client/{__version__}"

_LEEWAY_SECONDS = 30.0
_PAUSE_AFTER_FAILURE_SECONDS = 5.0
_PATIENCE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 4.0
_PASSING = frozenset({429, 502, 503, 504})

T = TypeVar("T")
R = TypeVar("R", bound=Result)


class Deadline:
    """The time of one call, all its attempts together."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; 0 when it is over."""
        return max(0.0, self._end - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Put the end off."""
        self._end += seconds


@dataclass(frozen=True, repr=False)
class Send:
    """Send this, and bring the `Answer`."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes | None
    deadline: Deadline


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, repr=False)
class Refresh:
    """Wait until the token is refreshed: by a call that refreshes it already, or by `Core.refresh_once`."""

    stale: str
    deadline: Deadline
    in_advance: bool = False
    """Whether the token lives yet, so that the call can go on without."""

    def patience(self) -> float:
        """Seconds to wait for it."""
        left = self.deadline.left()
        return min(_PATIENCE_SECONDS, left / 2) if self.in_advance else left


@dataclass(frozen=True, repr=False)
class Tell:
    """Tell the application of its tokens."""

    tokens: Tokens | None


Step = Send | Pause | Refresh | Tell
Steps = Generator[Step, Any, T]


class Core:
    """The tokens of one client, and what is done with them."""

    def __init__(self, *, timeout: float, retries: int) -> None:
        self.timeout = timeout
        self.retries = retries
        self.api_key: str | None = None
        self.held: Tokens | None = None
        self.session = object()
        """Another one after every sign-in and sign-out, the same after a refresh."""
        self.closed = False
        self._refresh_at = float("inf")
        self._turns: dict[int, Turns] = {}

    @property
    def turns(self) -> Turns:
        """Of this process: one that was forked off waits for nobody in its parent."""
        process = os.getpid()
        return self._turns.get(process) or self._turns.setdefault(process, Turns())

    def begin(self, tokens: Tokens | None) -> None:
        """Begin another session with these tokens, or be signed out; errors as of `credential`."""
        self._hold(None if tokens is None else checked_tokens(tokens))
        self.session = object()  # last: a call that sees it sees the tokens of its own session

    def sign_in(self, answer: dict[str, Any]) -> Steps[None]:
        """Begin the session of an answer, and tell the application."""
        tokens, lifetime = _tokens_of(answer)
        self._hold(tokens, lifetime)
        self.session = object()
        yield Tell(tokens)

    def sign_out(self, session: object) -> Steps[None]:
        """End this session, and tell the application; nothing if another one has begun meanwhile."""
        if self.session is session and self.held is not None:
            self.begin(None)
            yield Tell(None)

    def send(
        self,
        method: str,
        path: str,
        result: type[R],
        *,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        anonymous: bool = False,
        refused: Refused | None = None,
        timeout: float | None = None,
    ) -> Steps[R]:
        """One call: with the token, within its time, again where that is safe."""
        if self.closed:
            raise client_closed()
        deadline = Deadline(self.timeout if timeout is None else timeout)
        session, api_key = self.session, None if anonymous else self.api_key
        content = None if body is None else json.dumps(body).encode()
        address = f"{path}?{urlencode(query)}" if query else path
        token = None if anonymous else (yield from self._usable_token(session, deadline))
        renewed = False
        attempt = 0
        while True:
            headers = _headers(token, api_key, has_body=content is not None)
            try:
                answer: Answer = yield Send(method, address, headers, content, deadline)
                return result.read(content_of(answer, refused))
            except MudbaseError as error:
                refused_now = isinstance(error, AuthenticationError) and self.session is session
                if refused_now and token is not None and not renewed:
                    renewed = True
                    newer = yield from self._token_instead_of(token, deadline)
                    if newer is None or newer == token or self.session is not session:
                        raise  # what one person asked for is not done to another
                    token = newer
                    continue
                pause = pause_before_retry(error, method, attempt)
                if pause is None or attempt >= self.retries or pause >= deadline.left():
                    raise
            attempt += 1
            yield Pause(pause)

    def refresh(self, timeout: float) -> Steps[Tokens | None]:
        """Refresh now, if there is anything to refresh with."""
        if self.held is not None and self.held.refresh_token is not None:
            yield Refresh(self.held.token, Deadline(timeout))
        return self.held

    def refresh_once(self, refresh: Refresh, landed: Callable[[MudbaseError | None], None]) -> Steps[None]:
        """Exchange the refresh token. To be run by one at a time: a refresh token that is used twice ends its session.

        Whoever comes after another one has refreshed finds another token than the stale one, and leaves it be.
        `landed` is called before the application is told, which may take its time, and may refresh.
        """
        held = self.held
        if held is None or held.token != refresh.stale or held.refresh_token is None:
            return
        body = {"refreshToken": held.refresh_token}
        timeout = min(self.timeout, _PATIENCE_SECONDS) if refresh.in_advance else self.timeout
        try:
            answer = yield from self.send(
                "POST", "/api/auth/refresh", Result, body=body, anonymous=True, timeout=timeout
            )
            tokens, lifetime = _tokens_of(dict(answer.raw))
        except AuthenticationError as error:
            if error.code != UNREADABLE and self.held is held:  # a page of a gateway ends no session
                self.begin(None)
                landed(error)
                yield Tell(None)
            raise
        if self.held is held:  # else signed out or in again meanwhile: what was asked for before no longer counts
            self._hold(tokens, lifetime)
            landed(None)
            yield Tell(tokens)

    def _hold(self, tokens: Tokens | None, lifetime: float = float("inf")) -> None:
        end = tokens.expires_at if tokens is not None else None
        self._refresh_at = float("inf") if end is None else end - min(_LEEWAY_SECONDS, lifetime / 2)
        self.held = tokens

    def _usable_token(self, session: object, deadline: Deadline) -> Steps[str | None]:
        held = self.held
        if held is None:
            return None
        if held.refresh_token is None or time.time() < self._refresh_at:
            return held.token
        end = held.expires_at or 0.0
        try:
            yield Refresh(held.token, deadline, in_advance=time.time() < end)
        except MudbaseError:
            if self.held is not held or time.time() >= end:
                raise
            self._refresh_at = min(end, time.time() + _PAUSE_AFTER_FAILURE_SECONDS)
        return self._token() if self.session is session else held.token

    def _token_instead_of(self, refused: str, deadline: Deadline) -> Steps[str | None]:
        held = self.held
        if held is not None and held.token == refused and held.refresh_token is not None:
            yield Refresh(refused, deadline)
        return self._token()

    def _token(self) -> str | None:
        held = self.held
        return None if held is None else held.token


def _headers(token: str | None, api_key: str | None, *, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if api_key is not None:
        headers["X-API-Key"] = api_key
    if has_body:
        headers["Content-Type"] = "application/json"
    return headers


def _tokens_of(answer: dict[str, Any]) -> tuple[Tokens, float]:
    """The tokens that an answer brought, and the seconds that the access token lives."""
    lifetime = finite(answer.get("expiresIn"))
    if lifetime is not None and lifetime > 0:
        with suppress(KeyError, TypeError, ValueError):
            pair = Tokens(answer["token"], answer["refreshToken"], time.time() + lifetime)
            return checked_tokens(pair), lifetime
    raise UnreadableAnswerError("The answer holds no valid tokens.", status=200, code=UNREADABLE)


def pause_before_retry(error: MudbaseError, method: str, attempt: int) -> float | None:
    """Seconds to wait before `attempt` (from 0) is made anew; nothing if it must not be.

    Only reads, and requests that never reached a server: a setup, a verification or a challenge whose answer was lost
    may have been carried out, and a second one would spend another code, or throw away what the first one made.
    """
    never_sent = error.code == "CONNECTION_FAILED" and isinstance(error, NetworkError)
    network = isinstance(error, NetworkError) and not isinstance(error, TimedOutError)
    if not never_sent and not (method == "GET" and (network or error.status in _PASSING)):
        return None
    if error.retry_after is not None:
        return error.retry_after
    most: float = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    return random.uniform(most / 2, most)  # noqa: S311  # spreads clients out; nobody gains by guessing it
