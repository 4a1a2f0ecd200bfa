"""Writers of one process, on SQLite: those who wait share a commit, and nobody hears of anything before it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from mudguard.store import organizations
from mudguard.store.audit import AuditTrail
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite import writer
from mudguard.store.tables import audit_streams
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, how_many, write
from tests.store.commits import Batches, HeldCommits, at_commits
from tests.support.loop import wait

KINDS = ["SQLite"]

Body = Callable[[Connection], Coroutine[Any, Any, Any]]

language = ContextVar("language", default="none")


async def add_one(connection: Connection) -> str:
    organization = records.organization()
    await organizations.add(connection, organization)
    return organization.id


async def behind_another(database: Database, held: HeldCommits, *bodies: Body) -> list[Any]:
    """What comes of transactions that wait while another commits; errors as they are."""
    first = asyncio.ensure_future(database.transact(add_one))
    await held.one_is_asked_for()
    waiting = [asyncio.ensure_future(database.transact(body)) for body in bodies]
    await asyncio.sleep(0.01)
    held.go_on()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


def sharing(batches: Batches, act: Callable[[], object] = lambda: None) -> Body:
    """A transaction that shows in `batches`."""

    async def body(connection: Connection) -> None:
        batches.one_more()
        act()
        await add_one(connection)

    return body


def test_those_who_wait_share_one_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_BATCH_SECONDS", 60)
    held, batches = HeldCommits(monkeypatch), Batches(monkeypatch)
    wait(behind_another(database, held, *[sharing(batches)] * 5))
    assert batches.sizes == [0, 5]
    assert count(database, organizations_table) == 6


def test_each_of_those_who_share_a_commit_gets_its_own_result(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = wait(behind_another(database, HeldCommits(monkeypatch), *[add_one] * 5))
    assert len(set(ids)) == 5
    assert count(database, organizations_table) == 6


def test_transactions_take_place_in_the_order_in_which_they_came(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def numbered(number: int) -> Body:
        async def body(_connection: Connection) -> None:
            done.append(number)

        return body

    wait(behind_another(database, HeldCommits(monkeypatch), *map(numbered, range(40))))
    assert done == [*range(40)]


def test_at_most_16_transactions_share_a_commit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_BATCH_SECONDS", 60)
    held, batches = HeldCommits(monkeypatch), Batches(monkeypatch)
    wait(behind_another(database, held, *[sharing(batches)] * 40))
    assert batches.sizes == [0, 16, 16, 8]


def test_no_further_transaction_joins_a_commit_that_has_taken_its_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, batches = HeldCommits(monkeypatch), Batches(monkeypatch)
    monkeypatch.setattr(writer, "MAX_BATCH_SECONDS", 0.5)
    wait(behind_another(database, held, *[sharing(batches, lambda: time.sleep(0.3))] * 3))
    assert batches.sizes == [0, 2, 1]


def test_nobody_hears_of_a_transaction_before_it_is_committed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldCommits(monkeypatch)

    async def look_while_it_commits() -> bool:
        transaction = asyncio.ensure_future(database.transact(add_one))
        await held.one_is_asked_for()
        await asyncio.sleep(0.05)
        was_done = transaction.done()
        held.go_on()
        await transaction
        return was_done

    assert wait(look_while_it_commits()) is False


def test_what_is_being_committed_is_read_by_nobody(
    database: Database, trail: AuditTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldCommits(monkeypatch)

    async def look_while_it_commits() -> tuple[int, int]:
        transaction = asyncio.ensure_future(database.transact(lambda one: trail.append(one, records.event())))
        await held.one_is_asked_for()
        async with database.reading() as connection:
            before = await how_many(connection, audit_streams)
            held.go_on()
            await transaction
            return before, await how_many(connection, audit_streams)

    assert wait(look_while_it_commits()) == (0, 1)


def test_a_transaction_is_committed_although_who_awaited_it_left_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldCommits(monkeypatch)

    async def leave_while_it_commits() -> None:
        transaction = asyncio.ensure_future(database.transact(add_one))
        await held.one_is_asked_for()
        transaction.cancel()
        with pytest.raises(asyncio.CancelledError):
            await transaction
        held.go_on()
        await database.close()

    wait(leave_while_it_commits())
    assert count(database, organizations_table) == 1


def test_a_transaction_sees_the_context_of_who_asked_for_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def spoken(_connection: Connection) -> str:
        return language.get()

    async def ask_in(words: str) -> str:
        language.set(words)
        return await database.transact(spoken)

    async def ask_all(held: HeldCommits) -> list[Any]:
        first = asyncio.ensure_future(database.transact(add_one))
        await held.one_is_asked_for()
        asking = [asyncio.ensure_future(ask_in(words)) for words in ("German", "Dutch")]
        held.go_on()
        await first
        return await asyncio.gather(*asking)

    assert wait(ask_all(HeldCommits(monkeypatch))) == ["German", "Dutch"]


@pytest.mark.parametrize("pause", [asyncio.sleep, lambda _: asyncio.get_running_loop().create_future()])
def test_a_transaction_that_awaits_something_else_is_a_mistake_and_leaves_nothing_behind(
    database: Database, pause: Callable[[float], Awaitable[None]]
) -> None:
    async def dawdle(connection: Connection) -> None:
        await add_one(connection)
        await pause(0)

    with pytest.raises(RuntimeError, match="a transaction awaited something other than its connection"):
        write(database, dawdle)
    assert count(database, organizations_table) == 0


def test_a_transaction_that_waits_for_one_of_its_own_is_a_mistake_and_blocks_nobody(database: Database) -> None:
    async def ask_for_another(_connection: Connection) -> None:
        await database.transact(add_one)

    with pytest.raises(RuntimeError, match="a transaction awaited something other than its connection"):
        write(database, ask_for_another)
    write(database, add_one)


def test_no_more_wait_than_the_queue_holds(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING", 2)
    outcomes = wait(behind_another(database, HeldCommits(monkeypatch), *[add_one] * 3))
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, DatabaseUnavailableError)] == [
        "too many transactions wait"
    ]
    assert count(database, organizations_table) == 3


def test_who_has_waited_too_long_for_a_commit_of_others_is_told_and_it_is_never_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(writer, "_LOOK_SECONDS", 0.02)
    held = HeldCommits(monkeypatch)

    async def wait_in_vain() -> None:
        first = asyncio.ensure_future(database.transact(add_one))
        await held.one_is_asked_for()
        with pytest.raises(DatabaseUnavailableError, match="others kept writing"):
            await database.transact(add_one)
        held.go_on()
        await first

    wait(wait_in_vain())
    assert count(database, organizations_table) == 1


async def slowest_read(database: Database, writing: "asyncio.Future[Any]") -> float:
    """How long 99 of 100 reads take at most while others write."""
    took: list[float] = []
    while not writing.done():
        begun = time.monotonic()
        async with database.reading() as connection:
            await how_many(connection, organizations_table)
        took.append(time.monotonic() - begun)
        await asyncio.sleep(0.001)
    return sorted(took)[len(took) * 99 // 100]


def test_on_a_slow_disk_reads_go_on(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    at_commits(monkeypatch, before=lambda: time.sleep(0.05))

    async def read_while_others_write() -> float:
        return await slowest_read(database, asyncio.gather(*[database.transact(add_one) for _ in range(64)]))

    rounds = [wait(read_while_others_write()) for _ in range(3)]
    assert min(rounds) < 0.01, "the best of three: a busy machine adds to what they take"


def test_on_a_slow_disk_writers_share_commits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_BATCH_SECONDS", 60)
    batches = Batches(monkeypatch)
    at_commits(monkeypatch, before=lambda: time.sleep(0.05))

    async def write_all() -> None:
        await asyncio.gather(*[database.transact(sharing(batches)) for _ in range(64)])

    wait(write_all())
    assert sum(batches.sizes) == 64
    assert len(batches.sizes) <= 5
