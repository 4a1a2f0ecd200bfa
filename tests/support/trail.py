"""The audit trail as whoever owns the tables can reach it: read whole, checked, and, its guard off, tampered with."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, inspect, select, text, update

from mudguard.security import keyring
from mudguard.security.field_cipher import FieldCipher
from mudguard.store import audit_check, instance
from mudguard.store.database import Database
from mudguard.store.tables import security_events
from tests.support.inspection import Inspection
from tests.support.server import Server

Row = dict[str, Any]

_TRIGGERS = {
    "sqlite": ["security_events_no_update", "security_events_no_delete"],
    "postgresql": ["security_events_append_only ON security_events"],
}


class Tampering:
    """What an attacker does who may do everything with the database and has no key ring."""

    def __init__(self, database: Inspection) -> None:
        self._database = database
        for trigger in _TRIGGERS[database.engine.dialect.name]:
            self.run(text(f"DROP TRIGGER {trigger}"))

    def run(self, statement: Any) -> None:
        """Execute and commit."""
        self._database.execute(statement)

    def set(self, table: Table, where: ColumnElement[bool], **columns: object) -> None:
        """Alter rows."""
        self.run(update(table).where(where).values(columns))

    def remove(self, table: Table, where: ColumnElement[bool]) -> None:
        """Remove rows."""
        self.run(delete(table).where(where))

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self.run(insert(table).values(dict(row)))


def rows(database: Inspection, table: Table = security_events) -> list[Row]:
    """The rows of a table; of events in the order of their streams."""
    order = (table.c.stream, table.c.position) if table is security_events else inspect(table).primary_key
    return database.rows(select(table).order_by(*order))


def problems(database: Inspection, seal: FieldCipher) -> list[str]:
    """What a check of the trail finds."""

    async def check(opened: Database) -> list[str]:
        async with opened.snapshot() as connection:
            key = await instance.audit_key(connection, seal)
            return [problem async for problem in audit_check.problems(connection, key)]

    return database.wait_for(check)


def problems_at(server: Server) -> list[str]:
    """What a check of a server's trail finds."""
    return problems(server.inspect(), FieldCipher(keyring.load(server.settings.keyring_path)))
