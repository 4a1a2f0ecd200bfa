"""What a process that serves runs: the application, over what was made ready before."""

import gc

from starlette.applications import Starlette

from mudguard.app import create_app
from mudguard.boot import load_settings, open_database
from mudguard.security import keyring

_OBJECTS_BEFORE_A_COLLECTION = 10_000
"""Python's default, 700, is one request or two."""


def application() -> Starlette:
    """The application by the settings of this process."""
    settings = load_settings()
    made = create_app(settings, keyring.load(settings.keyring_path), database=open_database(settings))
    gc.freeze()  # what is there now stays: no collection looks at it again
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION)
    return made
