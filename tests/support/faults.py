"""Real faults: a database that is locked by somebody, or gone, and comes back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from mudguard.store.postgresql import backend
from mudguard.store.sqlite import writer
from mudguard.store.tables import metadata
from tests.support.server import Server

_PATIENCE_SECONDS = 0.02


@contextmanager
def database_gone(server: Server) -> Iterator[None]:
    """The database is out of reach, also for connections that are there already."""
    with (_file_away if server.database.is_sqlite else _closed_to_all)(server):
        yield


@contextmanager
def database_locked(server: Server) -> Iterator[None]:
    """Somebody else keeps everybody from writing. The server's patience is cut, so that tests need none."""
    with (_file_locked if server.database.is_sqlite else _tables_locked)(server):
        yield


@contextmanager
def _file_away(server: Server) -> Iterator[None]:
    path = Path(str(server.database.url.database))
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


@contextmanager
def _closed_to_all(server: Server) -> Iterator[None]:
    name = str(server.database.url.database)
    admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    other_database = server.database.url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(other_database, autocommit=True) as other:
        other.execute(admit.format(sql.Identifier(name), False))
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            other.execute(admit.format(sql.Identifier(name), True))


@contextmanager
def _file_locked(server: Server) -> Iterator[None]:
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(sqlite3.connect(str(server.database.url.database), isolation_level=None)) as other,
    ):
        patch.setattr(writer, "PATIENCE_SECONDS", _PATIENCE_SECONDS)
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _tables_locked(server: Server) -> Iterator[None]:
    tables = sql.SQL(", ").join(map(sql.Identifier, metadata.tables))
    begin = (*backend.BEGIN, f"SET LOCAL lock_timeout = '{int(_PATIENCE_SECONDS * 1000)}ms'")
    with (
        pytest.MonkeyPatch.context() as patch,
        psycopg.connect(server.database.url.render_as_string(hide_password=False)) as other,
    ):
        patch.setattr(backend, "BEGIN", begin)
        other.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(tables))
        yield
