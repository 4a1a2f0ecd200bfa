"""How many cases: few in all tests, many with `--hypothesis-profile=soak`."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.contract.callers import REQUESTS, Callers
from tests.support.server import Server

settings.register_profile("soak", max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many requests there were, where one process ran all of them."""
    if count := next(REQUESTS):
        terminalreporter.write_line(f"{count:,} requests held against the OpenAPI document")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all of them. What is documented is the same on either database."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def callers(running: Server) -> Callers:
    """People of this test alone: those of another may have used up their attempts."""
    return Callers(running)
