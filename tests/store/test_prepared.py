"""Prepared statements say and do what Core says and does, on both databases."""

from enum import StrEnum

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.prepared import Prepared
from mudguard.store.tables import organizations, people, projects
from tests.store import records
from tests.store.calls import read, write

ADD = Prepared(insert(organizations))
FIND = Prepared(select(organizations).where(organizations.c.id == bindparam("id_")))
RENAME = Prepared(update(organizations).where(organizations.c.id == bindparam("id_")).values(name=bindparam("new")))
NORTHWIND = {"id": "a" * 24, "name": "Northwind", "slug": "a secret slug", "created_at": 1, "updated_at": 2}


class Colour(StrEnum):
    RED = "red"


def add(connection: Connection, **changes: object) -> int:
    return ADD.run(connection, NORTHWIND | changes)


def test_a_row_is_written_and_found(database: Database) -> None:
    assert write(database, add) == 1
    assert read(database, FIND.one, {"id_": NORTHWIND["id"]}) == tuple(NORTHWIND.values())


def test_what_is_not_there_is_none(database: Database) -> None:
    assert read(database, FIND.one, {"id_": NORTHWIND["id"]}) is None


def test_it_says_how_many_rows_it_changed(database: Database) -> None:
    write(database, add)
    assert write(database, RENAME.run, {"id_": NORTHWIND["id"], "new": "Southwind"}) == 1
    assert write(database, RENAME.run, {"id_": "b" * 24, "new": "Southwind"}) == 0


def test_a_member_of_an_enumeration_is_written_as_its_value(database: Database) -> None:
    write(database, add, name=Colour.RED)
    row = read(database, FIND.one, {"id_": NORTHWIND["id"]})
    assert row is not None
    assert row[1] == "red"


def test_a_value_that_is_missing_is_a_mistake(database: Database) -> None:
    with pytest.raises(KeyError, match="new"):
        write(database, RENAME.run, {"id_": NORTHWIND["id"]})


def test_values_come_out_in_their_types(database: Database, person: Person) -> None:
    verified = Prepared(select(people.c.email_verified).where(people.c.id == bindparam("id_")))
    row = read(database, verified.one, {"id_": person.id})
    assert row is not None
    assert row[0] is False


def test_values_go_in_by_their_types(database: Database) -> None:
    write(database, add)
    project = records.project("a" * 24)
    values = {column.name: getattr(project, column.name) for column in projects.c}
    write(database, Prepared(insert(projects)).run, values)
    found = Prepared(select(projects.c.settings, projects.c.deleted_at).where(projects.c.id == bindparam("id_")))
    assert read(database, found.one, {"id_": project.id}) == (project.settings, None)


def test_an_error_is_that_of_core_and_shows_no_row(database: Database) -> None:
    write(database, add)
    with pytest.raises(IntegrityError) as caught:
        write(database, ADD.run, {**NORTHWIND, "name": None})
    assert "a secret slug" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_whoever_listens_to_statements_hears_it(database: Database) -> None:
    heard: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _connection, _cursor, sql, *_: heard.append(sql))
    read(database, FIND.one, {"id_": NORTHWIND["id"]})
    assert [sql.partition(" ")[0] for sql in heard] == ["SELECT"]
