"""Fixtures that every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mudguard.settings import PREFIX
from tests.support import folders
from tests.support.clock import Clock
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")  # how long an example takes says more about the machine than about the code


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """MUDGUARD_* variables of whoever runs the tests are out of sight: a test's settings are its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        yield


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


@pytest.fixture(scope="module")
def second_server(server: Server) -> Iterator[Server]:
    """Another server on the database of the shared one, as a second process would be."""
    with Server(server.settings.data_dir, clock=server.clock) as running:
        yield running


@pytest.fixture
def still_clock(server: Server) -> Clock:
    """The clock of the shared server, which from now on goes only when a test lets it."""
    return server.clock.stand_still()


@pytest.fixture
def used_folder(tmp_path: Path) -> Path:
    """A data folder that a server has used before."""
    return folders.used(tmp_path)


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
