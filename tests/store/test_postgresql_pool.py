"""The pool of connections to PostgreSQL: none free, who waits, who leaves, and what stands between."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import URL

from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.postgresql import backend
from mudguard.store.postgresql.backend import PostgresqlBackend
from tests.store.calls import execute, value
from tests.store.other_process import counted, one_more
from tests.store.round_trips import counted as counting_round_trips
from tests.support.loop import wait
from tests.support.pgbouncer import running_pgbouncer

KINDS = ["PostgreSQL"]

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%password_failures%'"


@pytest.fixture
def narrow(database: Database) -> Iterator[Database]:
    """The database, with one connection only."""
    narrow = Database(database.url, connections=1)
    yield narrow
    wait(narrow.close())


@pytest.fixture
def pooled(database: Database) -> Iterator[Database]:
    """The database through a PgBouncer in transaction mode."""
    with running_pgbouncer(database.url.render_as_string(hide_password=False)) as url:
        pooled = Database(url, connections=2)
        yield pooled
        wait(pooled.close())


async def ping(database: Database) -> object:
    async with database.reading() as connection:
        return await value(connection, "SELECT 1")


async def sleep(database: Database) -> None:
    async with database.reading() as connection:
        await execute(connection, "SELECT pg_sleep(30)")


def test_without_a_free_connection_the_database_is_unavailable_after_a_while(
    narrow: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "CHECKOUT_SECONDS", 0.05)

    async def ask_beside_another() -> None:
        async with narrow.reading():
            with pytest.raises(DatabaseUnavailableError, match="no free connection"):
                await ping(narrow)
            with pytest.raises(DatabaseUnavailableError, match="no free connection"):
                await narrow.transact(one_more)

    wait(ask_beside_another())
    assert counted(narrow) == 0


def test_who_waits_for_a_connection_gets_it_when_it_is_free(narrow: Database) -> None:
    async def ask_beside_another() -> object:
        async with narrow.reading():
            waiting = asyncio.ensure_future(ping(narrow))
            await asyncio.sleep(0.05)
            assert not waiting.done()
        return await waiting

    assert wait(ask_beside_another()) == 1


def test_no_more_wait_for_a_connection_than_the_queue_holds(narrow: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "MAX_WAITING", 2)

    async def ask_beside_three() -> list[object]:
        async with narrow.reading():
            waiting = [asyncio.ensure_future(ping(narrow)) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(DatabaseUnavailableError, match="too many requests wait for a connection"):
                await ping(narrow)
        return await asyncio.gather(*waiting)

    assert wait(ask_beside_three()) == [1, 1]


def test_who_leaves_in_the_middle_of_a_read_gives_the_connection_back(narrow: Database) -> None:
    async def leave() -> object:
        reading = asyncio.ensure_future(sleep(narrow))
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return await asyncio.wait_for(ping(narrow), 3)

    assert wait(leave()) == 1


def test_who_leaves_in_the_moment_of_getting_a_connection_does_not_use_it(narrow: Database) -> None:
    async def leave() -> object:
        async with narrow.reading():
            waiting = asyncio.ensure_future(sleep(narrow))
            await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(waiting), 3)
        return await asyncio.wait_for(ping(narrow), 3)

    assert wait(leave()) == 1


def test_however_many_leave_whenever_no_connection_is_lost(database: Database) -> None:
    async def leave_soon() -> None:
        reading = asyncio.ensure_future(ping(database))
        await asyncio.sleep(random.random() / 100)
        reading.cancel()
        await asyncio.wait([reading])

    async def leave_and_look() -> list[object]:
        await asyncio.gather(*[leave_soon() for _ in range(200)])
        async with AsyncExitStack() as stack:
            connections = [await stack.enter_async_context(database.reading()) for _ in range(4)]
            return [await value(connection, "SELECT 1") for connection in connections]

    assert wait(leave_and_look()) == [1] * 4


def test_no_more_connections_are_opened_than_are_allowed(database: Database) -> None:
    async def ask_often() -> int:
        await asyncio.gather(*[ping(database) for _ in range(50)])
        async with database.reading() as connection:
            return int(
                await value(connection, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            )

    assert wait(ask_often()) == 4


def test_one_after_the_other_uses_the_same_connection(database: Database) -> None:
    async def who_serves() -> object:
        async with database.reading() as connection:
            return await value(connection, "SELECT pg_backend_pid()")

    assert len({wait(who_serves()) for _ in range(5)}) == 1


def test_a_transaction_of_one_statement_takes_two_round_trips(url: URL, database: Database) -> None:
    async def trips_of_one_more() -> int:
        async with counting_round_trips(url) as (counting, trips):
            await counting.transact(lambda one: execute(one, "SELECT 1"))
            before = trips.count
            await counting.transact(lambda one: execute(one, "SELECT 1"))
            return trips.count - before

    assert wait(trips_of_one_more()) == 2


def test_a_transaction_that_does_nothing_takes_no_round_trip(url: URL, database: Database) -> None:
    async def nothing(_connection: Connection) -> None:
        pass

    async def trips_of_nothing() -> int:
        async with counting_round_trips(url) as (counting, trips):
            await ping(counting)
            before = trips.count
            await counting.transact(nothing)
            return trips.count - before

    assert wait(trips_of_nothing()) == 0


def test_a_read_takes_one_round_trip(url: URL, database: Database) -> None:
    async def trips_of_a_read() -> int:
        async with counting_round_trips(url) as (counting, trips):
            await ping(counting)
            before = trips.count
            await ping(counting)
            return trips.count - before

    assert wait(trips_of_a_read()) == 1


def test_what_is_run_often_is_prepared(narrow: Database) -> None:
    for _ in range(5):
        wait(narrow.transact(one_more))
    assert wait(narrow.transact(lambda connection: value(connection, PREPARED))) > 0


def test_nothing_is_prepared_through_a_pooler(pooled: Database) -> None:
    for _ in range(5):
        wait(pooled.transact(one_more))
    assert wait(pooled.transact(lambda connection: value(connection, PREPARED))) == 0
    assert counted(pooled) == 5


@pytest.mark.parametrize(("setting", "expected"), [("statement_timeout", "5s"), ("lock_timeout", "3s")])
def test_limits_are_in_force_in_transactions_through_a_pooler(pooled: Database, setting: str, expected: str) -> None:
    assert wait(pooled.transact(lambda connection: value(connection, f"SHOW {setting}"))) == expected


def test_a_pooler_is_known_by_the_process_ids_that_it_gives(narrow: Database, pooled: Database) -> None:
    def is_pooled(database: Database) -> list[bool]:
        wait(ping(database))
        assert isinstance(database._backend, PostgresqlBackend)
        return [connection.is_pooled for connection in database._backend._idle]

    assert (is_pooled(narrow), is_pooled(pooled)) == ([False], [True])
