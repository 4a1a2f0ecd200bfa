"""Data folders, as a server leaves them behind."""

import sqlite3
from pathlib import Path

from mudguard.boot import prepare
from tests.support.server import make_settings


def used(folder: Path) -> Path:
    """`folder` with a key ring and an up-to-date database in it."""
    _, database = prepare(make_settings(folder))
    database.close()
    return folder


def set_schema_version(folder: Path, version: str) -> None:
    """Let the database in `folder` claim that its schema has another version."""
    connection = sqlite3.connect(folder / "mudguard.db")
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.commit()
    connection.close()
