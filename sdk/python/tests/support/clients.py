"""Both clients behind one face, so that each test of behaviour runs on each."""

import asyncio
from collections.abc import Callable, Coroutine
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from mudguard_client import AsyncMudbaseClient, MudbaseClient, Tokens

Player = Callable[..., "BlockingPlayer | AsyncPlayer"]


class BlockingPlayer:
    """Calls the operations of a `MudbaseClient` by name."""

    def __init__(self, url: str, **options: Any) -> None:
        self.client = MudbaseClient(url, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def call(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """What an operation brings."""
        return attrgetter(operation)(self.client)(*args, **kwargs)

    def complete(self, error: Any, code: str) -> Any:
        """Finish a sign-in."""
        return error.complete(code)

    def tokens(self) -> Tokens | None:
        """What the client holds."""
        return self.client.get_tokens()


class AsyncPlayer:
    """Calls the operations of an `AsyncMudbaseClient` by name, on an event loop of its own."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self.client = AsyncMudbaseClient(url, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self.client.aclose())
        self._runner.close()

    def call(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """What an operation brings."""
        return self._runner.run(_awaited(attrgetter(operation)(self.client)(*args, **kwargs)))

    def complete(self, error: Any, code: str) -> Any:
        """Finish a sign-in."""
        return self._runner.run(_awaited(error.complete(code)))

    def tokens(self) -> Tokens | None:
        """What the client holds."""
        return self.client.get_tokens()


async def _awaited(work: Coroutine[Any, Any, Any]) -> Any:
    return await work
