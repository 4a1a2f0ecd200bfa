"""Fixtures that every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a module share."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test alone."""
    with Server(tmp_path) as running:
        yield running


@pytest.fixture
def owner(server: Server) -> Player:
    """A new operator."""
    return operator(server)


@pytest.fixture
def member(server: Server, owner: Player) -> Player:
    """A new person of the owner's first project."""
    return person(server, first_project(owner))


@pytest.fixture(params=["operator", "person of a project"])
def player(request: pytest.FixtureRequest, server: Server) -> Player:
    """Once a new operator, once a new person of a project."""
    owner = operator(server)
    return owner if request.param == "operator" else person(server, first_project(owner))
