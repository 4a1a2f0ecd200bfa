"""The store's one suite: every test runs once on each kind of database."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from mudguard.security.field_cipher import FieldCipher
from mudguard.security.keyring import Key, Keyring
from mudguard.store import instance, organizations, people, projects, schema
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database
from mudguard.store.organizations import Organization
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.sqlite.file import file_url
from tests.store import records
from tests.store.calls import write
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.postgresql import PostgresServer

KINDS = ["SQLite", "PostgreSQL"]
CONNECTIONS = 4

_numbers = itertools.count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module of one kind of database says so: `KINDS = ["SQLite"]`."""
    if "url" in metafunc.fixturenames:
        metafunc.parametrize("url", getattr(metafunc.module, "KINDS", KINDS), indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where an empty database is, of each kind in turn."""
    if request.param == "SQLite":
        return file_url(tmp_path / "mudguard.db")
    running: PostgresServer = request.getfixturevalue("postgres")
    return make_url(running.new_database(f"store_{next(_numbers)}"))


@pytest.fixture
def empty_database(url: URL) -> Iterator[Database]:
    """A database without a schema."""
    database = Database(url, connections=CONNECTIONS)
    yield database
    wait(database.close())


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
    wait(other.close())


@pytest.fixture
def other(database: Database) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    """Somebody else at the same database, on PostgreSQL."""
    with psycopg.connect(database.url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


@pytest.fixture
def inspection(database: Database) -> Iterator[Inspection]:
    """A second way into the database."""
    inspection = Inspection(database.url)
    yield inspection
    inspection.close()


@pytest.fixture
def seal(database: Database) -> FieldCipher:
    """The seal of the key ring that the database belongs to."""
    seal = FieldCipher(Keyring([Key.of(b"o" * 32)]))
    wait(instance.establish(database, seal))
    return seal


@pytest.fixture
def trail(seal: FieldCipher) -> AuditTrail:
    """The audit trail, as a server writes it."""
    return AuditTrail(lambda connection: instance.audit_key(connection, seal))


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
