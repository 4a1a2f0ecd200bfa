"""Where the command line works: beside a server that runs."""

from pathlib import Path

import pytest

from tests.support.server import Server


@pytest.fixture
def folder(server: Server) -> Path:
    """The data folder of the server that runs."""
    return server.settings.data_dir
