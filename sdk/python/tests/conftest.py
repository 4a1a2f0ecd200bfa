"""Fixtures of the client's tests."""

from collections.abc import Iterator

import pytest
from support.clients import AsyncPlayer, BlockingPlayer, Player
from support.mudguard import serving


@pytest.fixture(params=[BlockingPlayer, AsyncPlayer], ids=["blocking", "asyncio"])
def play(request: pytest.FixtureRequest) -> Player:
    """Makes a client: once of the blocking kind, once of the other."""
    kind: Player = request.param
    return kind


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address
