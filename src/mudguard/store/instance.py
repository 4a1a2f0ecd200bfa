"""What the database knows of itself: the key of its audit trail, sealed, by which a key ring is known to fit, and how
many streams the trail has.
"""

import secrets

from sqlalchemy import Connection, insert, select

from mudguard.rules.events import roll_seal
from mudguard.rules.purposes import AUDIT_KEY, AUDIT_KEY_OWNER
from mudguard.security.keyring import KEY_BYTES
from mudguard.security.sealing import Seal
from mudguard.store.database import Database
from mudguard.store.tables import instance

_ONLY = 1


def has_keyring(database: Database) -> bool:
    """Whether a key ring was used with the database before."""
    with database.reading() as connection:
        return connection.scalar(select(instance.c.id)) is not None


def establish(database: Database, seal: Seal) -> None:
    """Make the audit key in an empty database; elsewhere check it. Raises `UnreadableError` for a foreign key ring."""

    def work(connection: Connection) -> None:
        if connection.scalar(select(instance.c.id)) is None:
            key = secrets.token_bytes(KEY_BYTES)
            sealed = seal.close(key, owner=AUDIT_KEY_OWNER, purpose=AUDIT_KEY)
            roll = {"audit_streams": 0, "audit_seal": roll_seal(key, 0)}
            connection.execute(insert(instance).values(id=_ONLY, audit_key=sealed, **roll))
        audit_key(connection, seal)

    database.transact(work)


def audit_key(connection: Connection, seal: Seal) -> bytes:
    """The key of the audit trail. Raises `UnreadableError` for a foreign key ring."""
    sealed = connection.scalars(select(instance.c.audit_key)).one()
    return seal.open(sealed, owner=AUDIT_KEY_OWNER, purpose=AUDIT_KEY)
