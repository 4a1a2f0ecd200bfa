"""Rows written in bulk through plain SQLAlchemy, beside a server that may be running."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Executable, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from mudguard.settings import Settings
from mudguard.store.sqlite.file import PRAGMAS

_CHUNK = 5_000
"""Rows a transaction: a server that writes meanwhile waits for no more than these."""

_WAIT_SECONDS = 30


@contextmanager
def engine_of(settings: Settings, *pragmas: str) -> Iterator[Engine]:
    """An engine for the database of `settings`. On SQLite `pragmas` are set after the server's own."""
    url = make_url(settings.effective_database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})

        @event.listens_for(engine, "connect")
        def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            for pragma in (*PRAGMAS, *pragmas):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
    else:
        engine = create_engine(url.set(drivername="postgresql+psycopg"))
    try:
        yield engine
    finally:
        engine.dispose()


def execute_many(engine: Engine, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run `statement` once for each of `rows`, some thousand in a transaction."""
    for start in range(0, len(rows), _CHUNK):
        with engine.begin() as connection:
            connection.execute(statement, rows[start : start + _CHUNK])
