"""The database's own data: the encrypted key of its audit trail, which shows whether a key ring fits, and the number of
the trail's streams.
"""

import secrets

from sqlalchemy import bindparam, insert, select, update

from mudguard.rules.events import stream_count_mac
from mudguard.rules.purposes import AUDIT_KEY, AUDIT_KEY_OWNER
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.keyring import KEY_BYTES
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.records import first_column
from mudguard.store.statements import Query, Statement
from mudguard.store.tables import instance

_ONLY = 1

_ID = Query(select(instance.c.id), first_column)
_AUDIT_KEY: Query[bytes] = Query(select(instance.c.audit_key), first_column)
_ADD = Statement(insert(instance))
_SET_AUDIT_KEY = Statement(update(instance).values(audit_key=bindparam("encrypted")))


async def is_established(connection: Connection) -> bool:
    """Whether the database was used before."""
    return await connection.first(_ID) is not None


async def has_keyring(database: Database) -> bool:
    """Whether a key ring was used with the database before."""
    async with database.reading() as connection:
        return await is_established(connection)


async def is_reachable(database: Database) -> bool:
    """Whether the database answers."""
    try:
        return await has_keyring(database)
    except DatabaseUnavailableError:
        return False


async def establish(database: Database, cipher: FieldCipher) -> None:
    """Make the audit key in an empty database, or check it. Raises `UnreadableError` for a foreign key ring."""

    async def make_or_check(connection: Connection) -> None:
        if not await is_established(connection):
            key = secrets.token_bytes(KEY_BYTES)
            encrypted = cipher.encrypt(key, owner=AUDIT_KEY_OWNER, purpose=AUDIT_KEY)
            roll = {"audit_streams": 0, "audit_seal": stream_count_mac(key, 0)}
            await connection.run(_ADD, {"id": _ONLY, "audit_key": encrypted, **roll})
        await audit_key(connection, cipher)

    await database.transact(make_or_check)


async def audit_key(connection: Connection, cipher: FieldCipher) -> bytes:
    """The key of the audit trail. Raises `UnreadableError` for a foreign key ring."""
    return cipher.decrypt(await encrypted_audit_key(connection), owner=AUDIT_KEY_OWNER, purpose=AUDIT_KEY)


async def encrypted_audit_key(connection: Connection) -> bytes:
    """The key of the audit trail, as it is stored."""
    encrypted = await connection.first(_AUDIT_KEY)
    if encrypted is None:
        raise DatabaseUnavailableError("the database is empty")
    return encrypted


async def set_audit_key(connection: Connection, encrypted: bytes) -> None:
    """Store the key of the audit trail."""
    await connection.run(_SET_AUDIT_KEY, {"encrypted": encrypted})
