"""What a process that serves runs: the application, over what was made ready before."""

from starlette.applications import Starlette

from mudguard.app import create_app
from mudguard.boot import load_settings, open_database
from mudguard.security import keyring


def application() -> Starlette:
    """The application by the settings of this process."""
    settings = load_settings()
    return create_app(settings, keyring.load(settings.keyring_path), database=open_database(settings))
