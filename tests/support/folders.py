"""Data folders, as a server leaves them behind."""

from pathlib import Path

from sqlalchemy import text

from mudguard.serving.boot import prepare
from tests.support.inspection import Inspection
from tests.support.server import make_settings


def used(folder: Path) -> Path:
    """`folder` with a key ring and an up-to-date database in it."""
    prepare(make_settings(folder))
    return folder


def set_schema_version(folder: Path, version: str) -> None:
    """Let the database in `folder` claim that its schema has another version."""
    inspection = Inspection(make_settings(folder).effective_database_url)
    claim = text("UPDATE alembic_version SET version_num = :version")
    inspection.execute(claim.bindparams(version=version))
    inspection.close()
