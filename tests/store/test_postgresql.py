"""What is particular to PostgreSQL: its limits, which refusals are tried again, and connections that are cut."""

import asyncio
from functools import partial
from threading import Timer

import psycopg
import pytest

from mudguard.store import organizations
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError, StatementError
from mudguard.store.organizations import Organization
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, execute, read, transact, value, write
from tests.support.loop import wait
from tests.support.postgresql import PostgresServer

KINDS = ["PostgreSQL"]

OtherClient = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def id_(organization: Organization) -> str:
    """The id of an organisation."""
    return organization.id


async def limit_waits(connection: Connection) -> None:
    await execute(connection, "SET LOCAL lock_timeout = '50ms'")
    await execute(connection, "SET LOCAL statement_timeout = '200ms'")


async def rename(connection: Connection, id_: str, name: str) -> None:
    await execute(connection, "UPDATE organizations SET name = :name WHERE id = :id", name=name, id=id_)


async def name_of(connection: Connection, id_: str) -> str:
    return str(await value(connection, "SELECT name FROM organizations WHERE id = :id", id=id_))


async def cut(other: OtherClient, connection: Connection) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    process = await value(connection, "SELECT pg_backend_pid()")
    assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [process]).fetchone() == (True,)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("statement_timeout", "5s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("transaction_isolation", "read committed"),
        ("application_name", "mudguard"),
    ],
)
def test_limits_are_in_force_in_reads_and_writes(database: Database, setting: str, expected: str) -> None:
    assert read(database, value, f"SHOW {setting}") == expected
    assert write(database, value, f"SHOW {setting}") == expected


def test_a_statement_that_takes_too_long_is_given_up_and_nothing_is_changed(database: Database, id_: str) -> None:
    async def dawdle(connection: Connection) -> None:
        await rename(connection, id_, "changed")
        await limit_waits(connection)
        await execute(connection, "SELECT pg_sleep(30)")

    with pytest.raises(DatabaseUnavailableError, match="canceling statement due to statement timeout"):
        transact(database, dawdle)
    assert read(database, name_of, id_) == "Northwind"


def test_a_read_that_takes_too_long_is_given_up(database: Database) -> None:
    async def dawdle(connection: Connection) -> None:
        await execute(connection, "SET statement_timeout = '50ms'")
        await execute(connection, "SELECT pg_sleep(30)")

    with pytest.raises(DatabaseUnavailableError, match="statement timeout"):
        read(database, dawdle)


@pytest.mark.parametrize(("seconds", "expected"), [(None, "0"), (30.0, "30s"), (0.5, "500ms")])
def test_going_through_everything_may_take_its_time(database: Database, seconds: float | None, expected: str) -> None:
    async def limit() -> object:
        async with database.snapshot(seconds=seconds) as connection:
            return await value(connection, "SHOW statement_timeout")

    assert wait(limit()) == expected
    assert read(database, value, "SHOW statement_timeout") == "5s"


def test_a_row_that_somebody_holds_is_waited_for_only_so_long(database: Database, id_: str, other: OtherClient) -> None:
    async def change(connection: Connection) -> None:
        await limit_waits(connection)
        await rename(connection, id_, "changed")

    with other.transaction():
        other.execute("SELECT 1 FROM organizations WHERE id = %s FOR UPDATE", [id_])
        with pytest.raises(DatabaseUnavailableError, match="canceling statement due to lock timeout"):
            transact(database, change)
        assert read(database, name_of, id_) == "Northwind"
    transact(database, change)
    assert read(database, name_of, id_) == "changed"


def test_a_write_waits_for_another_s_to_end(database: Database, id_: str, other: OtherClient) -> None:
    other.execute("BEGIN")
    other.execute("SELECT 1 FROM organizations WHERE id = %s FOR UPDATE", [id_])
    end = Timer(0.1, other.execute, ["ROLLBACK"])
    end.start()
    write(database, rename, id_, "changed")
    end.join()
    assert read(database, name_of, id_) == "changed"


def test_a_transaction_that_could_not_be_serialized_is_done_again(
    database: Database, id_: str, other: OtherClient
) -> None:
    tries: list[str] = []

    async def change_on(connection: Connection) -> None:
        await execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tries.append(await name_of(connection, id_))
        if len(tries) == 1:
            other.execute("UPDATE organizations SET name = 'theirs' WHERE id = %s", [id_])
        await rename(connection, id_, f"{tries[-1]} and ours")

    transact(database, change_on)
    assert tries == ["Northwind", "theirs"]
    assert read(database, name_of, id_) == "theirs and ours"


def test_of_two_in_a_deadlock_one_is_done_again_and_both_go_through(database: Database, id_: str) -> None:
    second = records.organization()
    write(database, organizations.add, second)
    tries: list[str] = []

    async def both() -> None:
        both_hold_one = asyncio.Barrier(2)

        async def rename_both(connection: Connection, ids: tuple[str, str]) -> None:
            tries.append(ids[0])
            await rename(connection, ids[0], "changed")
            if tries.count(ids[0]) == 1:
                await both_hold_one.wait()
            await rename(connection, ids[1], "changed")

        orders = (id_, second.id), (second.id, id_)
        await asyncio.gather(*[database.transact(partial(rename_both, ids=ids)) for ids in orders])

    wait(both())
    assert len(tries) >= 3


def test_a_transaction_that_met_a_row_added_by_somebody_else_is_done_again_and_finds_it(
    database: Database, id_: str, other: OtherClient
) -> None:
    slug = f"slug-{id_}"
    tries: list[bool] = []

    async def add_unless_there(connection: Connection) -> None:
        is_there = await organizations.slug_is_taken(connection, slug)
        tries.append(is_there)
        if not is_there:
            other.execute("UPDATE organizations SET slug = %s WHERE id = %s", [slug, id_])
            await organizations.add(connection, records.organization(id="e" * 24, slug=slug))

    transact(database, add_unless_there)
    assert tries == [False, True]


def test_a_transaction_whose_connection_is_cut_before_the_commit_is_done_again(
    database: Database, id_: str, other: OtherClient
) -> None:
    tries: list[str] = []

    async def change_on(connection: Connection) -> None:
        await rename(connection, id_, f"{await name_of(connection, id_)}, changed")
        tries.append(await name_of(connection, id_))
        if len(tries) == 1:
            await cut(other, connection)
            await name_of(connection, id_)

    transact(database, change_on)
    assert tries == ["Northwind, changed"] * 2
    assert read(database, name_of, id_) == "Northwind, changed"


def test_a_transaction_whose_connection_is_cut_at_the_commit_is_not_done_again_because_nobody_knows_if_it_was(
    database: Database, id_: str, other: OtherClient
) -> None:
    tries: list[int] = []

    async def change_on(connection: Connection) -> None:
        await rename(connection, id_, "changed")
        tries.append(1)
        await cut(other, connection)

    with pytest.raises(DatabaseUnavailableError, match="the connection was lost while it committed"):
        transact(database, change_on)
    assert tries == [1]
    assert read(database, name_of, id_) == "Northwind"


def test_an_idle_connection_that_was_cut_is_replaced_before_it_is_used(
    database: Database, id_: str, other: OtherClient
) -> None:
    for _ in range(2):
        read(database, lambda connection: cut(other, connection))
        assert read(database, name_of, id_) == "Northwind"
    write(database, rename, id_, "changed")
    assert read(database, name_of, id_) == "changed"


def test_the_database_refuses_to_empty_the_audit_trail(database: Database) -> None:
    with pytest.raises(StatementError, match="security_events is append-only"):
        write(database, execute, "TRUNCATE security_events")


def test_a_database_that_is_not_there_is_unavailable_and_the_reason_tells_no_password(postgres: PostgresServer) -> None:
    nowhere = Database(postgres.url("nowhere").replace("mudguard@", "mudguard:a-password@"), connections=1)
    with pytest.raises(DatabaseUnavailableError, match='database "nowhere" does not exist') as caught:
        count(nowhere, organizations_table)
    wait(nowhere.close())
    assert "a-password" not in str(caught.value) + nowhere.place


def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = Database("postgresql://mudguard@127.0.0.1:1/nowhere", connections=1)
    with pytest.raises(DatabaseUnavailableError, match="Connection refused"):
        count(nowhere, organizations_table)
    wait(nowhere.close())
