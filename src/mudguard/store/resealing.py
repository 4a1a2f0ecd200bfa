"""Moving what is sealed from one key to another, online: in small transactions, resumable at any point."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select, update

from mudguard.rules.purposes import AUDIT_KEY, AUDIT_KEY_OWNER, AUTHENTICATOR_SECRET, PENDING_BACKUP_CODES
from mudguard.security.keyring import KEY_ID_BYTES
from mudguard.security.sealing import Seal, UnreadableError, key_id_of
from mudguard.store.database import Database, StaleWriteError
from mudguard.store.tables import instance, two_factor

_AT_ONCE = 100
_KEY_ID_POSITION = 2
"""Where the key's id stands in a sealed value, counted from 1 as SQL does."""

_SEALED = {
    two_factor.c.secret: AUTHENTICATOR_SECRET,
    two_factor.c.pending_secret: AUTHENTICATOR_SECRET,
    two_factor.c.pending_codes: PENDING_BACKUP_CODES,
}


def uses(connection: Connection) -> Counter[bytes]:
    """How many values each key seals, by its id."""
    counted: Counter[bytes] = Counter()
    for column in (*_SEALED, instance.c.audit_key):
        key_id = func.substr(column, _KEY_ID_POSITION, KEY_ID_BYTES)
        for found, number in connection.execute(
            select(key_id, func.count()).where(column.is_not(None)).group_by(key_id)
        ):
            counted[bytes(found)] += number
    return counted


def reseal_all(database: Database, seal: Seal) -> Iterator[int]:
    """Seal with the current key whatever another key sealed; yields how many rows each step has moved.

    Raises `UnreadableError`, which names the owner of what cannot be moved.
    """
    yield database.transact(lambda connection: _reseal_audit_key(connection, seal))
    while moved := database.transact(lambda connection: _reseal_some(connection, seal)):
        yield moved


def _reseal_some(connection: Connection, seal: Seal) -> int:
    current = seal.current_key_id
    is_sealed_otherwise = or_(*(func.substr(column, _KEY_ID_POSITION, KEY_ID_BYTES) != current for column in _SEALED))
    rows = connection.execute(
        select(two_factor.c.person_id, two_factor.c.version, *_SEALED).where(is_sealed_otherwise).limit(_AT_ONCE)
    ).all()
    for person_id, version, *values in rows:
        resealed = {
            column.name: _resealed(seal, value, person_id, purpose)
            for (column, purpose), value in zip(_SEALED.items(), values, strict=True)
            if value is not None and key_id_of(value) != current
        }
        moved = connection.execute(
            update(two_factor)
            .where(two_factor.c.person_id == person_id, two_factor.c.version == version)
            .values(version=version + 1, **resealed)
        )
        if moved.rowcount != 1:
            raise StaleWriteError
    return len(rows)


def _reseal_audit_key(connection: Connection, seal: Seal) -> int:
    sealed = connection.scalars(select(instance.c.audit_key)).one()
    if key_id_of(sealed) == seal.current_key_id:
        return 0
    connection.execute(update(instance).values(audit_key=_resealed(seal, sealed, AUDIT_KEY_OWNER, AUDIT_KEY)))
    return 1


def _resealed(seal: Seal, value: bytes, owner: str, purpose: str) -> bytes:
    try:
        return seal.close(seal.open(value, owner=owner, purpose=purpose), owner=owner, purpose=purpose)
    except UnreadableError as error:
        raise UnreadableError(f"{error} ({owner})") from error
