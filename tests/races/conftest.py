"""Two server processes on one SQLite database, and somebody who meets them both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.support.people import Player, operator
from tests.support.processes import ServerProcess


@dataclass(frozen=True)
class Pair:
    """Two servers that share their data folder."""

    first: ServerProcess
    second: ServerProcess

    def turns(self, player: Player, count: int) -> list[Player]:
        """`player` `count` times, in turns at the one server and at the other."""
        clients = (self.first.client, self.second.client)
        return [replace(player, client=clients[turn % 2]) for turn in range(count)]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers that were started at the same moment on an empty folder."""
    folder = tmp_path_factory.mktemp("shared")
    starting = ServerProcess(folder), ServerProcess(folder)
    with starting[0] as first, starting[1] as second:
        yield Pair(first, second)


@pytest.fixture
def newcomer(pair: Pair) -> Player:
    """Somebody without a second factor."""
    return operator(pair.first)


@pytest.fixture(params=range(1, 6), ids="round {}".format)
def racer(request: pytest.FixtureRequest, newcomer: Player) -> Player:
    """Somebody whose 2FA is on: another one in each of five rounds."""
    return newcomer.enrol()
