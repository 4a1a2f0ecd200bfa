"""Fixtures that every test may ask for."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mudguard.settings import PREFIX
from tests.support import folders
from tests.support.clock import Clock
from tests.support.people import Player, first_project, operator, person
from tests.support.postgresql import PostgresServer, running_postgres
from tests.support.server import Server

SQLITE, POSTGRESQL = KINDS = "SQLite", "PostgreSQL"
LONG = (
    "tests/faults", "tests/scaling", "tests/model", "tests/serving/test_server", "tests/services", "tests/test_demo",
    "tests/store/test_sqlite_processes", "tests/cli", "tests/e2e",
)  # fmt: skip
DatabaseSettings = dict[str, Any]
NewDatabase = Callable[[str], DatabaseSettings]
_databases = itertools.count(1)

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")  # how long an example takes says more about the machine than about the code


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """MUDGUARD_* variables of whoever runs the tests are out of sight: a test's settings are its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests share."""
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Gives the settings that lead to a new, empty database of a kind. PostgreSQL starts when it is first wanted."""

    def settings_for(kind: str) -> DatabaseSettings:
        if kind == SQLITE:
            return {}
        running: PostgresServer = request.getfixturevalue("postgres")
        return {"database_url": running.new_database(f"test_{next(_databases)}")}

    return settings_for


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--matrix`: every test that has a database runs on each kind, marked or not."""
    parser.addoption("--matrix", action="store_true", help="run every test that has a database on each kind")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests are few and long come first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that are about transactions, races or SQL run on each kind of database; all else on SQLite."""
    is_for_both = metafunc.config.getoption("--matrix") or metafunc.definition.get_closest_marker("both_databases")
    for name, scope in (("shared_database", "module"), ("own_database", "function"), ("process_settings", "session")):
        if name in metafunc.fixturenames and not _chooses_itself(metafunc, name):
            metafunc.parametrize(name, KINDS if is_for_both else (SQLITE,), indirect=True, scope=scope)  # type: ignore[arg-type]  # scopes, all of them


def _chooses_itself(metafunc: pytest.Metafunc, name: str) -> bool:
    """Whether a test says by a mark of its own which databases it wants."""
    return any(name in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))


@pytest.fixture(scope="module")
def shared_database(request: pytest.FixtureRequest, new_database: NewDatabase) -> DatabaseSettings:
    """The database of the shared server, of the kind that the test is run on."""
    return new_database(request.param)


@pytest.fixture
def own_database(request: pytest.FixtureRequest, new_database: NewDatabase) -> DatabaseSettings:
    """A database for one test alone, of the kind that the test is run on."""
    return new_database(request.param)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_database: DatabaseSettings) -> Iterator[Server]:
    """A server that the tests of a module share."""
    with Server(tmp_path_factory.mktemp("server"), **shared_database) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path, own_database: DatabaseSettings) -> Iterator[Server]:
    """A server for one test alone."""
    with Server(tmp_path, **own_database) as running:
        yield running


@pytest.fixture(scope="module")
def second_server(server: Server) -> Iterator[Server]:
    """Another server on the database of the shared one, as a second process would be."""
    settings = server.settings
    with Server(settings.data_dir, clock=server.clock, database_url=settings.database_url) as running:
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
