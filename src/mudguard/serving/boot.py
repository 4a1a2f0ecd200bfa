"""Booting: read the settings, prepare folder, key ring and schema, and check that they belong together."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from mudguard import settings as settings_module
from mudguard.errors import CommandError
from mudguard.security import keyring as keyring_module
from mudguard.security.field_cipher import FieldCipher, UnreadableError
from mudguard.security.keyring import Keyring, KeyringError
from mudguard.serving import logs
from mudguard.settings import Settings, SettingsError
from mudguard.store import instance, schema
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.schema import NewerSchemaError, OlderSchemaError
from mudguard.store.sqlite.file import network_file_system

POSTGRESQL_CONNECTIONS = 10
"""Per process. A transaction takes a millisecond or two, so more connections do not make it faster."""

log = structlog.get_logger(__name__)


class BootError(CommandError):
    """The server cannot start; the text says why and what to do, in one line."""


def load_settings() -> Settings:
    """Load this process's settings and configure its logs. Raises `BootError`."""
    try:
        settings = settings_module.load()
    except SettingsError as error:
        raise BootError(f"wrong setting: {error}") from None
    logs.configure(as_json=_logs_json(settings), level=settings.log_level)
    return settings


def open_database(settings: Settings) -> Database:
    """The database of `settings`. It opens on first use."""
    return Database(settings.effective_database_url, connections=POSTGRESQL_CONNECTIONS)


def prepare(settings: Settings, *, upgrade: bool = False) -> tuple[Keyring, Database]:
    """Prepare folder, key ring and schema, and check that they belong together. Raises `BootError`.

    On SQLite this always upgrades the schema, on PostgreSQL only with `upgrade`.
    """
    _make_private_folder(settings.data_dir)
    database = open_database(settings)
    _refuse_network_file_system(database)
    with usable(database):
        if upgrade or database.is_sqlite:
            with _schema_faults(database):
                schema.upgrade(database)
        else:
            _check_schema(database)
        return asyncio.run(_fitting_keyring(settings, database, may_make=True)), database


def existing(settings: Settings) -> tuple[Keyring, Database]:
    """The existing key ring and database, which must belong together. Raises `BootError`."""
    database = existing_database(settings)
    with usable(database):
        return asyncio.run(_fitting_keyring(settings, database, may_make=False)), database


def existing_database(settings: Settings) -> Database:
    """The existing database, whose schema must be up to date. Raises `BootError`."""
    database = open_database(settings)
    if database.is_missing():
        raise BootError(f"there is no database at {database.url.database} yet; 'mudguard serve' makes it")
    with usable(database):
        _check_schema(database)
    return database


@contextmanager
def usable(database: Database) -> Iterator[None]:
    """Report a database that does not work in one line. Raises `BootError`."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise BootError(
            f"the database {database.place} cannot be used ({error}); check that it exists and is writable"
        ) from None


def _check_schema(database: Database) -> None:
    with _schema_faults(database):
        schema.check(database)


@contextmanager
def _schema_faults(database: Database) -> Iterator[None]:
    """Report a schema of another version in one line. Raises `BootError`."""
    try:
        yield
    except NewerSchemaError:
        raise BootError(f"{database.place} was upgraded by a newer Mudguard; install that version or newer") from None
    except OlderSchemaError:
        raise BootError(
            f"the schema of {database.place} is not up to date; bring it up with 'mudguard db upgrade'"
        ) from None


async def _fitting_keyring(settings: Settings, database: Database, *, may_make: bool) -> Keyring:
    """The settings' key ring, which must decrypt the database's values. Raises `BootError`."""
    try:
        keyring = _keyring(settings, is_new=may_make and not await instance.has_keyring(database))
        await instance.establish(database, FieldCipher(keyring))
    except UnreadableError:
        raise BootError(
            f"the key ring {settings.keyring_path} does not open {database.place}; restore the ring that belongs to it"
        ) from None
    finally:
        await database.close()
    return keyring


def _refuse_network_file_system(database: Database) -> None:
    """SQLite's locks do not work there. Raises `BootError`."""
    if not database.is_sqlite:
        return
    folder = Path(database.url.database or "").absolute().parent
    kind = network_file_system(folder)
    if kind is not None:
        raise BootError(
            f"{folder} is on a network file system ({kind}), where SQLite loses data; set MUDGUARD_DATA_DIR to a "
            "folder on a disk of this machine, or MUDGUARD_DATABASE_URL to a PostgreSQL database"
        )


def _make_private_folder(folder: Path) -> None:
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BootError(_unwritable(folder, error.strerror)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BootError(_unwritable(folder, "Permission denied"))


def _unwritable(folder: Path, reason: str | None) -> str:
    return f"the data folder {folder} cannot be written ({reason}); set MUDGUARD_DATA_DIR to one that can"


def _keyring(settings: Settings, *, is_new: bool) -> Keyring:
    """The settings' key ring. Only a new database gets a new ring, since it could not decrypt any other."""
    path = settings.keyring_path
    try:
        if is_new and settings.keyring_file is None and keyring_module.create_if_missing(path):
            log.info("key ring created; keep a copy of it apart from the database's", path=str(path))
        return keyring_module.load(path)
    except KeyringError as error:
        advice = (
            "put one there, or unset MUDGUARD_KEYRING_FILE to have one made" if is_new else "restore it from your copy"
        )
        raise BootError(f"the key ring {path} {error}; {advice}") from None


def _logs_json(settings: Settings) -> bool:
    if settings.log_format == "auto":
        return not sys.stderr.isatty()
    return settings.log_format == "json"
