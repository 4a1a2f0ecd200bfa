"""What is particular to PostgreSQL: its limits, which refusals are tried again, and connections that are cut."""

import itertools
import secrets
from collections.abc import Iterator
from functools import partial
from threading import Barrier, Timer

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from mudguard.store import organizations, schema
from mudguard.store.database import Database, DatabaseUnavailableError
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, read, write
from tests.support.postgresql import PostgresServer
from tests.support.races import at_once

IMPATIENT = "SET LOCAL lock_timeout = '50ms'; SET LOCAL statement_timeout = '200ms'"

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> str:
    """A database that the tests of this module share."""
    return postgres.new_database(f"particular_{secrets.token_hex(4)}")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The database, with a pool of connections of this test's own."""
    database = Database(url, connections=4)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def other(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else at the same database."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def id_(database: Database) -> str:
    """The id of an organisation."""
    organization = records.organization(id=f"{next(_numbers):024x}")
    write(database, organizations.add, organization)
    return organization.id


def rename(connection: Connection, id_: str, name: str) -> None:
    connection.execute(text("UPDATE organizations SET name = :name WHERE id = :id"), {"name": name, "id": id_})


def name_of(connection: Connection, id_: str) -> str:
    return str(connection.scalar(text("SELECT name FROM organizations WHERE id = :id"), {"id": id_}))


def cut(other: psycopg.Connection[tuple[object, ...]], connection: Connection) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    process = connection.scalar(text("SELECT pg_backend_pid()"))
    assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [process]).fetchone() == (True,)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "5s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("transaction_isolation", "read committed"),
        ("application_name", "mudguard"),
    ],
)
def test_limits_are_in_force_in_reads_and_writes(database: Database, setting: str, value: str) -> None:
    def shown(connection: Connection) -> str:
        return str(connection.scalar(text(f"SHOW {setting}")))

    assert (read(database, shown), write(database, shown)) == (value, value)


def test_a_statement_that_takes_too_long_is_given_up_and_nothing_is_changed(database: Database, id_: str) -> None:
    def dawdle(connection: Connection) -> None:
        rename(connection, id_, "changed")
        connection.exec_driver_sql(IMPATIENT)
        connection.exec_driver_sql("SELECT pg_sleep(30)")

    with pytest.raises(DatabaseUnavailableError, match="canceling statement due to statement timeout"):
        database.transact(dawdle)
    assert read(database, name_of, id_) == "Northwind"


def test_a_read_that_takes_too_long_is_given_up(database: Database) -> None:
    def dawdle(connection: Connection) -> None:
        connection.exec_driver_sql("SET statement_timeout = '50ms'")
        connection.exec_driver_sql("SELECT pg_sleep(30)")

    with pytest.raises(DatabaseUnavailableError, match="statement timeout"):
        read(database, dawdle)


def test_going_through_everything_may_take_its_time(database: Database) -> None:
    with database.snapshot() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "0"


def test_a_row_that_somebody_holds_is_waited_for_only_so_long(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    def change(connection: Connection) -> None:
        connection.exec_driver_sql(IMPATIENT)
        rename(connection, id_, "changed")

    with other.transaction():
        other.execute("SELECT 1 FROM organizations WHERE id = %s FOR UPDATE", [id_])
        with pytest.raises(DatabaseUnavailableError, match="canceling statement due to lock timeout"):
            database.transact(change)
        assert read(database, name_of, id_) == "Northwind"
    database.transact(change)
    assert read(database, name_of, id_) == "changed"


def test_a_write_waits_for_another_s_to_end(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    other.execute("BEGIN")
    other.execute("SELECT 1 FROM organizations WHERE id = %s FOR UPDATE", [id_])
    end = Timer(0.1, other.execute, ["ROLLBACK"])
    end.start()
    write(database, rename, id_, "changed")
    end.join()
    assert read(database, name_of, id_) == "changed"


def test_work_that_could_not_be_serialized_is_done_again(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    tries: list[str] = []

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tries.append(name_of(connection, id_))
        if len(tries) == 1:
            other.execute("UPDATE organizations SET name = 'theirs' WHERE id = %s", [id_])
        rename(connection, id_, f"{tries[-1]} and ours")

    database.transact(work)
    assert tries == ["Northwind", "theirs"]
    assert read(database, name_of, id_) == "theirs and ours"


def test_of_two_in_a_deadlock_one_is_done_again_and_both_go_through(database: Database, id_: str) -> None:
    second = records.organization(id=f"{next(_numbers):024x}")
    write(database, organizations.add, second)
    both_hold_one = Barrier(2)
    tries: list[str] = []

    def work(connection: Connection, ids: tuple[str, str]) -> None:
        tries.append(ids[0])
        rename(connection, ids[0], "changed")
        if tries.count(ids[0]) == 1:
            both_hold_one.wait(10)
        rename(connection, ids[1], "changed")

    orders = (id_, second.id), (second.id, id_)
    at_once([partial(write, database, work, order) for order in orders])
    assert len(tries) >= 3


def test_work_that_met_a_row_added_by_somebody_else_is_done_again_and_finds_it(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    slug = f"slug-{id_}"
    tries: list[bool] = []

    def add_unless_there(connection: Connection) -> None:
        is_there = connection.scalar(text("SELECT 1 FROM organizations WHERE slug = :slug"), {"slug": slug}) == 1
        tries.append(is_there)
        if not is_there:
            other.execute("UPDATE organizations SET slug = %s WHERE id = %s", [slug, id_])
            organizations.add(connection, records.organization(id="e" * 24, slug=slug))

    database.transact(add_unless_there)
    assert tries == [False, True]


def test_work_whose_connection_is_cut_before_the_commit_is_done_again(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    tries: list[str] = []

    def work(connection: Connection) -> None:
        rename(connection, id_, f"{name_of(connection, id_)}, changed")
        tries.append(name_of(connection, id_))
        if len(tries) == 1:
            cut(other, connection)
            name_of(connection, id_)

    database.transact(work)
    assert tries == ["Northwind, changed"] * 2
    assert read(database, name_of, id_) == "Northwind, changed"


def test_work_whose_connection_is_cut_at_the_commit_is_not_done_again_because_nobody_knows_if_it_was(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    tries: list[int] = []

    def work(connection: Connection) -> None:
        rename(connection, id_, "changed")
        tries.append(1)
        cut(other, connection)

    with pytest.raises(DatabaseUnavailableError, match="the connection was lost while it committed"):
        database.transact(work)
    assert tries == [1]
    assert read(database, name_of, id_) == "Northwind"


def test_an_idle_connection_that_was_cut_is_replaced_before_it_is_used(
    database: Database, id_: str, other: psycopg.Connection[tuple[object, ...]]
) -> None:
    for _ in range(2):
        with database.reading() as connection:
            cut(other, connection)
        assert read(database, name_of, id_) == "Northwind"
    write(database, rename, id_, "changed")
    assert read(database, name_of, id_) == "changed"


def test_the_database_refuses_to_empty_the_audit_trail(database: Database) -> None:
    with pytest.raises(DBAPIError, match="security_events is append-only"):
        database.transact(lambda connection: connection.execute(text("TRUNCATE security_events")))


def test_a_database_that_is_not_there_is_unavailable_and_the_reason_tells_no_password(postgres: PostgresServer) -> None:
    nowhere = Database(postgres.url("nowhere").replace("mudguard@", "mudguard:a-password@"), connections=1)
    with pytest.raises(DatabaseUnavailableError, match='database "nowhere" does not exist') as caught:
        count(nowhere, organizations_table)
    nowhere.close()
    assert "a-password" not in str(caught.value) + nowhere.place


def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = Database("postgresql://mudguard@127.0.0.1:1/nowhere", connections=1)
    with pytest.raises(DatabaseUnavailableError, match="Connection refused"):
        count(nowhere, organizations_table)
    nowhere.close()
