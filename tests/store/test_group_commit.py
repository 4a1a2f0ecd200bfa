"""Writers of one process who wait for one another, on SQLite: they share a transaction, and nothing else."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text

from mudguard.store import organizations, schema, sqlite
from mudguard.store.database import Database, DatabaseUnavailableError, StaleWriteError
from mudguard.store.sqlite import file_url
from mudguard.store.tables import api_keys
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count

OTHERS = 5


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(file_url(tmp_path / "mudguard.db"), connections=OTHERS + 1)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def commits(database: Database) -> list[Connection]:
    """The connections that committed, in order."""
    seen: list[Connection] = []
    event.listen(database.engine, "commit", seen.append)
    return seen


class Queue:
    """Work that waits behind a transaction, until that may end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(OTHERS + 1)
        self._may_end = Event()
        begun = Event()

        def hold(_connection: Connection) -> None:
            begun.set()
            self._may_end.wait()

        self._first = self._pool.submit(database.transact, hold)
        begun.wait()

    def add(self, *works: Callable[[Connection], Any]) -> "list[Future[Any]]":
        """Let each wait in a thread of its own, in this order."""
        futures = []
        for work in works:
            before = self._length()
            futures.append(self._pool.submit(self._database.transact, work))
            while self._length() == before:
                time.sleep(0.001)
        return futures

    def go_on(self) -> None:
        """Let the transaction in front end, and wait for all."""
        self._may_end.set()
        self._pool.shutdown()
        self._first.result()

    def _length(self) -> int:
        group = self._database._group
        assert group is not None
        return len(group._waiting)


def add_one(connection: Connection) -> str:
    organization = records.organization()
    organizations.add(connection, organization)
    return organization.id


def violate_at_the_commit(connection: Connection) -> None:
    """Something that SQLite notices when it commits, and not before."""
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    numbers: dict[str, Any] = {column.name: 0 for column in api_keys.c}
    texts = dict.fromkeys(("id", "org_id", "project_id", "name", "created_by"), "nowhere")
    connection.execute(insert(api_keys).values({**numbers, **texts, "secret_hash": b"", "permissions": []}))


def test_those_who_wait_share_one_commit_and_each_gets_its_own_result(
    database: Database, commits: list[Connection]
) -> None:
    queue = Queue(database)
    futures = queue.add(*[add_one] * OTHERS)
    queue.go_on()
    ids = {future.result() for future in futures}
    assert (len(ids), count(database, organizations_table), len(commits)) == (OTHERS, OTHERS, 2)


def test_work_is_done_in_the_order_in_which_it_came(database: Database) -> None:
    done: list[int] = []
    queue = Queue(database)
    queue.add(*[lambda _, number=number: done.append(number) for number in range(OTHERS)])
    queue.go_on()
    assert done == [*range(OTHERS)]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_work_that_raises_takes_nobody_s_change_with_it(database: Database, error: type[BaseException]) -> None:
    def wrong(connection: Connection) -> None:
        add_one(connection)
        raise error

    queue = Queue(database)
    futures = queue.add(add_one, wrong, add_one)
    queue.go_on()
    assert [type(future.exception()) for future in futures] == [type(None), error, type(None)]
    assert count(database, organizations_table) == 2


def test_work_that_found_its_row_changed_is_done_again_and_the_others_stand(database: Database) -> None:
    tries: list[int] = []

    def stale_at_first(connection: Connection) -> None:
        tries.append(1)
        add_one(connection)
        if len(tries) < 3:
            raise StaleWriteError

    queue = Queue(database)
    futures = queue.add(add_one, stale_at_first, add_one)
    queue.go_on()
    assert [future.exception() for future in futures] == [None] * 3
    assert count(database, organizations_table) == 3


def test_where_the_commit_fails_everyone_who_shared_it_hears_of_it_and_nothing_is_changed(database: Database) -> None:
    queue = Queue(database)
    futures = queue.add(add_one, violate_at_the_commit, add_one)
    queue.go_on()
    assert all("FOREIGN KEY" in str(future.exception()) for future in futures)
    assert (count(database, organizations_table), count(database, api_keys)) == (0, 0)


def test_who_waits_too_long_is_told_and_the_work_is_never_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.05)
    impatient = Database(database.url, connections=2)
    queue = Queue(impatient)
    (future,) = queue.add(add_one)
    with pytest.raises(DatabaseUnavailableError, match="others kept writing"):
        future.result()
    queue.go_on()
    assert count(impatient, organizations_table) == 0
    impatient.close()


def test_after_all_that_the_next_transaction_goes_through(database: Database) -> None:
    queue = Queue(database)
    queue.add(violate_at_the_commit, add_one)
    queue.go_on()
    database.transact(add_one)
    assert count(database, organizations_table) == 1


def test_where_the_transaction_cannot_begin_all_who_wait_are_told_after_one_try(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(database)
    futures = queue.add(*[add_one] * OTHERS)
    tries: list[int] = []

    def locked(_work: Callable[[Connection], Any]) -> None:
        tries.append(1)
        raise DatabaseUnavailableError("locked")

    monkeypatch.setattr(database._group, "_transaction", locked)
    queue.go_on()
    assert [str(future.exception()) for future in futures] == ["locked"] * OTHERS
    assert len(tries) == 1


def test_work_that_begins_a_transaction_of_its_own_is_refused_and_blocks_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.05)
    impatient = Database(database.url, connections=2)
    with pytest.raises(DatabaseUnavailableError):
        impatient.transact(lambda _: impatient.transact(add_one))
    impatient.transact(add_one)
    assert count(impatient, organizations_table) == 1
    impatient.close()
