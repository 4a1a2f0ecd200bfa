"""A person's second factor: one row, read under a lock and changed by compare-and-swap on its version.

The row is the aggregate: authenticator, last accepted step, backup codes, pending setup and failures change together or
not at all. A transaction that read an older version changes nothing.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from mudguard.security.hashing import HashedCodes
from mudguard.store.connection import Connection
from mudguard.store.faults import StaleWriteError
from mudguard.store.records import Record
from mudguard.store.statements import Query, Statement, Upsert, upserts
from mudguard.store.tables import two_factor


@dataclass(frozen=True, slots=True)
class PendingSetup:
    """A secret that was shown but not proved yet, and the backup codes shown with it, if any. Both are encrypted."""

    secret: bytes = dataclasses.field(repr=False)
    codes: bytes | None = dataclasses.field(repr=False)
    until: int


@dataclass(frozen=True, slots=True)
class TwoFactor:
    """The state of a person's second factor. It is on when `enabled_at` is set; then `secret` and `codes` are."""

    person_id: str
    version: int = 0
    secret: bytes | None = dataclasses.field(default=None, repr=False)
    enabled_at: int | None = None
    last_step: int | None = None
    codes: HashedCodes | None = dataclasses.field(default=None, repr=False)
    codes_used: int = 0
    pending: PendingSetup | None = None
    totp_failures: tuple[int, ...] = ()
    backup_failures: tuple[int, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether sign-in asks for the second factor."""
        return self.enabled_at is not None


_STATE = Record(
    TwoFactor,
    two_factor.c.person_id,
    two_factor.c.version,
    two_factor.c.secret,
    two_factor.c.enabled_at,
    two_factor.c.last_step,
    Record(HashedCodes, two_factor.c.backup_salt, two_factor.c.backup_digests, two_factor.c.backup_cost),
    two_factor.c.backup_used,
    Record(PendingSetup, two_factor.c.pending_secret, two_factor.c.pending_codes, two_factor.c.pending_until),
    two_factor.c.totp_failures,
    two_factor.c.backup_failures,
)
_SELECT = select(*_STATE.columns).where(two_factor.c.person_id == bindparam("of_person"))
_READ = Query(_SELECT, _STATE.read)
_LOCK = Query(_SELECT.with_for_update(), _STATE.read)
_SAVE = Statement(
    update(two_factor)
    .where(two_factor.c.person_id == bindparam("of_person"), two_factor.c.version == bindparam("version_read"))
    .values({column.name: bindparam(column.name, type_=column.type) for column in two_factor.c})
)


def _overwritten_while_off(setup: Any) -> Upsert:
    """A pending setup replaces another, unless 2FA is on."""
    fresh = setup.excluded
    return setup.on_conflict_do_update(  # type: ignore[no-any-return]  # of either dialect
        index_elements=["person_id"],
        set_={
            "pending_secret": fresh.pending_secret,
            "pending_codes": fresh.pending_codes,
            "pending_until": fresh.pending_until,
            "version": two_factor.c.version + 1,
        },
        where=two_factor.c.enabled_at.is_(None),
    )


_BEGIN_SETUP = Statement(upserts(two_factor, _overwritten_while_off))


async def read(connection: Connection, person_id: str) -> TwoFactor:
    """The state. Without a row it is off and was never changed."""
    return await connection.first(_READ, {"of_person": person_id}) or TwoFactor(person_id)


async def lock(connection: Connection, person_id: str) -> TwoFactor:
    """The state, locked until this transaction is over."""
    return await connection.first(_LOCK, {"of_person": person_id}) or TwoFactor(person_id)


async def begin_setup(connection: Connection, person_id: str, pending: PendingSetup) -> bool:
    """Make `pending` the only pending setup, in one statement. False, and nothing changed, if 2FA is on."""
    begun = TwoFactor(person_id, version=1, pending=pending)
    return await connection.run(_BEGIN_SETUP, _STATE.values(begun, two_factor)) == 1


async def save(connection: Connection, changed: TwoFactor) -> None:
    """Write `changed`, derived from what was read. Raises `StaleWriteError` if the row's version has changed."""
    values = _STATE.values(dataclasses.replace(changed, version=changed.version + 1), two_factor)
    if await connection.run(_SAVE, {**values, "of_person": changed.person_id, "version_read": changed.version}) != 1:
        raise StaleWriteError
