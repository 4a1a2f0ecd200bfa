"""The site of a server, for tests that look at its pages."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.support.server import Server

EDIT_URL = "https://forge.test/mudguard/edit/main"


@pytest.fixture(scope="package")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its site. It changes nothing, so one kind of database will do."""
    with Server(tmp_path_factory.mktemp("site"), docs_edit_url=EDIT_URL) as running:
        yield running


@pytest.fixture(scope="package")
def site(documented: Server) -> httpx2.Client:
    """Gets pages."""
    return documented.client
