"""What the database knows of itself: which key ring it belongs to."""

from sqlalchemy import Connection, insert, select

from mudguard.security.sealing import Seal
from mudguard.store.database import Database
from mudguard.store.tables import instance

_ONLY = 1
_OWNER = "instance"
_PURPOSE = "key check"
_TEXT = b"mudguard"


def has_keyring(database: Database) -> bool:
    """Whether a key ring was used with the database before."""
    with database.reading() as connection:
        return connection.scalar(select(instance.c.id).where(instance.c.id == _ONLY)) is not None


def check_keyring(database: Database, seal: Seal) -> None:
    """Seal a known text in an empty database; elsewhere open it. Raises `UnreadableError` for a foreign key ring."""

    def work(connection: Connection) -> None:
        sealed = connection.scalar(select(instance.c.key_check).where(instance.c.id == _ONLY))
        if sealed is None:
            fresh = seal.close(_TEXT, owner=_OWNER, purpose=_PURPOSE)
            connection.execute(insert(instance).values(id=_ONLY, key_check=fresh))
        else:
            seal.open(sealed, owner=_OWNER, purpose=_PURPOSE)

    database.transact(work)
