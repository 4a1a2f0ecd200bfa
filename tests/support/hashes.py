"""How often the servers of this process hash."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from mudguard.security.hashing_pool import HashingPool


@contextmanager
def counted_hashes() -> Iterator[list[int]]:
    """How many values each call had to hash: one for a password or a typed code, ten for a set of backup codes."""
    counts: list[int] = []
    run = HashingPool.map

    async def counting(pool: HashingPool, hashing: Callable[[Any], Any], of: Sequence[Any]) -> list[Any]:
        counts.append(len(of))
        return await run(pool, hashing, of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HashingPool, "map", counting)
        yield counts
