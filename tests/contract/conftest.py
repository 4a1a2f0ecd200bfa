"""How many cases: few in all tests, many with `--hypothesis-profile=soak`."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.contract.callers import Callers
from tests.support.server import Server

settings.register_profile("soak", max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """People at a server that they share. What is documented is the same on either database."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield Callers(running)
