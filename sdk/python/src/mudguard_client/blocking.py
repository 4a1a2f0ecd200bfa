"""The blocking client: how it carries steps out."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from mudguard_client.answers import Answer, connection_lost
from mudguard_client.client import DEFAULT_ADDRESS, Client, as_client_errors, seconds_left
from mudguard_client.core import Pause, Refresh, Send, Steps, Tell
from mudguard_client.endpoints import Blocking
from mudguard_client.tokens import Tokens

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
            refresh, in the thread that made the call. Store them here, if they are to outlive the client.
        transport: another transport of httpx2, for a proxy, say, or certificates of one's own.

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
        self._http = httpx2.Client(transport=transport)
        self._flights = _Flights()
        super().__init__(base_url, timeout=timeout, retries=retries, tokens=tokens)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

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
                if self._on_tokens is not None:
                    self._on_tokens(tokens)
        return None

    def _send(self, request: Send) -> Answer:
        with as_client_errors():
            sent = self._http.stream(
                request.method,
                self._base_url + request.path,
                headers=request.headers,
                content=request.content,
                timeout=seconds_left(request),
            )
            with sent as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    seconds_left(request)
                return Answer(response.status_code, response.headers, bytes(content))

    def _refresh(self, refresh: Refresh) -> None:
        """Refresh, or wait for the thread that does so already."""
        flight, leads = self._flights.board()
        if not leads:
            with as_client_errors():
                flight.result(timeout=refresh.deadline.left())
            return
        try:
            self._run(self._core.refresh_once(refresh.stale))
        except BaseException as error:
            self._flights.land(error if isinstance(error, Exception) else connection_lost())
            raise
        self._flights.land(None)


class _Flights:
    """The one refresh that may be under way in a client, for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: Future[None] | None = None

    def board(self) -> tuple[Future[None], bool]:
        """The refresh under way, and whether the caller has to do it."""
        with self._lock:
            if self._current is not None:
                return self._current, False
            self._current = Future()
            return self._current, True

    def land(self, error: Exception | None) -> None:
        """It is over: all who wait may go on."""
        with self._lock:
            flight, self._current = self._current, None
        if flight is not None:
            if error is None:
                flight.set_result(None)
            else:
                flight.set_exception(error)
