"""The blocking client: how it carries steps out."""

import os
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from mudguard_client.answers import LARGEST_ANSWER, Answer, timed_out, too_large
from mudguard_client.client import DEFAULT_ADDRESS, Client, failure_of, no_cookies, seconds_left
from mudguard_client.core import Pause, Refresh, Send, Steps, Tell
from mudguard_client.endpoints import Blocking
from mudguard_client.tokens import Tokens
from mudguard_client.turns import Flight, raise_again

T = TypeVar("T")


class MudbaseClient(Client[Blocking]):
    """A client for one server and one person, or one project by its API key. Threads may share it.

    ```python
    from mudguard_client import MudbaseClient

    client = MudbaseClient()
    client.set_jwt(token)
    setup = client.users.setup2fa()
    ```

    Tokens stay in memory and are refreshed before they expire. Failed calls raise a `MudbaseError`.

    Args:
        base_url: address of the server, with a path if it has one.
        timeout: seconds for a call, with its retries. A refresh of tokens on the way has as much again, for one that
            is broken off may cost the session.
        retries: how often a call is sent again, where that is safe: reads, and connections that never opened.
        tokens: tokens that were kept, to begin signed in.
        on_tokens: told of the new tokens after a sign-in and a refresh, and of `None` after a sign-out or a refused
            refresh, in the thread that made the call. Store them here, if they are to outlive the client. It is told
            one thing at a time: what comes while it works is told after that, by the same thread, and what holds no
            more by then is left out. It may make calls.
        transport: another transport of httpx2, for a proxy, say, or certificates of one's own. A process that is
            forked off needs a client with another one: it would share connections with its parent.

    """

    def __init__(
        self,
        base_url: str = DEFAULT_ADDRESS,
        *,
        timeout: float = 30.0,
        retries: int = 2,
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens | None], object] | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._on_tokens = on_tokens
        super().__init__(base_url, timeout=timeout, retries=retries, tokens=tokens)
        from mudguard_client.deadlines import bound, within  # noqa: PLC0415  # httpcore2 takes time to import

        self._bound, self._within = bound, within
        self._transport = transport
        self._connections: dict[int, httpx2.Client] = {}
        self._http()

    def close(self) -> None:
        """Close the connections. A call after that is a `MudbaseError` with `CLIENT_CLOSED`."""
        self._core.closed = True
        self._http().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, steps: Steps[T]) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    came = self._carry_out(step)
                except BaseException as error:  # the steps decide what comes of it
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as end:
            value: T = end.value
            return value

    def _carry_out(self, step: Send | Pause | Refresh | Tell) -> Answer | None:
        match step:
            case Send():
                return self._send(step)
            case Pause(seconds):
                time.sleep(seconds)
            case Refresh():
                self._refresh(step)
            case Tell(tokens):
                self._tell(tokens)
        return None

    def _send(self, request: Send) -> Answer:
        try:
            return self._answer(request)
        except (httpx2.RequestError, TimeoutError) as cause:
            failure = failure_of(cause)
        raise failure

    def _answer(self, request: Send) -> Answer:
        sent = self._http().stream(
            request.method,
            self._base_url + request.path,
            headers=request.headers,
            content=request.content,
            timeout=seconds_left(request),
        )
        with self._within(request.deadline), sent as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                seconds_left(request)
                if len(content) > LARGEST_ANSWER:
                    raise too_large(response.status_code)
            return Answer(response.status_code, response.headers, bytes(content))

    def _http(self) -> httpx2.Client:
        """The connections of this process: one that was forked off uses none of its parent's, and closes none."""
        process = os.getpid()
        if process not in self._connections:
            client = httpx2.Client(transport=self._transport, cookies=no_cookies())
            self._connections.setdefault(process, self._bound(client))
        return self._connections[process]

    def _refresh(self, refresh: Refresh) -> None:
        """Refresh, or wait for the thread that does so already."""
        flight, leads = self._core.turns.board()
        if leads:
            self._lead(flight, refresh)
            return
        with suppress(TimeoutError):
            raise_again(flight.result(timeout=refresh.patience()))
            return
        raise timed_out()

    def _lead(self, flight: Flight, refresh: Refresh) -> None:
        land = partial(self._core.turns.land, flight)
        started = time.monotonic()
        try:
            self._run(self._core.refresh_once(refresh, land))
        except BaseException as error:
            land(error)
            raise
        finally:
            refresh.deadline.extend(time.monotonic() - started)
        land(None)

    def _tell(self, tokens: Tokens | None) -> None:
        if self._on_tokens is None:
            return
        with closing(self._core.turns.news(tokens, lambda one: one is self._core.held)) as news:
            failure: Exception | None = None
            for latest in news:
                try:
                    self._on_tokens(latest)
                except Exception as error:  # raised once all is told
                    failure = failure or error
        if failure is not None:
            raise failure
