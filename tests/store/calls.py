"""Calling the store's queries: each in a transaction, or on a connection, of its own."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Table, func, select

from mudguard.store.database import Database

T = TypeVar("T")


def write(database: Database, query: Callable[..., T], *arguments: object, **named: object) -> T:
    """What `query` gives, called with a connection and these arguments, in a transaction that is committed."""
    return database.transact(lambda connection: query(connection, *arguments, **named))


def read(database: Database, query: Callable[..., T], *arguments: object, **named: object) -> T:
    """What `query` gives of what is committed."""
    with database.reading() as connection:
        return query(connection, *arguments, **named)


def count(database: Database, table: Table) -> int:
    """How many rows `table` has."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0
