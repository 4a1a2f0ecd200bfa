"""A browser, and servers to read the site of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.reader import Reader, launch, profile, reading
from tests.support.ports import free_port
from tests.support.processes import ServerProcess
from tests.support.server import Server

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


@pytest.fixture(scope="package")
def context(browser: Browser, site_server: ServerProcess) -> Iterator[BrowserContext]:
    """What the tests share of the browser: no storage, but the HTTP cache."""
    with profile(browser, site_server.url) as shared:
        yield shared


@pytest.fixture
def reader(context: BrowserContext, site_server: ServerProcess) -> Iterator[Reader]:
    """Somebody with a wide window."""
    with reading(context, site_server.url) as somebody:
        yield somebody


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test alone, whose time can pass and which can go. Playwright's event loop has this thread."""
    with ThreadPoolExecutor(1) as thread:
        made = thread.submit(Server, tmp_path).result()
    with made as running:
        yield running


@pytest.fixture
def email() -> str:
    """An address that nobody has yet."""
    return f"morgan{next(_numbers)}@northwind.test"
