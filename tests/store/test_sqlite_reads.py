"""Reads that take their time, on SQLite: beside the event loop, for so long at most, so many at once."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from mudguard.store import organizations
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.records import first_column
from mudguard.store.sqlite import backend
from mudguard.store.statements import Query
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import how_many, write
from tests.support.loop import wait

KINDS = ["SQLite"]

ENDLESS: Query[int] = Query(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), first_column
)
ENDLESSLY_MANY: Query[int] = Query(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"), first_column
)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long read takes 0.2 s at most, and waits next to no time for its turn."""
    monkeypatch.setattr(backend, "LONG_STATEMENT_SECONDS", 0.2)
    monkeypatch.setattr(backend, "QUEUE_SECONDS", 0.05)


async def endless(database: Database) -> None:
    async with database.reading_at_length() as connection:
        await connection.first(ENDLESS)


async def look(database: Database) -> int:
    async with database.reading_at_length() as connection:
        return await how_many(connection, organizations_table)


async def add_one(connection: Connection) -> None:
    await organizations.add(connection, records.organization())


@pytest.mark.usefixtures("hasty")
def test_a_long_read_that_takes_too_long_is_stopped(database: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailableError, match="interrupted"):
        wait(endless(database))
    assert 0.2 <= time.monotonic() - begun < 1


@pytest.mark.usefixtures("hasty")
def test_after_a_read_that_was_stopped_the_next_goes_through(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(DatabaseUnavailableError):
            wait(endless(database))
    assert wait(look(database)) == 0


def test_everything_else_goes_on_during_a_long_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "LONG_STATEMENT_SECONDS", 1.0)

    async def write_meanwhile() -> int:
        reading = asyncio.ensure_future(endless(database))
        written = 0
        while not reading.done():
            await database.transact(add_one)
            written += 1
        with pytest.raises(DatabaseUnavailableError):
            await reading
        return written

    assert wait(write_meanwhile()) >= 5


@pytest.mark.usefixtures("hasty")
def test_only_two_read_at_length_at_once_and_who_waits_too_long_is_told(database: Database) -> None:
    async def read_beside_two() -> int:
        async with AsyncExitStack() as stack:
            for _ in range(backend.LONG_READERS):
                await stack.enter_async_context(database.reading_at_length())
            with pytest.raises(DatabaseUnavailableError, match="too many long reads"):
                await look(database)
        return await look(database)

    assert wait(read_beside_two()) == 0


def test_who_waits_for_a_long_read_of_others_gets_a_turn_when_it_ends(database: Database) -> None:
    async def read_after_one() -> int:
        async with AsyncExitStack() as stack:
            for _ in range(backend.LONG_READERS):
                await stack.enter_async_context(database.reading_at_length())
            waiting = asyncio.ensure_future(look(database))
            await asyncio.sleep(0.02)
            assert not waiting.done()
        return await waiting

    assert wait(read_after_one()) == 0


def test_who_leaves_in_the_middle_of_a_long_read_stops_it(database: Database) -> None:
    async def leave() -> float:
        reading = asyncio.ensure_future(endless(database))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert [await look(database) for _ in range(3)] == [0, 0, 0]
        return time.monotonic() - begun

    assert wait(leave()) < 0.5


def test_who_leaves_in_the_middle_of_a_snapshot_ends_it(database: Database) -> None:
    async def read_endlessly() -> None:
        async with database.snapshot() as connection:
            await connection.first(ENDLESS)

    async def leave_and_look() -> list[int]:
        for patience in (0, 0, 0.0002, 0.0005, 0.02, 0.02):
            reading = asyncio.ensure_future(read_endlessly())
            await asyncio.sleep(patience)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        await database.transact(add_one)
        async with database.snapshot() as first, database.snapshot() as second:
            return [await how_many(one, organizations_table) for one in (first, second)]

    assert wait(leave_and_look()) == [1, 1]


def test_a_snapshot_ends_when_its_time_is_over(database: Database) -> None:
    async def read_one_after_the_other() -> None:
        async with database.snapshot(seconds=0.2) as connection:
            while True:
                await connection.first(ENDLESS)

    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailableError, match="interrupted"):
        wait(read_one_after_the_other())
    assert 0.2 <= time.monotonic() - begun < 1


def test_a_snapshot_that_has_its_time_outlasts_what_limits_a_long_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "LONG_STATEMENT_SECONDS", 0.01)

    async def read_for_a_while() -> int:
        async with database.snapshot(seconds=None) as connection:
            limited = text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500000) SELECT count(*) FROM n"
            )
            return await connection.first(Query(limited, first_column)) or 0

    assert wait(read_for_a_while()) == 500_000


def test_a_stream_is_read_piece_by_piece(database: Database) -> None:
    async def first_few() -> list[int]:
        found = []
        async with database.snapshot() as connection:
            async for number in connection.stream(ENDLESSLY_MANY):
                found.append(number)
                if number == 1_200:
                    break
        return found

    assert wait(first_few()) == [*range(1, 1_201)]


def test_a_stream_sees_the_moment_of_its_snapshot(database: Database) -> None:
    ids: Query[str] = Query(text("SELECT id FROM organizations"), first_column)
    for _ in range(3):
        write(database, add_one)

    async def add_while_reading() -> int:
        async with database.snapshot() as connection:
            found = 0
            async for _ in connection.stream(ids):
                found += 1
                await database.transact(add_one)
            return found

    assert wait(add_while_reading()) == 3


def test_a_read_that_wanted_the_first_row_of_many_leaves_no_old_state_to_the_next(
    database: Database, other_server: Database
) -> None:
    ids: Query[str] = Query(text("SELECT id FROM organizations"), first_column)
    for _ in range(5):
        write(database, add_one)

    async def look_twice() -> list[int]:
        async with database.reading() as connection:
            await connection.first(ids)
            before = await how_many(connection, organizations_table)
            await other_server.transact(add_one)
            return [before, await how_many(connection, organizations_table)]

    assert wait(look_twice()) == [5, 6]
