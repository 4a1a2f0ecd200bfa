"""A way into a database beside the server's: to look at what is kept, and to change what no request can."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.sql.expression import Executable

from mudguard.store.connection import Connection as StoreConnection
from mudguard.store.database import Database
from tests.support.loop import wait

T = TypeVar("T")


class Inspection:
    """Safe to use from any thread. `read` and `write` call queries of the store, all else is SQLAlchemy's."""

    def __init__(self, url: URL | str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: Engine = create_engine(
            self.url if self.is_sqlite else self.url.set(drivername="postgresql+psycopg"), poolclass=NullPool
        )
        self._database = Database(self.url, connections=2)

    def read(self, query: Callable[..., Awaitable[T]], *arguments: object, **named: object) -> T:
        """What a query of the store gives of what is committed."""

        async def ask() -> T:
            async with self._database.reading() as connection:
                return await query(connection, *arguments, **named)

        return wait(ask())

    def write(self, query: Callable[..., Awaitable[T]], *arguments: object, **named: object) -> T:
        """What a query of the store gives, in a transaction that is committed."""

        async def call(connection: StoreConnection) -> T:
            return await query(connection, *arguments, **named)

        return wait(self._database.transact(call))

    def wait_for(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """What `work` does with the database."""

        async def do() -> T:
            return await work(self._database)

        return wait(do())

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of SQLAlchemy's; what is done on it is committed at the end."""
        with self.engine.begin() as connection:
            yield connection

    def execute(self, statement: Executable) -> None:
        """Execute and commit."""
        with self.connection() as connection:
            connection.execute(statement)

    def rows(self, query: Executable) -> list[dict[str, Any]]:
        """The rows that a query finds, by column."""
        with self.connection() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def close(self) -> None:
        """Close every connection."""
        wait(self._database.close())
        self.engine.dispose()
