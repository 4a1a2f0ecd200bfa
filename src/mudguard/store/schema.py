"""The schema's version: upgrade it, and refuse one that is newer than this server knows."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from mudguard.store.database import Database


class NewerSchemaError(Exception):
    """The database was upgraded by a newer server; this one would not understand it."""


class OlderSchemaError(Exception):
    """The database is empty, or was last upgraded by an older server."""


_ALONE_AND_UNHURRIED = (
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(7308604896967881)"
)
"""On a server several may be told to upgrade at once, and a large table takes its time."""


def upgrade(database: Database) -> None:
    """Bring the schema to the version of this server. Raises `NewerSchemaError`, `DatabaseUnavailableError`."""

    def work(connection: Connection) -> None:
        if not database.is_sqlite:
            connection.exec_driver_sql(_ALONE_AND_UNHURRIED)
        if is_newer(_current(connection)):
            raise NewerSchemaError
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    database.transact(work)


def check(database: Database) -> None:
    """Raises `NewerSchemaError` or `OlderSchemaError` if the schema is not the one this server knows."""
    with database.reading() as connection:
        current = _current(connection)
    if is_newer(current):
        raise NewerSchemaError
    if current != latest():
        raise OlderSchemaError


def versions(database: Database) -> tuple[str | None, str]:
    """The version the database has (None: empty) and the one this server knows."""
    with database.reading() as connection:
        return _current(connection), latest()


def is_newer(version: str | None) -> bool:
    """Whether a newer server made `version`."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return version is not None and version not in known


def latest() -> str:
    """The version this server knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("mudguard.store") / "migrations"))
    return config
