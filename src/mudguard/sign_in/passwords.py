"""Proving a password: weighed outside the transaction, where hashing may take its time, and settled inside.

However many guesses are weighed at once, they are settled one after the other, and once the budget is spent a
right one is refused like a wrong one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from mudguard.rules.identity import email_key
from mudguard.rules.refusals import Code, Refused
from mudguard.rules.throttle import (
    PASSWORDS_FROM_ONE_ADDRESS,
    PASSWORDS_FROM_STRANGERS,
    Limit,
    at_the_latest,
    retry_after,
    with_failure,
)
from mudguard.security.hashing import Passwords
from mudguard.store import password_failures, people
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.password_failures import STRANGERS, Failures
from mudguard.store.people import Person

_TOO_MANY = "Too many wrong passwords. Wait, then try again; sessions that are signed in go on."


@dataclass(frozen=True, slots=True)
class WeighedPassword:
    """What a typed password is worth once it is settled.

    `against` is the hash it was compared with, `version` that of the credentials it belongs to.
    """

    is_right: bool
    account: str
    budgets: Mapping[str, tuple[Limit, ...]]
    against: str | None = field(repr=False)
    version: int = 0

    def is_of(self, person: Person) -> bool:
        """Whether the password of `person` is the one that this was compared with, be it hashed anew since."""
        return person.password_hash == self.against or person.credentials_version == self.version


class PasswordProof:
    """Checks passwords, a limited number of times."""

    def __init__(self, hasher: Passwords, database: Database) -> None:
        self._hasher = hasher
        self._database = database

    async def weigh(
        self, realm: str, email: str, person: Person | None, password: str, *, address: str, now_ms: int
    ) -> WeighedPassword | Refused:
        """Hash `password` and compare; refuses while the budget is spent. Raises `OverloadedError`.

        After the clock was set back that is left to `settle`, which can write down that the wait begins anew.
        Where there is no such person it takes as long and ends the same way.
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
            return WeighedPassword(is_right, account, budgets, None)
        return WeighedPassword(is_right, account, budgets, person.password_hash, person.credentials_version)

    async def weigh_of(self, person: Person, password: str, *, address: str, now_ms: int) -> WeighedPassword | Refused:
        """`weigh` for a person who is known already."""
        return await self.weigh(person.realm, person.email, person, password, address=address, now_ms=now_ms)

    async def settle(
        self, connection: Connection, weighed: WeighedPassword, person: Person | None, *, wrong: Code, now_ms: int
    ) -> Refused | None:
        """None if the password was right; otherwise the refusal, with the failure counted.

        `person` is read in this transaction: a password that was changed since it was weighed is not right.
        """
        failures = await password_failures.lock(connection, weighed.account, tuple(weighed.budgets))
        spent = _spent(failures, weighed.budgets, now_ms=now_ms)
        if not spent and weighed.is_right and person is not None and weighed.is_of(person):
            return None
        for source, before in failures.items():
            limits = weighed.budgets[source]
            expires_at = now_ms + max(limit.seconds for limit in limits) * 1000
            if spent:
                after = at_the_latest(before.moments, now_ms=now_ms)
            else:
                after = with_failure(before.moments, limits, now_ms=now_ms)
            if after != before.moments:
                await password_failures.save(connection, before, after, expires_at=expires_at)
        return spent or Refused(wrong)

    async def rehashed(self, person: Person, password: str) -> str | None:
        """The hash of a right password with today's parameters; None if the stored one has them."""
        if person.password_hash is None or not self._hasher.is_outdated(person.password_hash):
            return None
        return await self._hasher.hash(password)


def _lie_ahead(failures: dict[str, Failures], *, now_ms: int) -> bool:
    """Whether the clock was set back since one of `failures`."""
    return any(each.moments != at_the_latest(each.moments, now_ms=now_ms) for each in failures.values())


def _spent(failures: dict[str, Failures], budgets: Mapping[str, tuple[Limit, ...]], *, now_ms: int) -> Refused | None:
    waits = [retry_after(failures[source].moments, limits, now_ms=now_ms) for source, limits in budgets.items()]
    return Refused(Code.TOO_MANY_ATTEMPTS, _TOO_MANY, retry_after=max(waits)) if max(waits) else None
