"""Real faults: a database that is locked by somebody, or gone, and comes back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from mudguard.store import postgresql
from mudguard.store.tables import metadata
from tests.support.server import Server

_PATIENCE_MS = 20


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
    """A folder of the file's name sees to it that no empty one is made instead."""
    path = Path(str(server.database.url.database))
    aside = path.with_suffix(".aside")
    server.database.close()
    path.rename(aside)
    while not path.is_dir():
        path.unlink(missing_ok=True)  # the server may have made an empty file there in between
        with suppress(FileExistsError):
            path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        aside.rename(path)
        server.database.close()


@contextmanager
def _closed_to_all(server: Server) -> Iterator[None]:
    name = str(server.database.url.database)
    admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    other_database = server.database.url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(other_database, autocommit=True) as other:
        other.execute(admit.format(sql.Identifier(name), False))
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            other.execute(admit.format(sql.Identifier(name), True))


@contextmanager
def _file_locked(server: Server) -> Iterator[None]:
    def cut_patience(connection: DBAPIConnection, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}").close()

    event.listen(server.database.engine, "checkout", cut_patience)
    try:
        with closing(sqlite3.connect(str(server.database.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    finally:
        event.remove(server.database.engine, "checkout", cut_patience)
        server.database.close()


@contextmanager
def _tables_locked(server: Server) -> Iterator[None]:
    def cut_patience(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> object:
        patience = f"lock_timeout = '{postgresql.LOCK_WAIT_SECONDS}s'"
        return statement.replace(patience, f"lock_timeout = '{_PATIENCE_MS}ms'"), parameters

    event.listen(server.database.engine, "before_cursor_execute", cut_patience, retval=True)
    tables = sql.SQL(", ").join(map(sql.Identifier, metadata.tables))
    try:
        with psycopg.connect(server.database.url.render_as_string(hide_password=False)) as other:
            other.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(tables))
            yield
    finally:
        event.remove(server.database.engine, "before_cursor_execute", cut_patience)
