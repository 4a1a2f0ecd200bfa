"""A person's second factor: one row, read under a lock and changed by compare-and-swap on its version.

The row is the aggregate: authenticator, last accepted step, backup codes, pending setup and failures change
together or not at all, and whoever read an older version changes nothing.
"""

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from mudguard.security.hashing import Cost, HashedCodes
from mudguard.store.database import StaleWriteError
from mudguard.store.prepared import Prepared
from mudguard.store.rows import CorruptRowError, Insert, packed, unpacked, upserts
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
    """The state; off and never touched if there is no row."""
    return _state(connection, person_id, _ROW)


def lock(connection: Connection, person_id: str) -> TwoFactor:
    """The state, which nobody else changes before this transaction is over."""
    return _state(connection, person_id, _ROW_LOCKED)


def _state(connection: Connection, person_id: str, query: Prepared) -> TwoFactor:
    found = query.one(connection, {"person_id": person_id})
    if found is None:
        return TwoFactor(person_id)
    row = SimpleNamespace(**dict(zip(_COLUMNS, found, strict=True)))
    codes = pending = None
    if row.backup_digests is not None:
        codes = HashedCodes(row.backup_salt, row.backup_digests, _cost(row.backup_cost))
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


def _cost(text: str) -> Cost:
    try:
        return Cost.parse(text)
    except ValueError as error:
        raise CorruptRowError("a cost of backup codes that cannot be read") from error


def begin_setup(connection: Connection, person_id: str, pending: PendingSetup) -> bool:
    """Make `pending` the person's only pending setup, in one statement; False, nothing changed, if 2FA is on."""
    begun = _BEGIN_SETUP.run(
        connection,
        {
            "person_id": person_id,
            "version": 1,
            "backup_used": 0,
            "totp_failures": b"",
            "backup_failures": b"",
            "pending_secret": pending.secret,
            "pending_codes": pending.codes,
            "pending_until": pending.until,
        },
    )
    return begun == 1


def save(connection: Connection, changed: TwoFactor) -> None:
    """Write `changed`, derived from what was read. Raises `StaleWriteError` if the row is no longer that version."""
    codes, pending = changed.codes, changed.pending
    saved = _SAVE.run(
        connection,
        {
            "of_person": changed.person_id,
            "read_version": changed.version,
            "version": changed.version + 1,
            "secret": changed.secret,
            "enabled_at": changed.enabled_at,
            "last_step": changed.last_step,
            "backup_salt": codes.salt if codes else None,
            "backup_digests": codes.digests if codes else None,
            "backup_cost": str(codes.cost) if codes else None,
            "backup_used": changed.codes_used,
            "pending_secret": pending.secret if pending else None,
            "pending_codes": pending.codes if pending else None,
            "pending_until": pending.until if pending else None,
            "totp_failures": packed(changed.totp_failures),
            "backup_failures": packed(changed.backup_failures),
        },
    )
    if saved != 1:
        raise StaleWriteError


def _overwritten_while_off(setup: Any) -> Insert:
    """A pending setup takes the place of another, unless 2FA is on."""
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


_COLUMNS = two_factor.c.keys()
_SELECT = select(two_factor).where(two_factor.c.person_id == bindparam("person_id"))
_ROW = Prepared(_SELECT)
_ROW_LOCKED = Prepared(_SELECT.with_for_update())
_BEGIN_SETUP = Prepared(upserts(two_factor, _overwritten_while_off))
_SAVE = Prepared(
    update(two_factor)
    .where(two_factor.c.person_id == bindparam("of_person"), two_factor.c.version == bindparam("read_version"))
    .values({column.name: bindparam(column.name) for column in two_factor.c if column.name != "person_id"})
)
