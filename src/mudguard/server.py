"""Booting: everything is checked and made ready once, then the workers serve."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from mudguard import settings as settings_module
from mudguard.app import create_app, open_database
from mudguard.faults import CannotError
from mudguard.http import logs
from mudguard.security import keyring as keyring_module
from mudguard.security.keyring import Keyring, KeyringError
from mudguard.security.sealing import Seal, UnreadableError
from mudguard.settings import Settings, SettingsError
from mudguard.store import instance, schema
from mudguard.store.database import Database, DatabaseUnavailableError
from mudguard.store.schema import NewerSchemaError

KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 25

log = structlog.get_logger(__name__)


class BootError(CannotError):
    """The server cannot start; the text says why and what to do, in one line."""


def load_settings() -> Settings:
    """The settings of this process. Raises `BootError`."""
    try:
        return settings_module.load()
    except SettingsError as error:
        raise BootError(f"wrong setting: {error}") from None


def prepare(settings: Settings) -> tuple[Keyring, Database]:
    """Make folder, key ring and schema ready, and check that they belong together. Raises `BootError`."""
    _make_private_folder(settings.data_dir)
    keyring = _keyring(settings)
    database = open_database(settings)
    place = database.url.render_as_string(hide_password=True)
    try:
        schema.upgrade(database)
        instance.check_keyring(database, Seal(keyring))
    except NewerSchemaError:
        raise BootError(f"{place} was upgraded by a newer Mudguard; install that version or newer") from None
    except UnreadableError:
        raise BootError(
            f"the key ring {settings.keyring_path} does not open {place}; restore the ring that belongs to it"
        ) from None
    except DatabaseUnavailableError as error:
        raise BootError(
            f"the database {place} cannot be used ({error}); check that it exists and is writable"
        ) from None
    return keyring, database


def worker_app() -> FastAPI:
    """The application of a worker process, which finds everything prepared."""
    settings = load_settings()
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    return create_app(settings, keyring_module.load(settings.keyring_path))


def serve(settings: Settings, *, host: str, port: int, workers: int, announce: Callable[[str], None]) -> None:
    """Serve until a signal stops it; requests in flight are finished. Raises `BootError`."""
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level)
    for name in settings_module.unknown_variables():
        log.warning("unknown setting, ignored", variable=name)
    listener = _listener(host, port)
    _, database = prepare(settings)
    database.close()
    config = uvicorn.Config(
        "mudguard.server:worker_app",
        factory=True,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    shown_host = f"[{host}]" if ":" in host else host
    announce(f"http://{shown_host}:{listener.getsockname()[1]}")
    if workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


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


def _keyring(settings: Settings) -> Keyring:
    path = settings.keyring_path
    try:
        if settings.keyring_file is None and keyring_module.create_if_missing(path):
            log.info("key ring created; keep a copy of it apart from the database's", path=str(path))
        return keyring_module.load(path)
    except KeyringError as error:
        raise BootError(f"the key ring {path} {error}; restore it from your copy") from None


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BootError(f"port {port} on {host} is in use; stop what uses it or choose another --port") from None
        raise BootError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --host or --port") from None
    listener.set_inheritable(True)
    return listener
