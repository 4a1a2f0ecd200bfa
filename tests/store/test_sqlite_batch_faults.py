"""What one of those who share a commit does wrong, and what goes wrong with the commit, on SQLite."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mudguard.security.field_cipher import FieldCipher
from mudguard.store.audit import AuditTrail
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError, StaleWriteError
from mudguard.store.sqlite import writer
from mudguard.store.tables import api_keys, security_events
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, execute, transact, write
from tests.store.commits import HeldCommits, at_commits, writer_of
from tests.store.test_sqlite_writer import add_one, behind_another
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.trail import problems, rows

KINDS = ["SQLite"]

Body = Callable[[Connection], Coroutine[Any, Any, Any]]


class Stopped(BaseException):
    """What no `except Exception` catches."""


@pytest.fixture(autouse=True)
def shared_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits shares a commit, however busy the machine is."""
    monkeypatch.setattr(writer, "MAX_BATCH_SECONDS", 60)


def raising(error: type[BaseException], before: Body = add_one) -> Body:
    """A transaction that does something, and raises."""

    async def body(connection: Connection) -> None:
        await before(connection)
        raise error

    return body


async def violate_at_the_commit(connection: Connection) -> None:
    """Something that SQLite notices when it commits, and not before."""
    await execute(connection, "PRAGMA defer_foreign_keys = ON")
    await execute(
        connection,
        "INSERT INTO api_keys (id, org_id, project_id, name, secret_hash, permissions, limit_requests, limit_window,"
        " window_started_at, window_requests, requests, is_active, created_by, created_at)"
        " VALUES ('nowhere', 'nowhere', 'nowhere', 'a key', x'00', '[]', 0, 0, 0, 0, 0, 0, 'nobody', 0)",
    )


async def add_many(connection: Connection) -> None:
    for _ in range(2_000):
        await add_one(connection)


def cramp(database: Database) -> None:
    """Leave the writer's connection no room; it is opened by a first write."""
    write(database, add_one)
    connection = writer_of(database)._connection
    assert connection
    connection.raw.execute("PRAGMA max_page_count = 1")


@pytest.mark.parametrize("error", [ZeroDivisionError, Stopped])
def test_a_transaction_that_raises_takes_nobody_s_change_with_it(
    database: Database, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = wait(behind_another(database, HeldCommits(monkeypatch), add_one, raising(error), add_one))
    assert [type(outcome) for outcome in outcomes] == [str, error, str]
    assert count(database, organizations_table) == 3


def test_a_transaction_that_found_its_row_changed_is_done_again_and_the_others_stand(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def stale_at_first(connection: Connection) -> int:
        tries.append(1)
        await add_one(connection)
        if len(tries) < 3:
            raise StaleWriteError
        return len(tries)

    outcomes = wait(behind_another(database, HeldCommits(monkeypatch), add_one, stale_at_first, add_one))
    assert outcomes[1] == 3
    assert count(database, organizations_table) == 4


def test_what_a_transaction_that_raises_remembered_is_forgotten_and_the_stream_of_events_stays_whole(
    database: Database, trail: AuditTrail, seal: FieldCipher, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def append(connection: Connection) -> None:
        await trail.append(connection, records.event())

    bodies = append, raising(KeyError, append), append
    wait(behind_another(database, HeldCommits(monkeypatch), *bodies))
    assert [row["position"] for row in rows(inspection)] == [1, 2]
    assert problems(inspection, seal) == []


def test_after_a_lone_transaction_that_raised_the_stream_of_events_stays_whole(
    database: Database, trail: AuditTrail, seal: FieldCipher, inspection: Inspection
) -> None:
    async def append(connection: Connection) -> None:
        await trail.append(connection, records.event())

    transact(database, append)
    with pytest.raises(KeyError):
        transact(database, raising(KeyError, append))
    transact(database, append)
    assert count(database, security_events) == 2
    assert problems(inspection, seal) == []


def test_with_no_room_left_a_transaction_is_told_why_and_changes_nothing(database: Database) -> None:
    cramp(database)
    with pytest.raises(DatabaseUnavailableError, match="database or disk is full"):
        write(database, add_many)
    assert count(database, organizations_table) == 1


def test_with_no_room_left_all_who_share_the_transaction_are_told_and_nothing_is_changed(database: Database) -> None:
    async def fill_up() -> list[Any]:
        bodies = add_one, add_many, add_one
        return await asyncio.gather(*[database.transact(body) for body in bodies], return_exceptions=True)

    cramp(database)
    first, second, third = wait(fill_up())
    assert str(first) == str(second) == "the transaction was undone: database or disk is full"
    assert isinstance(third, str), "it came after, and in another transaction"
    assert count(database, organizations_table) == 2


def test_a_transaction_that_passes_over_a_full_disk_is_not_acknowledged(database: Database) -> None:
    async def pass_over(connection: Connection) -> None:
        with pytest.raises(DatabaseUnavailableError, match="full"):
            await add_many(connection)

    cramp(database)
    with pytest.raises(DatabaseUnavailableError, match="the transaction was undone"):
        write(database, pass_over)
    assert count(database, organizations_table) == 1


def test_with_room_again_writing_goes_on(database: Database) -> None:
    cramp(database)
    with pytest.raises(DatabaseUnavailableError):
        write(database, add_many)
    write(database, add_one)
    assert count(database, organizations_table) == 2


def test_where_the_commit_fails_all_who_shared_it_are_told_and_nothing_is_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = add_one, violate_at_the_commit, add_one
    outcomes = wait(behind_another(database, HeldCommits(monkeypatch), *bodies))
    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailableError] * 3
    assert all("nobody knows whether it was committed: FOREIGN KEY" in str(outcome) for outcome in outcomes)
    assert (count(database, organizations_table), count(database, api_keys)) == (1, 0)


def test_what_was_not_committed_is_not_done_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def counting(connection: Connection) -> None:
        tries.append(1)
        await add_one(connection)

    def fail() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        at_commits(patch, before=fail)
        with pytest.raises(DatabaseUnavailableError, match="disk I/O error"):
            write(database, counting)
    assert tries == [1]
    assert count(database, organizations_table) == 0


def test_after_a_failed_commit_the_next_transaction_goes_through_on_another_connection(database: Database) -> None:
    write(database, add_one)
    before = writer_of(database)._connection
    with pytest.raises(DatabaseUnavailableError):
        write(database, violate_at_the_commit)
    write(database, add_one)
    assert writer_of(database)._connection is not before
    assert count(database, organizations_table) == 2


def test_after_a_failed_commit_the_stream_of_events_stays_whole(
    database: Database, trail: AuditTrail, seal: FieldCipher, inspection: Inspection
) -> None:
    async def append_and_fail(connection: Connection) -> None:
        await trail.append(connection, records.event())
        await violate_at_the_commit(connection)

    write(database, trail.append, records.event())
    with pytest.raises(DatabaseUnavailableError):
        write(database, append_and_fail)
    write(database, trail.append, records.event())
    assert count(database, security_events) == 2
    assert problems(inspection, seal) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_was_committed_into_a_file_that_was_moved_meanwhile_is_not_acknowledged(
    database: Database, tmp_path: Path, moment: str
) -> None:
    path = Path(str(database.url.database))
    write(database, add_one)
    with pytest.MonkeyPatch.context() as patch:
        acts: dict[str, Any] = {moment: partial(path.rename, tmp_path / "aside.db")}
        at_commits(patch, **acts)
        with pytest.raises(DatabaseUnavailableError, match="nobody knows whether it was committed"):
            write(database, add_one)
