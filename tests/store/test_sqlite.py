"""What is particular to SQLite: its file, its settings, and its one write lock."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Connection

from mudguard.store import organizations, schema, sqlite
from mudguard.store.database import Database, DatabaseUnavailableError
from mudguard.store.sqlite import file_url
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, write

PATIENCE_SECONDS = 0.05


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mudguard.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """A database that waits as long as a server's does."""
    database = Database(file_url(path), connections=4)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def impatient(path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database, with two connections and next to no patience."""
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", PATIENCE_SECONDS)
    impatient = Database(database.url, connections=2)
    yield impatient
    impatient.close()


@pytest.fixture
def other_writer(path: Path, database: Database) -> Iterator[sqlite3.Connection]:
    """Somebody else, who holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def add_organization(database: Database) -> None:
    write(database, organizations.add, records.organization())


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
def test_durability_and_foreign_keys_are_in_force_on_every_connection(
    database: Database, pragma: str, value: object
) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(database.reading()) for _ in range(4)]
        values = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for connection in connections]
    assert values == [value] * 4


def test_what_is_removed_is_not_left_in_the_file(database: Database, path: Path) -> None:
    organization = records.organization(name="a name that nobody may find again")
    write(database, organizations.add, organization)
    write(database, organizations.remove, organization.id)
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert organization.name.encode() not in path.read_bytes()


@pytest.mark.usefixtures("other_writer")
def test_a_write_that_cannot_have_the_lock_is_given_up_and_nothing_is_changed(impatient: Database) -> None:
    with pytest.raises(DatabaseUnavailableError, match="database is locked"):
        add_organization(impatient)
    assert count(impatient, organizations_table) == 0


def test_a_write_that_was_given_up_can_be_done_later(impatient: Database, other_writer: sqlite3.Connection) -> None:
    with pytest.raises(DatabaseUnavailableError):
        add_organization(impatient)
    other_writer.execute("ROLLBACK")
    add_organization(impatient)
    assert count(impatient, organizations_table) == 1


def test_a_write_waits_for_another_s_to_end(database: Database, other_writer: sqlite3.Connection) -> None:
    end = Timer(0.1, other_writer.execute, ["ROLLBACK"])
    end.start()
    add_organization(database)
    end.join()
    assert count(database, organizations_table) == 1


@pytest.mark.usefixtures("other_writer")
def test_reading_goes_on_while_somebody_writes(impatient: Database) -> None:
    assert count(impatient, organizations_table) == 0


def test_without_a_free_connection_the_database_is_unavailable(impatient: Database) -> None:
    with impatient.reading(), impatient.reading():
        with pytest.raises(DatabaseUnavailableError, match="no free connection"):
            count(impatient, organizations_table)
        with pytest.raises(DatabaseUnavailableError, match="no free connection"):
            add_organization(impatient)
    add_organization(impatient)


def test_with_no_room_left_the_database_is_unavailable_and_nothing_is_changed(path: Path, database: Database) -> None:
    cramped = Database(file_url(path), connections=1)

    def add_many(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        for _ in range(200):
            organizations.add(connection, records.organization())

    with pytest.raises(DatabaseUnavailableError, match="database or disk is full"):
        cramped.transact(add_many)
    cramped.close()
    assert count(database, organizations_table) == 0


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing but words, and enough of them to be no empty file\n" * 20)
    database = Database(file_url(tmp_path / "notes.txt"), connections=1)
    with pytest.raises(DatabaseUnavailableError, match="file is not a database"):
        schema.upgrade(database)
    with pytest.raises(DatabaseUnavailableError, match="file is not a database"):
        schema.versions(database)


@pytest.mark.parametrize("name", ["", "nowhere/mudguard.db"])
def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path, name: str) -> None:
    database = Database(file_url(tmp_path / name), connections=1)
    with pytest.raises(DatabaseUnavailableError, match="unable to open database file"):
        schema.upgrade(database)


@pytest.mark.parametrize("name", ["with space.db", "what?is#this%20.db", "müde:@wachen.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    database = Database(file_url(tmp_path / name), connections=1)
    assert database.is_missing()
    schema.upgrade(database)
    assert not database.is_missing()
    database.close()
    assert (tmp_path / name).stat().st_size > 0
