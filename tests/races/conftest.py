"""Two server processes on one SQLite database, and somebody who meets them both."""

from collections.abc import Iterator

import pytest

from tests.support.pairs import Pair, running_pair
from tests.support.people import Player, operator


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers that were started at the same moment on an empty folder."""
    with running_pair(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def newcomer(pair: Pair) -> Player:
    """Somebody without a second factor."""
    return operator(pair.first)


@pytest.fixture(params=range(1, 6), ids="round {}".format)
def racer(request: pytest.FixtureRequest, newcomer: Player) -> Player:
    """Somebody whose 2FA is on: another one in each of five rounds."""
    return newcomer.enrol()
