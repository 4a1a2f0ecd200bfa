"""A database file that is moved away or replaced while a server has it open, on SQLite."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mudguard.store import organizations, schema
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite.file import file_url
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, how_many, write
from tests.store.commits import at_commits
from tests.support.loop import wait

KINDS = ["SQLite"]


def add_organization(database: Database) -> None:
    write(database, organizations.add, records.organization())


@pytest.fixture
def path(database: Database) -> Path:
    """The file of a database that was written to and read."""
    add_organization(database)
    assert count(database, organizations_table) == 1
    return Path(str(database.url.database))


@pytest.fixture
def aside(path: Path) -> Path:
    return path.with_suffix(".aside")


async def read_at_length(database: Database) -> None:
    async with database.reading_at_length() as connection:
        await how_many(connection, organizations_table)


async def read_a_snapshot(database: Database) -> None:
    async with database.snapshot() as connection:
        await how_many(connection, organizations_table)


ACTS: list[Callable[[Database], object]] = [
    add_organization,
    lambda database: count(database, organizations_table),
    lambda database: wait(read_at_length(database)),
    lambda database: wait(read_a_snapshot(database)),
]


@pytest.mark.parametrize("act", ACTS, ids=["a write", "a read", "a long read", "a snapshot"])
def test_without_its_file_the_database_is_unavailable(
    database: Database, path: Path, aside: Path, act: Callable[[Database], object]
) -> None:
    path.rename(aside)
    with pytest.raises(DatabaseUnavailableError, match=r"unable to open database file .*No such file"):
        act(database)


@pytest.mark.parametrize("act", ACTS, ids=["a write", "a read", "a long read", "a snapshot"])
def test_with_a_copy_in_its_place_the_database_is_unavailable(
    database: Database, path: Path, aside: Path, act: Callable[[Database], object]
) -> None:
    path.rename(aside)
    shutil.copy(aside, path)
    with pytest.raises(DatabaseUnavailableError, match="was moved or replaced while the server runs"):
        act(database)


def test_with_its_file_back_the_database_goes_on(database: Database, path: Path, aside: Path) -> None:
    path.rename(aside)
    with pytest.raises(DatabaseUnavailableError):
        add_organization(database)
    aside.rename(path)
    for act in ACTS:
        act(database)
    assert count(database, organizations_table) == 2


def test_a_closed_database_takes_the_file_that_is_there(database: Database, path: Path, aside: Path) -> None:
    wait(database.close())
    path.rename(aside)
    other = Database(file_url(path), connections=1)
    schema.upgrade(other)
    wait(other.close())
    assert count(database, organizations_table) == 0


def test_what_was_committed_into_a_file_that_is_put_back_is_not_acknowledged_but_whole(
    database: Database, path: Path, aside: Path
) -> None:
    async def add_two() -> list[BaseException | None]:
        adding = [database.transact(lambda one: organizations.add(one, records.organization())) for _ in range(2)]
        return await asyncio.gather(*adding, return_exceptions=True)

    with pytest.MonkeyPatch.context() as patch:
        at_commits(patch, before=lambda: path.rename(aside))
        outcomes = wait(add_two())
    aside.rename(path)
    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailableError] * 2
    assert count(database, organizations_table) in (1, 3)
    add_organization(database)
