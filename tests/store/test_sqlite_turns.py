"""Turns between writers of two processes, on SQLite: who waits is next. A folder's lock stands for a process."""

import asyncio
import time
from pathlib import Path

import pytest

from mudguard.store import organizations
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.sqlite import writer
from mudguard.store.sqlite.turns import Turns
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, write
from tests.support.loop import wait

KINDS = ["SQLite"]


async def add_one(connection: Connection) -> None:
    await organizations.add(connection, records.organization())


def test_one_at_a_time_has_its_turn(tmp_path: Path) -> None:
    first, second = Turns(tmp_path), Turns(tmp_path)
    assert [first.take(), second.take(), first.take()] == [True, False, True]
    first.give_back()
    assert second.take()
    for turns in (first, second):
        turns.close()


def test_a_turn_ends_when_who_has_it_closes(tmp_path: Path) -> None:
    first, second = Turns(tmp_path), Turns(tmp_path)
    first.take()
    first.close()
    assert second.take()
    second.close()


def test_where_the_folder_cannot_be_locked_everyone_has_a_turn(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "nowhere")
    assert turns.take()
    turns.give_back()
    turns.close()


def test_who_is_not_in_turn_does_not_begin(database: Database, tmp_path: Path) -> None:
    other = Turns(tmp_path)

    async def write_out_of_turn() -> None:
        other.take()
        writing = asyncio.ensure_future(database.transact(add_one))
        await asyncio.sleep(0.1)
        assert not writing.done()
        other.give_back()
        await writing

    wait(write_out_of_turn())
    other.close()
    assert count(database, organizations_table) == 1


def test_who_waits_for_a_turn_that_does_not_come_begins_nevertheless(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "COURTESY_SECONDS", 0.1)
    other = Turns(tmp_path)
    other.take()
    write(database, add_one)
    other.close()
    assert count(database, organizations_table) == 1


def test_a_turn_that_never_comes_is_waited_for_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "COURTESY_SECONDS", 0.5)
    write(database, add_one)
    other = Turns(tmp_path)
    other.take()
    started = time.monotonic()
    for _ in range(10):
        write(database, add_one)
        time.sleep(writer.TURN_SECONDS)  # a batch of its own for each
    assert time.monotonic() - started < 2
    other.close()
    assert count(database, organizations_table) == 11


def test_after_a_write_the_turn_is_somebody_else_s(database: Database, tmp_path: Path) -> None:
    write(database, add_one)
    other = Turns(tmp_path)
    assert other.take()
    other.close()


def test_who_writes_without_pause_lets_others_have_their_turn(database: Database, tmp_path: Path) -> None:
    other = Turns(tmp_path)
    written: list[int] = []

    async def write_on() -> None:
        while True:
            await database.transact(add_one)
            written.append(1)

    async def come_in() -> tuple[int, int]:
        writing = [asyncio.ensure_future(write_on()) for _ in range(8)]
        await asyncio.sleep(0.1)
        assert any([other.take() or await asyncio.sleep(0.0005, False) for _ in range(1_000)])
        await asyncio.sleep(0.1)  # what has begun comes to its end
        before = len(written)
        await asyncio.sleep(0.1)
        after = len(written)
        other.close()
        for one in writing:
            one.cancel()
        await asyncio.wait(writing)
        return before, after

    before, after = wait(come_in())
    assert before == after
