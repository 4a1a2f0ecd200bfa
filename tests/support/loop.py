"""An event loop in a thread, for tests that are no coroutines: `wait` may be called from any thread."""

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    """What `coroutine` gives."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop()).result(PATIENCE_SECONDS)


def _loop() -> asyncio.AbstractEventLoop:
    """The one loop, whichever thread asks first."""
    with _asking:
        return _started()


_asking = threading.Lock()


@cache
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="tests' loop", daemon=True).start()
    return loop
