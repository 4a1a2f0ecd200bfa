"""Booting: settings are read, folder, key ring and schema made ready, and checked to belong together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from mudguard import settings as settings_module
from mudguard.faults import CannotError
from mudguard.http import logs
from mudguard.http.workers import DATABASE_THREADS, HASHING_THREADS
from mudguard.security import keyring as keyring_module
from mudguard.security.keyring import Keyring, KeyringError
from mudguard.security.sealing import Seal, UnreadableError
from mudguard.settings import Settings, SettingsError
from mudguard.store import instance, schema
from mudguard.store.database import Database, DatabaseUnavailableError
from mudguard.store.schema import NewerSchemaError

log = structlog.get_logger(__name__)


class BootError(CannotError):
    """The server cannot start; the text says why and what to do, in one line."""


def load_settings() -> Settings:
    """The settings of this process, whose logs are as they say from now on. Raises `BootError`."""
    try:
        settings = settings_module.load()
    except SettingsError as error:
        raise BootError(f"wrong setting: {error}") from None
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    return settings


def open_database(settings: Settings) -> Database:
    """The database of `settings`, with a connection for each thread that may want one."""
    return Database(settings.effective_database_url, connections=DATABASE_THREADS + HASHING_THREADS)


def prepare(settings: Settings) -> tuple[Keyring, Database]:
    """Make folder, key ring and schema ready, and check that they belong together. Raises `BootError`."""
    _make_private_folder(settings.data_dir)
    database = open_database(settings)
    with usable(database):
        try:
            schema.upgrade(database)
            keyring = _keyring(settings, is_new=not instance.has_keyring(database))
            instance.check_keyring(database, Seal(keyring))
        except NewerSchemaError:
            raise newer(database) from None
        except UnreadableError:
            raise BootError(
                f"the key ring {settings.keyring_path} does not open {_place(database)}; "
                "restore the ring that belongs to it"
            ) from None
    return keyring, database


def existing_database(settings: Settings) -> Database:
    """The database, for work on what is in it: it must be there, its schema up to date. Raises `BootError`."""
    database = open_database(settings)
    if database.is_missing():
        raise BootError(f"there is no database at {database.url.database} yet; 'mudguard serve' makes it")
    with usable(database):
        current, latest = schema.versions(database)
    if current == latest:
        return database
    if schema.is_newer(current):
        raise newer(database)
    raise BootError(f"the schema of {_place(database)} is out of date; bring it up with 'mudguard db upgrade'")


@contextmanager
def usable(database: Database) -> Iterator[None]:
    """Within, a database that does not work is told of in one line. Raises `BootError`."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise BootError(
            f"the database {_place(database)} cannot be used ({error}); check that it exists and is writable"
        ) from None


def newer(database: Database) -> BootError:
    """The fault that this Mudguard is older than the schema of `database`."""
    return BootError(f"{_place(database)} was upgraded by a newer Mudguard; install that version or newer")


def _place(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)


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
    """The ring of the settings. One is made for a new database only: a fresh ring would open no other."""
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
