"""Transactions: durable, whole or not at all, one after the other, and tried again where another was faster."""

import signal
import time
import traceback
from typing import NoReturn

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from mudguard.store import organizations
from mudguard.store.database import Database, DatabaseUnavailableError, StaleWriteError
from mudguard.store.tables import organizations as organizations_table
from tests.store.calls import read, write
from tests.store.other_process import COMMITTED, TIMES, UNCOMMITTED, counted, doing, one_more
from tests.support.racers import race
from tests.support.races import at_once

SLUG = "a secret slug"


def add_nameless(connection: Connection) -> None:
    """A mistake: an organisation has a name."""
    connection.execute(insert(organizations_table).values(id="1" * 24, slug=SLUG, created_at=0, updated_at=0))


def test_a_transaction_gives_what_its_work_gives(database: Database) -> None:
    assert database.transact(one_more) == 1
    assert database.transact(one_more) == 2


def test_what_is_committed_is_there_for_another_server(database: Database, other_server: Database) -> None:
    database.transact(one_more)
    assert counted(other_server) == 1


def test_what_is_not_committed_yet_is_there_for_nobody_else(database: Database, other_server: Database) -> None:
    def look_from_outside(connection: Connection) -> int:
        one_more(connection)
        return counted(other_server)

    assert database.transact(look_from_outside) == 0


@pytest.mark.parametrize("error", [KeyError("no"), KeyboardInterrupt()])
def test_an_exception_comes_through_and_leaves_nothing_behind(database: Database, error: BaseException) -> None:
    def fail(connection: Connection) -> NoReturn:
        one_more(connection)
        raise error

    with pytest.raises(type(error)):
        database.transact(fail)
    assert counted(database) == 0


def test_after_an_exception_the_next_transaction_goes_through(database: Database) -> None:
    def fail(_connection: Connection) -> NoReturn:
        raise KeyError("no")

    for _ in range(10):
        with pytest.raises(KeyError):
            database.transact(fail)
    assert database.transact(one_more) == 1


def test_work_that_found_its_row_changed_is_done_again_from_its_start(database: Database) -> None:
    tries = []

    def stale_at_first(connection: Connection) -> int:
        tries.append(one_more(connection))
        if len(tries) < 5:
            raise StaleWriteError
        return tries[-1]

    assert database.transact(stale_at_first) == 1
    assert tries == [1] * 5
    assert counted(database) == 1


def test_work_that_always_finds_its_row_changed_is_given_up_and_leaves_nothing_behind(database: Database) -> None:
    def always_stale(connection: Connection) -> NoReturn:
        one_more(connection)
        raise StaleWriteError

    with pytest.raises(DatabaseUnavailableError, match="too many writers at one row"):
        database.transact(always_stale)
    assert counted(database) == 0


def test_work_that_takes_too_long_is_not_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mudguard.store.database.LONGEST_SECONDS", 0.05)
    tries: list[int] = []

    def slow_and_stale(_connection: Connection) -> NoReturn:
        tries.append(1)
        time.sleep(0.06)
        raise StaleWriteError

    with pytest.raises(DatabaseUnavailableError, match="too many writers at one row"):
        database.transact(slow_and_stale)
    assert len(tries) == 1


def test_a_mistake_of_ours_is_no_fault_of_the_database(database: Database) -> None:
    with pytest.raises(IntegrityError):
        write(database, add_nameless)


def test_a_mistake_in_reading_is_no_fault_of_the_database_either(database: Database) -> None:
    with pytest.raises(IntegrityError), database.reading() as connection:
        connection.execute(insert(organizations_table).values(id="1" * 24))


def test_no_parameter_is_shown_with_an_error(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        write(database, add_nameless)
    assert SLUG not in "".join(traceback.format_exception(caught.value))


def test_threads_take_turns_and_no_write_is_lost(database: Database) -> None:
    def ten_more() -> None:
        for _ in range(10):
            database.transact(one_more)

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
    assert database.transact(one_more) == 1


def test_a_closed_database_opens_again_when_it_is_used(database: Database) -> None:
    database.transact(one_more)
    database.close()
    assert counted(database) == 1
