"""Transactions: durable, whole or not at all, one after the other, and tried again where another was faster."""

import asyncio
import signal
import time
import traceback
from functools import partial
from typing import NoReturn

import pytest
from sqlalchemy import insert, select

from mudguard.store import organizations
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError, StaleWriteError, StatementError
from mudguard.store.records import first_column
from mudguard.store.statements import Query
from mudguard.store.tables import organizations as organizations_table
from mudguard.store.tables import password_failures
from tests.store.calls import execute, how_many, read, transact, value, write
from tests.store.other_process import COMMITTED, TIMES, UNCOMMITTED, counted, doing, one_more
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.racers import race
from tests.support.races import at_once

SLUG = "a secret slug"


class Stopped(BaseException):
    """What no `except Exception` catches."""


async def add_nameless(connection: Connection) -> None:
    """A mistake: an organisation has a name."""
    values = {"id": "1" * 24, "slug": SLUG, "created_at": 0, "updated_at": 0}
    await execute(connection, insert(organizations_table).values(values))


def test_a_transaction_gives_what_its_work_gives(database: Database) -> None:
    assert transact(database, one_more) == 1
    assert transact(database, one_more) == 2


def test_what_is_committed_is_there_for_another_server(database: Database, other_server: Database) -> None:
    transact(database, one_more)
    assert counted(other_server) == 1


def test_what_is_not_committed_yet_is_there_for_nobody_else(database: Database, inspection: Inspection) -> None:
    async def look_from_outside(connection: Connection) -> int:
        await one_more(connection)
        return len(inspection.rows(select(password_failures)))

    assert transact(database, look_from_outside) == 0


@pytest.mark.parametrize("error", [KeyError("no"), Stopped()])
def test_an_exception_comes_through_and_leaves_nothing_behind(database: Database, error: BaseException) -> None:
    async def fail(connection: Connection) -> NoReturn:
        await one_more(connection)
        raise error

    with pytest.raises(type(error)):
        transact(database, fail)
    assert counted(database) == 0


def test_after_an_exception_the_next_transaction_goes_through(database: Database) -> None:
    async def fail(_connection: Connection) -> NoReturn:
        raise KeyError("no")

    for _ in range(10):
        with pytest.raises(KeyError):
            transact(database, fail)
    assert transact(database, one_more) == 1


def test_work_that_found_its_row_changed_is_done_again_from_its_start(database: Database) -> None:
    tries = []

    async def stale_at_first(connection: Connection) -> int:
        tries.append(await one_more(connection))
        if len(tries) < 5:
            raise StaleWriteError
        return tries[-1]

    assert transact(database, stale_at_first) == 1
    assert tries == [1] * 5
    assert counted(database) == 1


def test_work_that_always_finds_its_row_changed_is_given_up_and_leaves_nothing_behind(database: Database) -> None:
    async def always_stale(connection: Connection) -> NoReturn:
        await one_more(connection)
        raise StaleWriteError

    with pytest.raises(DatabaseUnavailableError, match="too many writers at one row"):
        transact(database, always_stale)
    assert counted(database) == 0


def test_work_that_takes_too_long_is_not_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mudguard.store.database.LONGEST_SECONDS", 0.05)
    tries: list[int] = []
    dawdle = partial(time.sleep, 0.06)

    async def slow_and_stale(_connection: Connection) -> NoReturn:
        tries.append(1)
        dawdle()
        raise StaleWriteError

    with pytest.raises(DatabaseUnavailableError, match="too many writers at one row"):
        transact(database, slow_and_stale)
    assert len(tries) == 1


def test_a_mistake_of_ours_is_no_fault_of_the_database(database: Database) -> None:
    with pytest.raises(StatementError):
        write(database, add_nameless)


def test_a_mistake_in_reading_is_no_fault_of_the_database_either(database: Database) -> None:
    with pytest.raises(StatementError):
        read(database, value, "SELECT name FROM organizations WHERE id = :id", id=object())


def test_no_parameter_is_shown_with_an_error(database: Database) -> None:
    with pytest.raises(StatementError) as caught:
        write(database, add_nameless)
    assert SLUG not in "".join(traceback.format_exception(caught.value))


def test_threads_take_turns_and_no_write_is_lost(database: Database) -> None:
    def ten_more() -> None:
        for _ in range(10):
            transact(database, one_more)

    at_once([ten_more] * 8)
    assert counted(database) == 80


def test_processes_take_turns_and_no_write_is_lost(database: Database) -> None:
    finishes = race([doing("count", database) for _ in range(3)])
    assert [finish.exit_code for finish in finishes] == [0, 0, 0]
    assert counted(database) == 3 * TIMES


def test_a_process_that_is_killed_leaves_what_it_committed_and_nothing_else(database: Database) -> None:
    (finish,) = race([doing("die", database)])
    assert finish.exit_code == -signal.SIGKILL
    assert read(database, organizations.find, COMMITTED)
    assert read(database, organizations.find, UNCOMMITTED) is None
    assert transact(database, one_more) == 1


def test_a_closed_database_opens_again_when_it_is_used(database: Database) -> None:
    transact(database, one_more)
    wait(database.close())
    assert counted(database) == 1


def test_a_transaction_takes_place_although_who_awaited_it_left(database: Database) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(database.transact(one_more))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    wait(leave())
    wait(database.close())
    assert counted(database) == 1


def test_closing_waits_for_the_transactions_that_have_begun(database: Database) -> None:
    async def close_at_once() -> int:
        task = asyncio.ensure_future(database.transact(one_more))
        await asyncio.sleep(0)
        await database.close()
        assert task.done()
        return await task

    assert wait(close_at_once()) == 1


def test_a_snapshot_sees_one_moment(database: Database) -> None:
    async def look_twice() -> list[int]:
        async with database.snapshot() as connection:
            before = await how_many(connection, password_failures)
            await database.transact(one_more)
            return [before, await how_many(connection, password_failures)]

    assert wait(look_twice()) == [0, 0]
    assert counted(database) == 1


def test_two_reads_on_one_connection_each_see_what_is_committed_then(
    database: Database, other_server: Database
) -> None:
    async def look_twice() -> list[int]:
        async with database.reading() as connection:
            before = await how_many(connection, password_failures)
            await other_server.transact(one_more)
            return [before, await how_many(connection, password_failures)]

    assert wait(look_twice()) == [0, 1]


def test_a_long_read_and_a_stream_give_what_a_short_read_gives(database: Database) -> None:
    transact(database, one_more)
    ids = Query(select(password_failures.c.account), first_column)

    async def every_way() -> list[list[str]]:
        async with database.reading() as connection:
            short = await connection.all(ids)
        async with database.reading_at_length() as connection:
            long = await connection.all(ids)
        async with database.snapshot() as connection:
            return [short, long, [account async for account in connection.stream(ids)]]

    assert wait(every_way()) == [["account"]] * 3
