"""Backup codes: ten look-up secrets of eight digits, each valid once (NIST SP 800-63B-4 section 3.1.2)."""

import hmac
from collections.abc import Callable, Sequence

COUNT = 10
DIGITS = 8
DIGEST_BYTES = 32
SALT_BYTES = 16


def new_set(randbelow: Callable[[int], int]) -> tuple[str, ...]:
    """Ten different codes. `randbelow(n)` must be a secure source, uniform over 0 to n - 1."""
    codes: dict[str, None] = {}
    while len(codes) < COUNT:
        codes[str(randbelow(10**DIGITS)).zfill(DIGITS)] = None
    return tuple(codes)


def position(digest: bytes, digests: Sequence[bytes]) -> int | None:
    """The index of `digest` in a set; None if it is not there. Compares every member in constant time."""
    found = None
    for index, candidate in enumerate(digests):
        if hmac.compare_digest(candidate, digest):
            found = index
    return found


def is_used(used: int, index: int) -> bool:
    """Whether the bit mask `used` marks the code at `index` as spent."""
    return bool(used >> index & 1)


def spend(used: int, index: int) -> int:
    """The bit mask `used` with the code at `index` spent."""
    return used | 1 << index


def remaining(used: int) -> int:
    """How many codes of a set are still unused."""
    return COUNT - used.bit_count()
