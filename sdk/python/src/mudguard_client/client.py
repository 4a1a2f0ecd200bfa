"""What both clients share."""

import copy
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from mudguard_client.answers import connection_failed, connection_lost, timed_out
from mudguard_client.api_keys import ApiKeys
from mudguard_client.auth import Auth
from mudguard_client.core import Core, Send, Steps
from mudguard_client.endpoints import Endpoints, Kind, operation
from mudguard_client.errors import MudbaseError
from mudguard_client.organisations import Health
from mudguard_client.projects import Projects
from mudguard_client.tokens import Tokens, credential
from mudguard_client.users import Users

DEFAULT_ADDRESS = "http://localhost:5000"


class Client(Endpoints[Kind]):
    """What both clients share: whose tokens they hold, and the tree of calls."""

    auth: Auth[Kind]
    """Signing up, in and out."""
    users: Users[Kind]
    """The account of the person who is signed in."""
    projects: Projects[Kind]
    """The projects of an organisation."""
    api_keys: ApiKeys[Kind]
    """The API keys of an organisation."""

    def __init__(self, base_url: str, *, timeout: float, retries: int, tokens: Tokens | None) -> None:
        self._base_url = _checked_address(base_url)
        core = Core(timeout=timeout, retries=retries)
        core.begin(tokens)
        self._plant(core, timeout)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    def set_jwt(self, token: str | None, refresh_token: str | None = None) -> None:
        """Act for the person of this access token; `None` forgets it.

        Without `refresh_token` the client cannot refresh it. The `on_tokens` hook is not told, for it was you who set
        it. What no header can carry is a `ValueError`; white space around a token is left out.
        """
        self._core.begin(None if token is None else Tokens(token, refresh_token))

    def set_tokens(self, tokens: Tokens | None) -> None:
        """Go on with tokens that were kept, or with none. Errors as of `set_jwt`."""
        self._core.begin(tokens)

    def get_tokens(self) -> Tokens | None:
        """The tokens that the client has now. They are secrets."""
        return self._core.held

    def set_api_key(self, api_key: str | None) -> None:
        """Act for the project of this API key (`mb_live_…`); `None` forgets it. A person's token goes before it.

        Errors as of `set_jwt`.
        """
        self._core.api_key = None if api_key is None else credential(api_key, "api_key")

    def with_timeout(self, seconds: float) -> Self:
        """The same client, with another time for a call. It shares tokens and connections."""
        twin = copy.copy(self)
        twin._plant(self._core, seconds)  # noqa: SLF001  # of the same class
        return twin

    @operation
    def health(self) -> Steps[Health]:
        """The state of the server."""
        return self._core.send("GET", "/health", Health, anonymous=True, timeout=self._timeout)

    def _run(self, steps: Steps[Any]) -> Any:
        raise NotImplementedError

    def _plant(self, core: Core, timeout: float) -> None:
        parts = core, self._run, timeout
        super().__init__(*parts)
        self.auth = Auth(*parts)
        self.users = Users(*parts)
        self.projects = Projects(*parts)
        self.api_keys = ApiKeys(*parts)


def no_cookies() -> CookieJar:
    """Takes no cookie: a client is known by its tokens only."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def failure_of(cause: Exception) -> MudbaseError:
    """The error of the client for a failed connection. To be raised outside of `except`.

    Of the original it tells the kind, and what the system said: its text may quote a header, its request holds
    passwords and tokens, and Python would attach it to an error that is raised while it is handled.
    """
    if isinstance(cause, httpx2.TimeoutException | TimeoutError):
        return timed_out()
    error = connection_failed() if isinstance(cause, httpx2.ConnectError) else connection_lost()
    reason: BaseException | None = cause
    while reason is not None and not (isinstance(reason, OSError) and reason.strerror):
        reason = reason.__cause__ or reason.__context__
    said = f": {reason.strerror}" if isinstance(reason, OSError) else ""
    error.add_note(f"{type(cause).__name__}{said}")
    return error


def seconds_left(request: Send) -> float:
    """Seconds that the request has yet."""
    seconds = request.deadline.left()
    if not seconds:
        raise timed_out()
    return seconds


def _checked_address(base_url: str) -> str:
    wrong = "base_url must be an address such as https://auth.example.com"
    address = base_url.rstrip("/")
    if not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", address, re.IGNORECASE):
        raise ValueError(wrong)
    try:
        urlsplit(address).port  # noqa: B018  # checked as it is read
        httpx2.URL(address)
    except (ValueError, httpx2.InvalidURL):
        raise ValueError(wrong) from None
    return address
