"""A browser, and servers to read the site of."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.reader import Reader, launch, reading
from tests.support.ports import free_port
from tests.support.processes import ServerProcess

EDIT_URL = "https://forge.test/mudguard/edit/main"
_numbers = count(1)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        running = launch(playwright.chromium)
        yield running
        running.close()


@pytest.fixture(scope="package")
def site_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that knows its own address, as one in use does."""
    port = free_port()
    with ServerProcess(
        tmp_path_factory.mktemp("site"), "--port", str(port),
        public_url=f"http://127.0.0.1:{port}", docs_edit_url=EDIT_URL,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def reader(browser: Browser, site_server: ServerProcess) -> Iterator[Reader]:
    """Somebody with a wide window."""
    with reading(browser, site_server.url) as somebody:
        yield somebody


@pytest.fixture
def email() -> str:
    """An address that nobody has yet."""
    return f"morgan{next(_numbers)}@northwind.test"
