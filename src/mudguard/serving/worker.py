"""What a process that serves runs: the application, over what was made ready before."""

import gc

from starlette.applications import Starlette

from mudguard.security import keyring
from mudguard.serving.application import create_app
from mudguard.serving.boot import load_settings, open_database


def application() -> Starlette:
    """The application by the settings of this process."""
    settings = load_settings()
    database = open_database(settings)
    made = create_app(settings, keyring.load(settings.keyring_path), database=database)
    database.compile_statements()
    gc.freeze()  # else the first full collection looks at all that was loaded, and holds everybody up for 70 ms
    return made
