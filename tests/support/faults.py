"""Real faults: a database that is locked by somebody, or gone, and comes back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from tests.support.server import Server


def database_file(server: Server) -> Path:
    """Where the server keeps its database."""
    return Path(str(server.database.url.database))


@contextmanager
def database_gone(server: Server) -> Iterator[None]:
    """The database file is away; a folder of its name sees to it that no empty one is made instead."""
    path = database_file(server)
    aside = path.with_suffix(".aside")
    server.database.close()
    path.rename(aside)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        aside.rename(path)
        server.database.close()


@contextmanager
def database_locked(server: Server) -> Iterator[None]:
    """Another process holds the write lock. The server's patience is cut, so that tests need none."""

    def cut_patience(connection: DBAPIConnection, *_: object) -> None:
        connection.cursor().execute("PRAGMA busy_timeout = 20").close()

    event.listen(server.database.engine, "checkout", cut_patience)
    try:
        with closing(sqlite3.connect(database_file(server), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    finally:
        event.remove(server.database.engine, "checkout", cut_patience)
        server.database.close()
