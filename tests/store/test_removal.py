"""Removing what is over, and deleting whole projects, a few people at a time, even across a crash."""

from typing import TypeVar

import pytest

from mudguard.rules.assurance import Lifetimes
from mudguard.store import challenges, password_failures, people, projects, sessions, two_factor
from mudguard.store.connection import Connection
from mudguard.store.database import Database, Transaction
from mudguard.store.password_failures import Failures
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.removal import empty_project, sweep
from mudguard.store.tables import challenges as challenges_table
from mudguard.store.tables import emails
from mudguard.store.tables import password_failures as failures_table
from mudguard.store.tables import people as people_table
from mudguard.store.tables import sessions as sessions_table
from mudguard.store.tables import two_factor as two_factor_table
from tests.store import records
from tests.store.calls import count, how_many, read, transact, write
from tests.store.records import DAY, NOW, PENDING
from tests.support.loop import wait

T = TypeVar("T")

LIFETIMES = Lifetimes()


@pytest.fixture
def crowd(database: Database, project: Project) -> list[Person]:
    """120 people of the project."""
    crowd = [records.person(project_id=project.id) for _ in range(120)]

    async def add_all(connection: Connection) -> None:
        for one in crowd:
            await people.add(connection, one)

    transact(database, add_all)
    return crowd


def clean(database: Database) -> None:
    wait(sweep(database, now_ms=NOW, lifetimes=LIFETIMES))


def begin_deletion(database: Database, project: Project) -> None:
    assert write(database, projects.change, project.id, deleted_at=NOW)


def test_sessions_that_were_idle_for_too_long_are_swept(database: Database, person: Person) -> None:
    lasting = records.session(person.id, last_used_at=NOW - DAY + 1)
    for session in (lasting, records.session(person.id, last_used_at=NOW - DAY - 1)):
        write(database, sessions.add, session)
    clean(database)
    assert read(database, sessions.of_person, person.id) == [lasting]


def test_sessions_that_lasted_for_too_long_are_swept(database: Database, person: Person) -> None:
    lasting = records.session(person.id, created_at=NOW - 30 * DAY + 1)
    for session in (lasting, records.session(person.id, created_at=NOW - 30 * DAY - 1)):
        write(database, sessions.add, session)
    clean(database)
    assert read(database, sessions.of_person, person.id) == [lasting]


def test_however_many_sessions_are_over_they_are_all_swept(database: Database, person: Person) -> None:
    over = [records.session(person.id, last_used_at=NOW - DAY - number) for number in range(1, 121)]
    for one in over:
        write(database, sessions.add, one)
    clean(database)
    assert count(database, sessions_table) == 0


def test_challenges_that_are_over_are_swept(database: Database, person: Person) -> None:
    lasting = records.challenge(person.id, expires_at=NOW + 1)
    for challenge in (lasting, records.challenge(person.id, expires_at=NOW - 1)):
        write(database, challenges.add, challenge)
    clean(database)
    assert count(database, challenges_table) == 1
    assert read(database, challenges.find, person.id, lasting.id) == lasting


def test_failures_that_no_limit_looks_at_are_swept(database: Database) -> None:
    for source, expires_at in (("192.0.2.1", NOW - 1), ("192.0.2.2", NOW + 1)):
        write(database, password_failures.save, Failures("a" * 64, source), (NOW,), expires_at=expires_at)
    clean(database)
    assert count(database, failures_table) == 1


def test_people_and_projects_that_are_in_use_are_not_swept(
    database: Database, person: Person, project: Project
) -> None:
    write(database, two_factor.begin_setup, person.id, PENDING)
    clean(database)
    assert read(database, people.find, person.id) == person
    assert read(database, projects.find, project.id) == project
    assert count(database, two_factor_table) == 1


@pytest.mark.usefixtures("crowd")
def test_a_project_is_deleted_with_all_its_people_and_all_that_is_theirs(
    database: Database, project: Project, person: Person
) -> None:
    write(database, sessions.add, records.session(person.id))
    write(database, two_factor.begin_setup, person.id, PENDING)
    begin_deletion(database, project)
    wait(empty_project(database, project.id))
    tables = (people_table, emails, sessions_table, two_factor_table)
    assert [count(database, table) for table in tables] == [0, 0, 0, 0]
    assert read(database, projects.half_deleted) == []


@pytest.mark.usefixtures("crowd")
def test_people_of_other_projects_and_operators_stay(database: Database, project: Project, operator: Person) -> None:
    elsewhere = records.person(project_id="e" * 24)
    write(database, people.add, elsewhere)
    begin_deletion(database, project)
    wait(empty_project(database, project.id))
    assert count(database, people_table) == 2
    assert read(database, people.find_by_email, elsewhere.realm, elsewhere.email) == elsewhere
    assert read(database, people.find_by_email, operator.realm, operator.email) is not None


def test_erased_people_go_with_their_project_too(database: Database, project: Project, person: Person) -> None:
    write(database, people.erase, person, now_ms=NOW)
    begin_deletion(database, project)
    wait(empty_project(database, project.id))
    assert count(database, people_table) == 0


@pytest.mark.usefixtures("crowd")
def test_other_writers_get_their_turn_between_50_people_each(
    database: Database, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    original = database.transact

    async def counting(transaction: Transaction[T]) -> T:
        result = await original(transaction)
        async with database.reading() as connection:
            left.append(await how_many(connection, people_table))
        return result

    begin_deletion(database, project)
    monkeypatch.setattr(database, "transact", counting)
    wait(empty_project(database, project.id))
    assert left == [70, 20, 0, 0]


def test_a_deletion_that_a_crash_cut_short_is_finished_by_the_next_sweep(
    database: Database, project: Project, crowd: list[Person]
) -> None:
    begin_deletion(database, project)
    write(database, people.remove, project.id, [(one.id, one.email) for one in crowd[:50]])
    clean(database)
    assert count(database, people_table) == 0
    assert read(database, projects.half_deleted) == []


def test_deleting_a_project_that_is_gone_does_nothing(database: Database, project: Project) -> None:
    begin_deletion(database, project)
    wait(empty_project(database, project.id))
    wait(empty_project(database, project.id))
    assert read(database, projects.half_deleted) == []
