"""The client for asyncio: how it carries steps out."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from mudguard_client.answers import Answer
from mudguard_client.client import DEFAULT_ADDRESS, Client, as_client_errors, seconds_left
from mudguard_client.core import Pause, Refresh, Send, Steps, Tell
from mudguard_client.endpoints import Awaited
from mudguard_client.tokens import Tokens

T = TypeVar("T")


class AsyncMudbaseClient(Client[Awaited]):
    """The client for asyncio: all that `MudbaseClient` has, to be awaited. Tasks may share it.

    ```python
    async with AsyncMudbaseClient() as client:
        await client.auth.login(email=email, password=password)
        setup = await client.users.setup2fa()
    ```

    It takes the same arguments; `on_tokens` may be a coroutine function. A call that is cancelled or out of time
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
        self._http = httpx2.AsyncClient(transport=transport)
        self._flights = _Tasks()
        super().__init__(base_url, timeout=timeout, retries=retries, tokens=tokens)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

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
                told = self._on_tokens(tokens) if self._on_tokens is not None else None
                if inspect.isawaitable(told):
                    await told
        return None

    async def _send(self, request: Send) -> Answer:
        with as_client_errors():
            async with asyncio.timeout(seconds_left(request)):
                response = await self._http.request(
                    request.method,
                    self._base_url + request.path,
                    headers=request.headers,
                    content=request.content,
                    timeout=None,
                )
        return Answer(response.status_code, response.headers, response.content)

    async def _refresh(self, refresh: Refresh) -> None:
        """Refresh in a task of its own, or wait for the one that does so already."""
        task = self._flights.join(lambda: self._run(self._core.refresh_once(refresh.stale)))
        with as_client_errors():
            async with asyncio.timeout(refresh.deadline.left()):
                await asyncio.shield(task)


class _Tasks:
    """The one refresh that may be under way in a client, for tasks."""

    def __init__(self) -> None:
        self._current: asyncio.Task[None] | None = None

    def join(self, start: Callable[[], Any]) -> asyncio.Task[None]:
        """The refresh under way, started if there is none."""
        if self._current is None or self._current.done():
            self._current = asyncio.ensure_future(start())
            self._current.add_done_callback(self._over)
        return self._current

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more
