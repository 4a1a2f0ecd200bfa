"""Time-based one-time passwords: RFC 6238 over RFC 4226 with SHA-1, 6 digits, 30 seconds."""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = 6
PERIOD = 30
"""Seconds a step lasts (RFC 6238 section 4.1, the default X)."""

SECRET_BYTES = 20
"""160 bits, the length RFC 4226 section 4 (R6) recommends."""

WINDOW = 1
"""Accepted steps on either side of the server's step (RFC 6238 section 5.2)."""

DRIFT_WINDOW = 10
"""Steps on either side in which a code is recognised, to say how far a clock is off. They are never accepted."""


@dataclass(frozen=True, slots=True)
class Right:
    """The code is right and its step is later than every accepted one. `step` is now the last accepted."""

    step: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """The code is right, but its step, or a later one, was accepted before (RFC 6238 section 5.2)."""


@dataclass(frozen=True, slots=True)
class Adrift:
    """The code is wrong, but right for a clock that is `seconds` ahead (positive) or behind (negative)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code matches no step near this one."""


Verdict = Right | Replayed | Adrift | Wrong


def hotp(secret: bytes, counter: int, *, digits: int = DIGITS) -> str:
    """The HOTP value of `counter` as a decimal string of `digits` characters (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    truncated = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(truncated % 10**digits).zfill(digits)


def step_at(now_ms: int) -> int:
    """The time step of `now_ms`, in milliseconds since 1970 (RFC 6238 section 4.2)."""
    return now_ms // (PERIOD * 1000)


def judge(secret: bytes, code: str, *, now_ms: int, last_step: int | None, measure_drift: bool = False) -> Verdict:
    """Judge `code` at `now_ms`, given the last accepted step of this authenticator.

    Every candidate step is compared in constant time. With `measure_drift`, also looks for a code up to `DRIFT_WINDOW`
    steps away. Such a code still fails, but the answer can say how far the clock is off.
    """
    current = step_at(now_ms)
    matched = [step for step in _around(current, WINDOW) if _same(hotp(secret, step), code)]
    if matched:
        fresh = [step for step in matched if last_step is None or step > last_step]
        return Right(min(fresh)) if fresh else Replayed()
    if measure_drift:
        adrift = [step for step in _around(current, DRIFT_WINDOW) if _same(hotp(secret, step), code)]
        if adrift:
            return Adrift((min(adrift, key=lambda step: abs(step - current)) - current) * PERIOD)
    return Wrong()


def base32(secret: bytes) -> str:
    """`secret` as unpadded base32, which authenticator apps read (RFC 4648 section 6)."""
    return base64.b32encode(secret).decode().rstrip("=")


def in_groups(text: str, size: int = 4) -> str:
    """`text` in groups of `size`, so that a person can type it."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def _around(step: int, distance: int) -> Iterator[int]:
    return (candidate for candidate in range(step - distance, step + distance + 1) if candidate >= 0)


def _same(expected: str, code: str) -> bool:
    return hmac.compare_digest(expected.encode(), code.encode())
