"""How a call goes, without any input or output: generators that say what is to be done next.

Both clients drive the same generators: each does what a step says, and sends what came of it, or throws the error.
"""

import json
import random
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from mudguard_client.answers import Answer, Refused, content_of
from mudguard_client.errors import AuthenticationError, MudbaseError, NetworkError, TimedOutError
from mudguard_client.results import Result
from mudguard_client.tokens import Tokens, expiry_in
from mudguard_client.version import __version__

USER_AGENT = f"mudguard-client/{__version__}"

_LEEWAY_SECONDS = 30.0
_PAUSE_AFTER_FAILURE_SECONDS = 5.0
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
    """Have the token refreshed, by whoever does so already or else by `Core.refresh_once`; bring nothing."""

    stale: str
    deadline: Deadline


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
        self._refresh_at = float("inf")

    def hold(self, tokens: Tokens | None, lifetime: float = float("inf")) -> None:
        """Hold other tokens, or none."""
        if tokens is not None and tokens.expires_at is None:
            tokens = replace(tokens, expires_at=expiry_in(tokens.token))
        end = tokens.expires_at if tokens is not None else None
        self._refresh_at = float("inf") if end is None else end - min(_LEEWAY_SECONDS, lifetime / 2)
        self.held = tokens

    def adopt(self, answer: dict[str, Any]) -> Steps[None]:
        """Hold the tokens of an answer, and tell the application. Without tokens nothing is done."""
        token, refresh_token, lifetime = answer.get("token"), answer.get("refreshToken"), answer.get("expiresIn")
        if not isinstance(token, str):
            return
        kept = refresh_token if isinstance(refresh_token, str) else None
        if isinstance(lifetime, int | float):
            self.hold(Tokens(token, kept, time.time() + lifetime), lifetime)
        else:
            self.hold(Tokens(token, kept))
        yield Tell(self.held)

    def drop(self) -> Steps[None]:
        """Hold none any more, and tell the application."""
        self.hold(None)
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
        deadline = Deadline(self.timeout if timeout is None else timeout)
        content = None if body is None else json.dumps(body).encode()
        address = f"{path}?{urlencode(query)}" if query else path
        token = None if anonymous else (yield from self._usable_token(deadline))
        renewed = False
        attempt = 0
        while True:
            headers = self._headers(token, anonymous=anonymous, has_body=content is not None)
            try:
                answer: Answer = yield Send(method, address, headers, content, deadline)
                return result.read(content_of(answer, refused))
            except MudbaseError as error:
                if isinstance(error, AuthenticationError) and token is not None and not renewed:
                    renewed = True
                    newer = yield from self._token_instead_of(token, deadline)
                    if newer is None or newer == token:
                        raise
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

    def refresh_once(self, stale: str) -> Steps[None]:
        """Exchange the refresh token. To be run by one at a time: a refresh token that is used twice ends its session.

        Whoever comes after another one has refreshed finds another token than the `stale` one, and leaves it be.
        """
        held = self.held
        if held is None or held.token != stale or held.refresh_token is None:
            return
        body = {"refreshToken": held.refresh_token}
        try:
            answer = yield from self.send("POST", "/api/auth/refresh", Result, body=body, anonymous=True)
        except AuthenticationError:
            if self.held is held:
                yield from self.drop()
            raise
        if self.held is held:  # else signed out or in again meanwhile: what was asked for before no longer counts
            yield from self.adopt(dict(answer.raw))

    def _usable_token(self, deadline: Deadline) -> Steps[str | None]:
        held = self.held
        if held is None:
            return None
        if held.refresh_token is None or time.time() < self._refresh_at:
            return held.token
        try:
            yield Refresh(held.token, deadline)
        except MudbaseError:
            if self.held is not held or held.expires_at is None or time.time() >= held.expires_at:
                raise
            self._refresh_at = min(held.expires_at, time.time() + _PAUSE_AFTER_FAILURE_SECONDS)
        return self._token()

    def _token_instead_of(self, refused: str, deadline: Deadline) -> Steps[str | None]:
        held = self.held
        if held is not None and held.token == refused and held.refresh_token is not None:
            yield Refresh(refused, deadline)
        return self._token()

    def _token(self) -> str | None:
        held = self.held
        return None if held is None else held.token

    def _headers(self, token: str | None, *, anonymous: bool, has_body: bool) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self.api_key is not None and not anonymous:
            headers["X-API-Key"] = self.api_key
        if has_body:
            headers["Content-Type"] = "application/json"
        return headers


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
