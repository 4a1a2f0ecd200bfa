"""Re-encryption with the current key, online: in small transactions, resumable at any point."""

from collections import Counter
from collections.abc import AsyncIterator

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from mudguard.rules.purposes import AUDIT_KEY, AUDIT_KEY_OWNER, AUTHENTICATOR_SECRET, PENDING_BACKUP_CODES
from mudguard.security.field_cipher import FieldCipher, UnreadableError, key_id_of
from mudguard.security.keyring import KEY_ID_BYTES
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.instance import encrypted_audit_key, set_audit_key
from mudguard.store.records import Row
from mudguard.store.statements import Query, Update
from mudguard.store.tables import instance, two_factor

_AT_ONCE = 50
_KEY_ID_POSITION = 2
"""The position of the key's id in an encrypted value, from 1 as in SQL."""

_SEALED = {
    two_factor.c.secret: AUTHENTICATOR_SECRET,
    two_factor.c.pending_secret: AUTHENTICATOR_SECRET,
    two_factor.c.pending_codes: PENDING_BACKUP_CODES,
}


def _key_id(column: ColumnElement[bytes]) -> ColumnElement[bytes]:
    return func.substr(column, _KEY_ID_POSITION, KEY_ID_BYTES)


def _usage(column: ColumnElement[bytes]) -> Query[tuple[bytes, int]]:
    """How many values of a column each key encrypted."""
    key_id = _key_id(column)
    return Query(
        select(key_id, func.count()).where(column.is_not(None)).group_by(key_id), lambda row: (bytes(row[0]), row[1])
    )


_USAGES = [_usage(column) for column in (*_SEALED, instance.c.audit_key)]
_ENCRYPTED_WITH_ANOTHER_KEY: Query[Row] = Query(
    select(two_factor.c.person_id, two_factor.c.version, *_SEALED)
    .where(or_(*(_key_id(column) != bindparam("current", type_=column.type) for column in _SEALED)))
    .limit(bindparam("most")),
    tuple,
)
_CHANGE = Update(
    two_factor, two_factor.c.person_id == bindparam("of_person"), two_factor.c.version == bindparam("version_read")
)


async def uses(connection: Connection) -> Counter[bytes]:
    """How many values each key encrypted, by its id."""
    counted: Counter[bytes] = Counter()
    for usage in _USAGES:
        for key_id, number in await connection.all(usage):
            counted[key_id] += number
    return counted


async def reencrypt_all(database: Database, cipher: FieldCipher) -> AsyncIterator[int]:
    """Encrypt with the current key everything that another key encrypted. Yields each step's number of rows.

    Raises `UnreadableError`, which names the owner of a value that cannot be decrypted.
    """

    async def reencrypt_audit_key(connection: Connection) -> int:
        encrypted = await encrypted_audit_key(connection)
        if key_id_of(encrypted) == cipher.current_key_id:
            return 0
        await set_audit_key(connection, _reencrypted(cipher, encrypted, AUDIT_KEY_OWNER, AUDIT_KEY))
        return 1

    yield await database.transact(reencrypt_audit_key)
    while rows := await _encrypted_with_another_key(database, cipher):

        async def reencrypt_some(connection: Connection, rows: list[Row] = rows) -> int:
            return sum([await _reencrypt(connection, cipher, row) for row in rows])

        yield await database.transact(reencrypt_some)


async def _encrypted_with_another_key(database: Database, cipher: FieldCipher) -> list[Row]:
    """Rows of other keys, searched outside the write transaction so that the search blocks no writer."""
    async with database.reading_at_length() as connection:
        return await connection.all(_ENCRYPTED_WITH_ANOTHER_KEY, {"current": cipher.current_key_id, "most": _AT_ONCE})


async def _reencrypt(connection: Connection, cipher: FieldCipher, row: Row) -> int:
    """How many rows were re-encrypted: none if the row changed since it was read. It is found again later."""
    person_id, version, *values = row
    reencrypted = {
        column.name: _reencrypted(cipher, value, person_id, purpose)
        for (column, purpose), value in zip(_SEALED.items(), values, strict=True)
        if value is not None and key_id_of(value) != cipher.current_key_id
    }
    changes = {"version": version + 1, **reencrypted}
    return await connection.run(_CHANGE.of(changes), {"of_person": person_id, "version_read": version, **changes})


def _reencrypted(cipher: FieldCipher, value: bytes, owner: str, purpose: str) -> bytes:
    try:
        return cipher.encrypt(cipher.decrypt(value, owner=owner, purpose=purpose), owner=owner, purpose=purpose)
    except UnreadableError as error:
        raise UnreadableError(f"{error} ({owner})") from error
