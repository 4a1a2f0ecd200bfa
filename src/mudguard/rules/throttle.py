"""Counts failures in sliding windows, and never allows more than the budget in any window."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `failures` in any `seconds` seconds."""

    failures: int
    seconds: int


CODE_ATTEMPT_LIMITS = (Limit(5, 300), Limit(20, 3_600), Limit(50, 86_400))
"""Wrong codes of one person and one kind of factor."""

PASSWORDS_FROM_ONE_ADDRESS = (Limit(10, 900),)
"""Wrong passwords for one account from one address."""

PASSWORDS_FROM_STRANGERS = (Limit(100, 3_600),)
"""Wrong passwords for one account from all addresses that never signed in to it."""


def retry_after(failures_ms: Sequence[int], limits: Sequence[Limit], *, now_ms: int) -> int:
    """Seconds, rounded up, until another attempt may be made; 0 if it may be made now.

    `failures_ms` are in milliseconds, oldest first. A failure in the future (the clock was set back) counts as
    happening now: the budget stays spent, but for no longer than its window.
    """
    settled = at_the_latest(failures_ms, now_ms=now_ms)
    waits = (
        settled[-limit.failures] + limit.seconds * 1000 - now_ms for limit in limits if len(settled) >= limit.failures
    )
    return -(-max(0, 0, *waits) // 1000)


def with_failure(failures_ms: Sequence[int], limits: Sequence[Limit], *, now_ms: int) -> tuple[int, ...]:
    """The failures to keep after one more at `now_ms`. Those too old for every limit are dropped."""
    longest_ms = max(limit.seconds for limit in limits) * 1000
    most = max(limit.failures for limit in limits)
    recent = [moment for moment in at_the_latest(failures_ms, now_ms=now_ms) if moment > now_ms - longest_ms]
    return (*recent, now_ms)[-most:]


def at_the_latest(failures_ms: Sequence[int], *, now_ms: int) -> tuple[int, ...]:
    """`failures_ms` with every moment in the future moved back to `now_ms`."""
    return tuple(min(moment, now_ms) for moment in failures_ms)
