"""Slow hashes: passwords and backup codes, argon2id with OWASP's parameters by default."""

import os
from dataclasses import dataclass

from argon2 import PasswordHasher as Argon2Hasher
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret_raw

from mudguard.rules.backup_codes import DIGEST_BYTES, SALT_BYTES
from mudguard.rules.passwords import normalised
from mudguard.security.hashing_pool import HashingPool


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """argon2id's parameters: memory in KiB, passes over it. The defaults are OWASP's (19 MiB, two passes)."""

    memory_kib: int = 19 * 1024
    passes: int = 2

    def __str__(self) -> str:
        return f"m={self.memory_kib},t={self.passes}"

    @classmethod
    def parse(cls, text: str) -> "Argon2Parameters":
        """The parameters in a text that `str` wrote."""
        memory, passes = (int(part.partition("=")[2]) for part in text.split(","))
        return cls(memory, passes)


class PasswordHasher:
    """Hashes and checks passwords. It takes the same time for unknown people."""

    def __init__(self, cost: Argon2Parameters, pool: HashingPool) -> None:
        self._hasher = Argon2Hasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1, type=Type.ID)
        self._decoy = self._hasher.hash(os.urandom(16).hex())
        self._pool = pool

    async def hash(self, password: str) -> str:
        """The hash to store, in PHC form: salt and parameters are in it. Raises `OverloadedError`."""
        return await self._pool.run(lambda: self._hasher.hash(normalised(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether `password` matches `stored`. If nothing is stored the answer is no, after the same time.

        Raises `OverloadedError`.
        """
        return await self._pool.run(lambda: self._verified(stored, password))

    def _verified(self, stored: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(stored or self._decoy, normalised(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` has other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


@dataclass(frozen=True, slots=True)
class HashedCodes:
    """A set of backup codes as stored: one salt, a digest for each code, and their parameters."""

    salt: bytes
    digests: bytes
    cost: Argon2Parameters

    def digest_list(self) -> list[bytes]:
        """The digests, in the order of the codes."""
        return [self.digests[start : start + DIGEST_BYTES] for start in range(0, len(self.digests), DIGEST_BYTES)]


class BackupCodeHasher:
    """Hashes backup codes. A set has one salt, so that a typed code is hashed once (ASVS 6.5.2)."""

    def __init__(self, cost: Argon2Parameters, pool: HashingPool) -> None:
        self._cost = cost
        self._pool = pool

    async def hash_set(self, codes: tuple[str, ...]) -> HashedCodes:
        """Hash the set. Raises `OverloadedError`."""
        salt = os.urandom(SALT_BYTES)
        digests = await self._pool.map(lambda code: _digest(code, salt, self._cost), codes)
        return HashedCodes(salt, b"".join(digests), self._cost)

    async def digest(self, code: str, hashed: HashedCodes) -> bytes:
        """The digest that `code` would have in the set `hashed`. Raises `OverloadedError`."""
        return await self._pool.run(lambda: _digest(code, hashed.salt, hashed.cost))


def _digest(code: str, salt: bytes, cost: Argon2Parameters) -> bytes:
    return hash_secret_raw(
        code.encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=1,
        hash_len=DIGEST_BYTES,
        type=Type.ID,
    )
