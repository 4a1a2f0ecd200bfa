"""A worker process's application. Everything was prepared before."""

import gc

from starlette.applications import Starlette

from mudguard.security import keyring
from mudguard.serving.application import create_app
from mudguard.serving.boot import load_settings, open_database


def application() -> Starlette:
    """The application for this process's settings."""
    settings = load_settings()
    database = open_database(settings)
    made = create_app(settings, keyring.load(settings.keyring_path), database=database)
    database.compile_statements()
    gc.freeze()  # else the first full collection scans everything loaded, and all requests wait 70 ms
    return made
