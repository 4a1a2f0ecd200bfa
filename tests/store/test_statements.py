"""Statements are compiled once for each driver, and say and do what Core says and does, on both databases."""

from enum import StrEnum

import pytest
from sqlalchemy import bindparam, insert, literal, select, text, update
from sqlalchemy.dialects import sqlite

from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import StatementError
from mudguard.store.people import Person
from mudguard.store.postgresql.connection import DIALECT as POSTGRESQL
from mudguard.store.records import first_column
from mudguard.store.sqlite.file import DIALECT as SQLITE
from mudguard.store.statements import Query, Statement, Update, upserts
from mudguard.store.tables import organizations, people, projects
from tests.store import records
from tests.store.calls import count, read, write

ADD = Statement(insert(organizations))
FIND = Query(select(organizations).where(organizations.c.id == bindparam("id_")), tuple)
NAMES = Query(select(organizations.c.name).order_by(organizations.c.name), first_column)
RENAME = Statement(update(organizations).where(organizations.c.id == bindparam("id_")).values(name=bindparam("new")))
CHANGE = Update(organizations, organizations.c.id == bindparam("id_"))
NORTHWIND = {"id": "a" * 24, "name": "Northwind", "slug": "a secret slug", "created_at": 1, "updated_at": 2}
SOUTHWIND = {"id": "b" * 24, "name": "Southwind", "slug": "another slug", "created_at": 3, "updated_at": 4}


class Colour(StrEnum):
    RED = "red"


async def run(connection: Connection, statement: Statement, **values: object) -> int:
    return await connection.run(statement, values)


async def find(connection: Connection) -> tuple[object, ...] | None:
    return await connection.first(FIND, {"id_": NORTHWIND["id"]})


async def names(connection: Connection) -> list[str]:
    return await connection.all(NAMES)


@pytest.fixture
def northwind(database: Database) -> None:
    write(database, run, ADD, **NORTHWIND)


@pytest.mark.usefixtures("northwind")
def test_a_row_is_written_and_found(database: Database) -> None:
    assert read(database, find) == tuple(NORTHWIND.values())


def test_what_is_not_there_is_none(database: Database) -> None:
    assert read(database, find) is None


@pytest.mark.usefixtures("northwind")
def test_all_rows_are_found_in_their_order(database: Database) -> None:
    write(database, run, ADD, **SOUTHWIND)
    assert read(database, names) == ["Northwind", "Southwind"]


@pytest.mark.parametrize(("id_", "expected"), [("a" * 24, 1), ("b" * 24, 0)])
@pytest.mark.usefixtures("northwind")
def test_it_says_how_many_rows_it_changed(database: Database, id_: str, expected: int) -> None:
    assert write(database, run, RENAME, id_=id_, new="Southwind") == expected


@pytest.mark.usefixtures("northwind")
def test_statements_that_are_run_together_say_each_how_many_rows_it_changed_in_their_order(database: Database) -> None:
    async def run_together(connection: Connection) -> list[int]:
        return await connection.run_together(
            (RENAME, {"id_": "b" * 24, "new": "Eastwind"}),
            (ADD, SOUTHWIND),
            (RENAME, {"id_": "b" * 24, "new": "Westwind"}),
        )

    assert write(database, run_together) == [0, 1, 1]
    assert read(database, names) == ["Northwind", "Westwind"]


@pytest.mark.parametrize("rows", [[], [NORTHWIND], [NORTHWIND, SOUTHWIND]], ids=len)
def test_a_statement_is_run_once_for_each_of_many_rows(database: Database, rows: list[dict[str, object]]) -> None:
    async def add_all(connection: Connection) -> None:
        await connection.run_many(ADD, rows)

    write(database, add_all)
    assert count(database, organizations) == len(rows)


def test_a_member_of_an_enumeration_is_written_as_its_value(database: Database) -> None:
    write(database, run, ADD, **NORTHWIND | {"name": Colour.RED})
    assert read(database, names) == ["red"]


@pytest.mark.usefixtures("northwind")
def test_a_value_that_is_missing_is_a_mistake(database: Database) -> None:
    with pytest.raises(KeyError, match="new"):
        write(database, run, RENAME, id_="a" * 24)


def test_a_constant_of_the_statement_need_not_be_given(database: Database, person: Person) -> None:
    rename = Statement(update(people).where(people.c.id == bindparam("id_")).values(first_name="Ada"))
    assert write(database, run, rename, id_=person.id) == 1
    first_name = Query(select(people.c.first_name), first_column)
    assert read(database, lambda connection: connection.all(first_name)) == ["Ada"]


def test_values_come_out_in_their_types(database: Database, person: Person) -> None:
    verified = Query(select(people.c.email_verified).where(people.c.id == bindparam("id_")), first_column)
    assert read(database, lambda connection: connection.first(verified, {"id_": person.id})) is False


@pytest.mark.usefixtures("northwind")
def test_values_go_in_by_their_types_and_nullable_ones_may_be_left_out(database: Database) -> None:
    project = records.project("a" * 24)
    names = [column.name for column in projects.c if not column.nullable]
    write(database, run, Statement(insert(projects)), **{name: getattr(project, name) for name in names})
    found = Query(select(projects.c.settings, projects.c.deleted_at), tuple)
    assert read(database, lambda connection: connection.first(found)) == (project.settings, None)


@pytest.mark.usefixtures("northwind")
def test_an_error_shows_no_row_and_nothing_that_it_came_of(database: Database) -> None:
    with pytest.raises(StatementError) as caught:
        write(database, run, ADD, **NORTHWIND | {"name": None})
    assert "a secret slug" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.usefixtures("northwind")
def test_an_update_changes_the_columns_that_are_named(database: Database) -> None:
    write(database, run, CHANGE.of(["name", "updated_at"]), id_="a" * 24, name="Westwind", updated_at=9)
    assert read(database, find) == tuple((NORTHWIND | {"name": "Westwind", "updated_at": 9}).values())


def test_an_update_of_the_same_columns_is_compiled_once() -> None:
    assert CHANGE.of(["name", "updated_at"]) is CHANGE.of({"updated_at": 1, "name": "x"})


def test_a_statement_is_compiled_once_for_each_database() -> None:
    statement = Statement(select(organizations.c.id))
    assert statement.compiled(SQLITE) is statement.compiled(SQLITE)
    assert statement.compiled(SQLITE) is statement.compiled(sqlite.dialect())
    assert statement.compiled(SQLITE) is not statement.compiled(POSTGRESQL)


def test_each_driver_gets_its_values_as_it_wants_them() -> None:
    values = {"new": "Westwind", "id_": "a"}
    assert RENAME.compiled(SQLITE).parameters(values) == ["Westwind", "a"]
    assert RENAME.compiled(POSTGRESQL).parameters(values) == values


def test_a_value_that_is_used_twice_is_given_once() -> None:
    twice = Query(select(literal(1)).where(text(":here = :here")), first_column)
    assert twice.compiled(SQLITE).parameters({"here": 7}) == [1, 7, 7]


@pytest.mark.usefixtures("northwind")
def test_an_insert_says_what_to_do_on_conflict_on_either_database(database: Database) -> None:
    add_unless_there = Statement(upserts(organizations, lambda one: one.on_conflict_do_nothing()))
    assert write(database, run, add_unless_there, **NORTHWIND) == 0
    assert write(database, run, add_unless_there, **SOUTHWIND) == 1
