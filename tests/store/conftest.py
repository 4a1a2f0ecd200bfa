"""The store's one suite: every test runs once on each kind of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from mudguard.store import organizations, people, projects, schema
from mudguard.store.database import Database, sqlite_url
from mudguard.store.organizations import Organization
from mudguard.store.people import Person
from mudguard.store.projects import Project
from tests.store import records
from tests.store.calls import write

CONNECTIONS = 4


def in_a_file(folder: Path) -> URL:
    """An empty SQLite database."""
    return sqlite_url(folder / "mudguard.db")


KINDS: dict[str, Callable[[Path], URL]] = {"SQLite": in_a_file}
"""How to come by an empty database of each kind. A further kind is a further line."""


@pytest.fixture(params=list(KINDS))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where an empty database is, of each kind in turn."""
    return KINDS[request.param](tmp_path)


@pytest.fixture
def empty_database(url: URL) -> Iterator[Database]:
    """A database without a schema."""
    database = Database(url, connections=CONNECTIONS)
    yield database
    database.close()


@pytest.fixture
def database(empty_database: Database) -> Database:
    """A database with the schema of this version and nothing in it."""
    schema.upgrade(empty_database)
    return empty_database


@pytest.fixture
def other_server(database: Database) -> Iterator[Database]:
    """The same database, as another server has it open: the two share nothing in memory."""
    other = Database(database.url, connections=CONNECTIONS)
    yield other
    other.close()


@pytest.fixture
def organization(database: Database) -> Organization:
    """An organisation in the database."""
    organization = records.organization()
    write(database, organizations.add, organization)
    return organization


@pytest.fixture
def project(database: Database, organization: Organization) -> Project:
    """A project in the database."""
    project = records.project(organization.id)
    write(database, projects.add, project)
    return project


@pytest.fixture
def operator(database: Database, organization: Organization) -> Person:
    """An operator in the database."""
    operator = records.person(org_id=organization.id)
    assert write(database, people.add, operator)
    return operator


@pytest.fixture
def person(database: Database, project: Project) -> Person:
    """A person of the project, in the database."""
    person = records.person(project_id=project.id)
    assert write(database, people.add, person)
    return person


@pytest.fixture
def stranger(database: Database, project: Project) -> Person:
    """Another person of the same project."""
    stranger = records.person(project_id=project.id)
    assert write(database, people.add, stranger)
    return stranger
