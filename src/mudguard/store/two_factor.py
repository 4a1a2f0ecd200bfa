"""A person's second factor: one row, read under a lock and changed by compare-and-swap on its version.

The row is the aggregate: authenticator, last accepted step, backup codes, pending setup and failures change
together or not at all, and whoever read an older version changes nothing.
"""

import dataclasses
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from mudguard.security.hashing import Cost, HashedCodes
from mudguard.store.database import StaleWriteError
from mudguard.store.rows import packed, unpacked, upsert
from mudguard.store.tables import two_factor


@dataclass(frozen=True, slots=True)
class PendingSetup:
    """A secret that was shown and not proved yet, with the backup codes shown beside it, if any; both sealed."""

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


def read(connection: Connection, person_id: str) -> TwoFactor:
    """The state, off and never touched if there is no row. Inside a transaction the row is locked."""
    row = connection.execute(
        select(two_factor).where(two_factor.c.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None:
        return TwoFactor(person_id)
    codes = pending = None
    if row.backup_digests is not None:
        codes = HashedCodes(row.backup_salt, row.backup_digests, Cost.parse(row.backup_cost))
    if row.pending_secret is not None:
        pending = PendingSetup(row.pending_secret, row.pending_codes, row.pending_until)
    return TwoFactor(
        person_id=person_id,
        version=row.version,
        secret=row.secret,
        enabled_at=row.enabled_at,
        last_step=row.last_step,
        codes=codes,
        codes_used=row.backup_used,
        pending=pending,
        totp_failures=unpacked(row.totp_failures),
        backup_failures=unpacked(row.backup_failures),
    )


def begin_setup(connection: Connection, person_id: str, pending: PendingSetup) -> bool:
    """Make `pending` the person's only pending setup, in one statement; False, nothing changed, if 2FA is on."""
    pending_values = {"pending_secret": pending.secret, "pending_codes": pending.codes, "pending_until": pending.until}
    begun = connection.execute(
        upsert(connection, two_factor)
        .values(person_id=person_id, version=1, backup_used=0, totp_failures=b"", backup_failures=b"", **pending_values)
        .on_conflict_do_update(
            index_elements=["person_id"],
            set_={**pending_values, "version": two_factor.c.version + 1},
            where=two_factor.c.enabled_at.is_(None),
        )
    )
    return begun.rowcount == 1


def save(connection: Connection, changed: TwoFactor) -> None:
    """Write `changed`, derived from what was read. Raises `StaleWriteError` if the row is no longer that version."""
    saved = connection.execute(
        update(two_factor)
        .where(two_factor.c.person_id == changed.person_id, two_factor.c.version == changed.version)
        .values(
            version=changed.version + 1,
            secret=changed.secret,
            enabled_at=changed.enabled_at,
            last_step=changed.last_step,
            backup_salt=changed.codes.salt if changed.codes else None,
            backup_digests=changed.codes.digests if changed.codes else None,
            backup_cost=str(changed.codes.cost) if changed.codes else None,
            backup_used=changed.codes_used,
            pending_secret=changed.pending.secret if changed.pending else None,
            pending_codes=changed.pending.codes if changed.pending else None,
            pending_until=changed.pending.until if changed.pending else None,
            totp_failures=packed(changed.totp_failures),
            backup_failures=packed(changed.backup_failures),
        )
    )
    if saved.rowcount != 1:
        raise StaleWriteError
