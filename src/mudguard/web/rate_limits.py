"""Rate limits per address, which shed load. Limits per account are in the database."""

import time
from collections.abc import Callable
from enum import StrEnum, auto

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool

from mudguard.authn.callers import Visitor
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.web.errors import RefusedError

SHARED_TIMEOUT_SECONDS = 0.25
SHARED_PAUSE_SECONDS = 5.0
"""After a failure the shared limits are not used for this long."""

log = structlog.get_logger(__name__)


class RateLimitedAction(StrEnum):
    """Actions with a limit per address."""

    LOGIN = auto()
    CHALLENGE = auto()
    REGISTER = auto()
    REFRESH = auto()


PER_MINUTE = {
    RateLimitedAction.LOGIN: 60,
    RateLimitedAction.CHALLENGE: 60,
    RateLimitedAction.REGISTER: 20,
    RateLimitedAction.REFRESH: 120,
}
"""Requests that one address may make in any minute."""


class AddressLimits:
    """Limits per address, in this process or, through Valkey or Redis, across all processes."""

    def __init__(self, *, enabled: bool, shared_url: str = "", timer: Callable[[], float] = time.monotonic) -> None:
        self._enabled = enabled
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared = _SharedLimits(shared_url, timer) if shared_url else None

    async def check(self, action: RateLimitedAction, visitor: Visitor) -> None:
        """Count a request. Raises `RefusedError` when the address has reached its limit."""
        if not self._enabled:
            return
        item = RateLimitItemPerMinute(PER_MINUTE[action])
        wait = await self._shared.wait(item, action, visitor.address) if self._shared else None
        if wait is None:
            wait = self._local_wait(item, action, visitor.address)
        if wait:
            raise RefusedError(Refused(ErrorCode.RATE_LIMITED, retry_after=wait))

    async def close(self) -> None:
        """Close the connections to the shared store."""
        if self._shared:
            await self._shared.close()

    def _local_wait(self, item: RateLimitItem, action: RateLimitedAction, address: str) -> int:
        if self._local.hit(item, action, address):
            return 0
        return _seconds_until(self._local.get_window_stats(item, action, address).reset_time)


class _SharedLimits:
    """Limits that several processes share. While their store is unavailable, nothing waits for it."""

    def __init__(self, url: str, timer: Callable[[], float]) -> None:
        self._pool = ConnectionPool.from_url(
            url.replace("valkey", "redis", 1),
            socket_timeout=SHARED_TIMEOUT_SECONDS,
            socket_connect_timeout=SHARED_TIMEOUT_SECONDS,
        )
        storage = RedisStorage(
            "async+redis://",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="mudguard",
            connection_pool=self._pool,  # type: ignore[arg-type]  # passed to the client unchanged
        )
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._timer = timer
        self._away_until = 0.0
        self._has_warned = False

    async def wait(self, item: RateLimitItem, action: RateLimitedAction, address: str) -> int | None:
        """Seconds to wait, 0 if the request may pass, None if the shared limits cannot say."""
        if self._timer() < self._away_until:
            return None
        try:
            passes = await self._limiter.hit(item, action, address)
            wait = 0 if passes else _seconds_until((await self._limiter.get_window_stats(item, action, address))[0])
        except StorageError as error:
            self._away_until = self._timer() + SHARED_PAUSE_SECONDS
            if not self._has_warned:
                log.warning(
                    "shared limits are away; each process limits by itself", reason=type(error.storage_error).__name__
                )
            self._has_warned = True
            return None
        if self._has_warned:
            log.info("shared limits are back")
        self._has_warned = False
        return wait

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def _seconds_until(reset_time: float) -> int:
    return max(1, int(reset_time - time.time()) + 1)
