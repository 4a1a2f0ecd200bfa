"""Data folders, as a server leaves them behind."""

from pathlib import Path

from sqlalchemy import text

from mudguard.boot import open_database, prepare
from tests.support.server import make_settings


def used(folder: Path) -> Path:
    """`folder` with a key ring and an up-to-date database in it."""
    _, database = prepare(make_settings(folder))
    database.close()
    return folder


def set_schema_version(folder: Path, version: str) -> None:
    """Let the database in `folder` claim that its schema has another version."""
    database = open_database(make_settings(folder))
    claim = text("UPDATE alembic_version SET version_num = :version")
    database.transact(lambda connection: connection.execute(claim, {"version": version}))
    database.close()
