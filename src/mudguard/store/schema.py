"""The schema's version: upgrades it, and refuses a newer one than this server knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError, first_line
from mudguard.store.sqlite.file import PRAGMAS

WAIT_SECONDS = 5
"""How long an upgrade waits for another writer of a SQLite file."""


class NewerSchemaError(Exception):
    """A newer server upgraded the database. This one does not know its schema."""


class OlderSchemaError(Exception):
    """The database is empty, or an older server upgraded it last."""


_ALONE_AND_UNHURRIED = (
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(7308604896967881)"
)
"""On PostgreSQL several upgrades may start at once, and a large table takes long."""


def upgrade(database: Database) -> None:
    """Bring the schema to the version of this server. Raises `NewerSchemaError`, `DatabaseUnavailableError`."""
    with _connection(database.url) as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
        if not database.is_sqlite:
            connection.exec_driver_sql(_ALONE_AND_UNHURRIED)
        if is_newer(_current(connection)):
            raise NewerSchemaError
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.exec_driver_sql("COMMIT")


def check(database: Database) -> None:
    """Raises `NewerSchemaError` or `OlderSchemaError` if the schema is not the one this server knows."""
    current, known = versions(database)
    if is_newer(current):
        raise NewerSchemaError
    if current != known:
        raise OlderSchemaError


def versions(database: Database) -> tuple[str | None, str]:
    """The version the database has (None: empty) and the one this server knows."""
    with _connection(database.url) as connection:
        return _current(connection), latest()


def is_newer(version: str | None) -> bool:
    """Whether a newer server made `version`."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return version is not None and version not in known


def latest() -> str:
    """The version this server knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@contextmanager
def _connection(url: URL) -> Iterator[Connection]:
    """A connection for migrations, without automatic transactions. Raises `DatabaseUnavailableError`."""
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url if is_sqlite else url.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": WAIT_SECONDS} if is_sqlite else {"connect_timeout": WAIT_SECONDS},
    )
    if is_sqlite:

        @event.listens_for(engine, "connect")
        def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            for pragma in PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise DatabaseUnavailableError(first_line(error.orig or error)) from None
    finally:
        engine.dispose()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("mudguard.store") / "migrations"))
    return config
