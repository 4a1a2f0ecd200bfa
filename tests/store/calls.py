"""Calling the store's queries from tests that are no coroutines: each in a transaction, or read, of its own."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table, func, select, text
from sqlalchemy.sql.expression import Executable

from mudguard.store.connection import Connection
from mudguard.store.database import Database, Transaction
from mudguard.store.faults import StaleWriteError
from mudguard.store.records import first_column
from mudguard.store.statements import Query, Statement
from tests.support.loop import wait

T = TypeVar("T")


def transact(database: Database, transaction: Transaction[T]) -> T:
    """What `transaction` gives, once it is committed."""
    return wait(database.transact(transaction))


def write(database: Database, query: Callable[..., Awaitable[T]], *arguments: object, **named: object) -> T:
    """What `query` gives, called with a connection and these arguments, in a transaction that is committed."""

    async def call(connection: Connection) -> T:
        return await query(connection, *arguments, **named)

    return wait(database.transact(call))


def read(database: Database, query: Callable[..., Awaitable[T]], *arguments: object, **named: object) -> T:
    """What `query` gives of what is committed."""

    async def call() -> T:
        async with database.reading() as connection:
            return await query(connection, *arguments, **named)

    return wait(call())


def is_stale(database: Database, query: Callable[..., Awaitable[Any]], *arguments: object, **named: object) -> bool:
    """Whether `query` finds that its row was changed since it was read. Nothing is kept of what it did then."""

    async def call(connection: Connection) -> bool:
        try:
            await query(connection, *arguments, **named)
        except StaleWriteError:
            return True
        return False

    return wait(database.transact(call))


def count(database: Database, table: Table) -> int:
    """How many rows `table` has."""
    return read(database, how_many, table)


async def how_many(connection: Connection, table: Table) -> int:
    """How many rows `table` has."""
    return await connection.first(_count(table)) or 0


async def execute(connection: Connection, statement: Executable | str, **values: object) -> int:
    """How many rows a statement wrote that is not of the store."""
    made: Any = text(statement) if isinstance(statement, str) else statement
    return await connection.run(Statement(made), values)


async def value(connection: Connection, statement: str, **values: object) -> Any:
    """The only value that a query in SQL finds."""
    return await connection.first(Query(text(statement), first_column), values)


@cache
def _count(table: Table) -> Query[int]:
    return Query(select(func.count()).select_from(table), first_column)
