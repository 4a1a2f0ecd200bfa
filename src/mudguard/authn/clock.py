"""The server's clock."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives milliseconds since 1970."""


def milliseconds() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
