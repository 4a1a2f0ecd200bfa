"""Where the command line works: beside a server that runs."""

from pathlib import Path

import pytest

from mudguard.security import keyring
from tests.support.people import Player, operator
from tests.support.server import Server

ROTATE = "keys", "rotate", "--wait", "0"


@pytest.fixture
def folder(server: Server) -> Path:
    """The data folder of the server that runs."""
    return server.settings.data_dir


@pytest.fixture
def noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks at its key ring each time, so that no test waits for it to."""
    monkeypatch.setattr(keyring, "LOOK_EVERY_SECONDS", -1.0)


@pytest.fixture
def ring(own_server: Server) -> Path:
    """The server's key ring."""
    return own_server.settings.keyring_path


@pytest.fixture
def enrolled(own_server: Server) -> Player:
    """Somebody whose secret is encrypted with the first key."""
    return operator(own_server).enrol()
