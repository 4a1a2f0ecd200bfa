"""Checks passwords: hashed outside the transaction, because hashing is slow, and recorded inside it.

Guesses may be checked at once, but are recorded one after the other. Once the budget is spent, a right password is
refused like a wrong one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from mudguard.rules.identity import email_key
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.throttle import (
    PASSWORDS_FROM_ONE_ADDRESS,
    PASSWORDS_FROM_STRANGERS,
    Limit,
    at_the_latest,
    retry_after,
    with_failure,
)
from mudguard.security.hashing import PasswordHasher
from mudguard.store import password_failures, people
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.password_failures import STRANGERS, Failures
from mudguard.store.people import Person

_TOO_MANY = "Too many wrong passwords. Wait, then try again; sessions that are signed in go on."


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """A typed password, compared but not recorded yet.

    `against` is the hash it was compared with, `version` the version of the credentials. `rehashed` is the hash of a
    right password with today's parameters, if the stored hash has others.
    """

    is_right: bool
    account: str
    budgets: Mapping[str, tuple[Limit, ...]]
    against: str | None = field(repr=False)
    version: int = 0
    rehashed: str | None = field(default=None, repr=False)

    def is_of(self, person: Person) -> bool:
        """Whether `person` still has the password of this check. Its hash may be newer."""
        return person.password_hash == self.against or person.credentials_version == self.version


class PasswordChecker:
    """Checks passwords and limits wrong ones."""

    def __init__(self, hasher: PasswordHasher, database: Database) -> None:
        self._hasher = hasher
        self._database = database

    async def check(
        self, realm: str, email: str, person: Person | None, password: str, *, address: str, now_ms: int
    ) -> PasswordCheck | Refused:
        """Hash `password` and compare. Refuses while the budget is spent. Raises `OverloadedError`.

        After the clock was set back, `record` refuses instead, since it can write that the wait begins again. If there
        is no such person, it takes as long and has the same result.
        """
        account = hashlib.sha256(f"{realm}\0{email_key(email)}".encode()).hexdigest()
        budgets: dict[str, tuple[Limit, ...]] = {address: PASSWORDS_FROM_ONE_ADDRESS}
        async with self._database.reading() as connection:
            if person is None or not await people.knows_address(connection, person.id, address):
                budgets[STRANGERS] = PASSWORDS_FROM_STRANGERS
            failures = await password_failures.read(connection, account, tuple(budgets))
        spent = _spent(failures, budgets, now_ms=now_ms)
        if spent and not _lie_ahead(failures, now_ms=now_ms):
            return spent
        is_right = await self._hasher.matches(person.password_hash if person else None, password)
        if person is None:
            return PasswordCheck(is_right, account, budgets, None)
        rehashed = await self._rehashed(person, password) if is_right else None
        return PasswordCheck(is_right, account, budgets, person.password_hash, person.credentials_version, rehashed)

    async def record(
        self, connection: Connection, check: PasswordCheck, person: Person | None, *, wrong: ErrorCode, now_ms: int
    ) -> Refused | None:
        """None if the password was right; otherwise the refusal, with the failure counted.

        `person` is read in this transaction: a password changed since the check is not right.
        """
        failures = await password_failures.lock(connection, check.account, tuple(check.budgets))
        spent = _spent(failures, check.budgets, now_ms=now_ms)
        if not spent and check.is_right and person is not None and check.is_of(person):
            if check.rehashed:
                await people.rehash_password(connection, person.id, check.against, check.version, check.rehashed)
            return None
        for source, before in failures.items():
            limits = check.budgets[source]
            expires_at = now_ms + max(limit.seconds for limit in limits) * 1000
            if spent:
                after = at_the_latest(before.moments, now_ms=now_ms)
            else:
                after = with_failure(before.moments, limits, now_ms=now_ms)
            if after != before.moments:
                await password_failures.save(connection, before, after, expires_at=expires_at)
        return spent or Refused(wrong)

    async def _rehashed(self, person: Person, password: str) -> str | None:
        """The hash of a right password with today's parameters; None if the stored one has them."""
        if person.password_hash is None or not self._hasher.is_outdated(person.password_hash):
            return None
        return await self._hasher.hash(password)


def _lie_ahead(failures: dict[str, Failures], *, now_ms: int) -> bool:
    """Whether one of `failures` is in the future, because the clock was set back."""
    return any(each.moments != at_the_latest(each.moments, now_ms=now_ms) for each in failures.values())


def _spent(failures: dict[str, Failures], budgets: Mapping[str, tuple[Limit, ...]], *, now_ms: int) -> Refused | None:
    waits = [retry_after(failures[source].moments, limits, now_ms=now_ms) for source, limits in budgets.items()]
    return Refused(ErrorCode.TOO_MANY_ATTEMPTS, _TOO_MANY, retry_after=max(waits)) if max(waits) else None
