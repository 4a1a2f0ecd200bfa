"""The client for asyncio: how it carries steps out."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing, suppress
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from mudguard_client.answers import LARGEST_ANSWER, Answer, timed_out, too_large
from mudguard_client.client import DEFAULT_ADDRESS, Client, failure_of, no_cookies, seconds_left
from mudguard_client.core import Pause, Refresh, Send, Steps, Tell
from mudguard_client.endpoints import Awaited
from mudguard_client.tokens import Tokens
from mudguard_client.turns import Flight, raise_again

T = TypeVar("T")


class AsyncMudbaseClient(Client[Awaited]):
    """The client for asyncio: all that `MudbaseClient` has, to be awaited. Tasks may share it.

    ```python
    async with AsyncMudbaseClient() as client:
        await client.auth.login(email=email, password=password)
        setup = await client.users.setup2fa()
    ```

    It takes the same arguments; `on_tokens` may be a coroutine function. It can be used in one event loop after
    another, and in several at once, if it has no `transport` of its own. A call that is cancelled or out of time
    leaves a refresh of tokens running, for others may wait for it, and one that is broken off may cost the session.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_ADDRESS,
        *,
        timeout: float = 30.0,
        retries: int = 2,
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens | None], Awaitable[object] | object] | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._on_tokens = on_tokens
        self._transport = transport
        self._connections: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}
        self._leading: set[asyncio.Task[None]] = set()
        super().__init__(base_url, timeout=timeout, retries=retries, tokens=tokens)

    async def aclose(self) -> None:
        """Close the connections. A call after that is a `MudbaseError` with `CLIENT_CLOSED`."""
        self._core.closed = True
        await self._http().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run(self, steps: Steps[T]) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    came = await self._carry_out(step)
                except BaseException as error:  # the steps decide what comes of it
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as end:
            value: T = end.value
            return value

    async def _carry_out(self, step: Send | Pause | Refresh | Tell) -> Answer | None:
        match step:
            case Send():
                return await self._send(step)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Refresh():
                await self._refresh(step)
            case Tell(tokens):
                await self._tell(tokens)
        return None

    async def _send(self, request: Send) -> Answer:
        try:
            async with asyncio.timeout(seconds_left(request)):
                return await self._answer(request)
        except (httpx2.RequestError, TimeoutError) as cause:
            failure = failure_of(cause)
        raise failure

    async def _answer(self, request: Send) -> Answer:
        sent = self._http().stream(
            request.method,
            self._base_url + request.path,
            headers=request.headers,
            content=request.content,
            timeout=None,
        )
        async with sent as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise too_large(response.status_code)
            return Answer(response.status_code, response.headers, bytes(content))

    def _http(self) -> httpx2.AsyncClient:
        """The connections of the running event loop: another one cannot use them."""
        loop = asyncio.get_running_loop()
        if loop not in self._connections:
            for ended in [known for known in list(self._connections) if known.is_closed()]:
                self._connections.pop(ended, None)
            self._connections[loop] = httpx2.AsyncClient(transport=self._transport, cookies=no_cookies())
        return self._connections[loop]

    async def _refresh(self, refresh: Refresh) -> None:
        """Refresh in a task of its own, or wait for the one that does so already."""
        flight, leads = self._core.turns.board()
        with suppress(TimeoutError):
            async with asyncio.timeout(refresh.patience()):
                if leads:
                    await asyncio.shield(self._started(self._lead(flight, refresh)))
                else:
                    raise_again(await asyncio.shield(asyncio.wrap_future(flight)))
            return
        raise timed_out()

    def _started(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._leading.add(task)  # an event loop itself holds its tasks only weakly
        task.add_done_callback(self._leading.discard)
        return task

    async def _lead(self, flight: Flight, refresh: Refresh) -> None:
        land = partial(self._core.turns.land, flight)
        try:
            await self._run(self._core.refresh_once(refresh, land))
        except BaseException as error:
            land(error)
            raise
        land(None)

    async def _tell(self, tokens: Tokens | None) -> None:
        if self._on_tokens is None:
            return
        with closing(self._core.turns.news(tokens, lambda one: one is self._core.held)) as news:
            failure: Exception | None = None
            for latest in news:
                try:
                    told = self._on_tokens(latest)
                    if inspect.isawaitable(told):
                        await told
                except Exception as error:  # raised once all is told
                    failure = failure or error
        if failure is not None:
            raise failure
