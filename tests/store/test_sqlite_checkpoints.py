"""The write-ahead log of SQLite: copied into the file now and then, emptied when nobody writes, never endless."""

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from mudguard.store import organizations
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite import checkpoints, writer
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, write
from tests.support.loop import wait

KINDS = ["SQLite"]

PATIENCE_SECONDS = 10


@pytest.fixture
def path(database: Database) -> Path:
    return Path(str(database.url.database))


@pytest.fixture
def wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@pytest.fixture
def reader(database: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody who keeps reading one moment of the database."""
    add_organizations(database, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM organizations").fetchall()
        yield connection


def add_organizations(database: Database, number: int) -> None:
    for _ in range(number):
        write(database, organizations.add, records.organization())


def holds(path: Path, words: str) -> bool:
    """Whether a file holds `words`. Another process looks: this one would release SQLite's locks with the file."""
    return subprocess.run(["grep", "--quiet", "--text", words, path], check=False).returncode == 0


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so within a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()


def test_the_log_is_emptied_when_nobody_has_written_for_a_while(
    database: Database, wal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.1)
    add_organizations(database, 5)
    assert wal.stat().st_size > 0
    assert eventually(lambda: wal.stat().st_size == 0)


def test_the_log_is_not_emptied_between_writes(database: Database, wal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.5)
    for _ in range(5):
        add_organizations(database, 1)
        time.sleep(0.05)
    assert wal.stat().st_size > 0


def test_after_many_commits_the_log_is_copied_into_the_file_and_kept(
    database: Database, path: Path, wal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "COMMITS", 10)
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 60)
    organization = records.organization(name="a name that is found in the file")
    write(database, organizations.add, organization)
    assert not holds(path, organization.name)
    add_organizations(database, 9)
    assert eventually(lambda: holds(path, organization.name))
    assert wal.stat().st_size > 0


@pytest.mark.usefixtures("reader")
def test_while_somebody_reads_on_and_on_writing_ends_when_the_log_is_too_long(
    database: Database, wal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_WAL_BYTES", 100_000)
    with pytest.raises(DatabaseUnavailableError, match="the write-ahead log is full"):
        add_organizations(database, 100)
    assert 100_000 < wal.stat().st_size < 200_000


@pytest.mark.usefixtures("reader")
def test_with_a_log_that_is_too_long_reading_goes_on(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAL_BYTES", 100_000)
    with pytest.raises(DatabaseUnavailableError):
        add_organizations(database, 100)
    assert count(database, organizations_table) > 1


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of 100 kB is too long."""
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(checkpoints, "LONG_WAL_BYTES", 50_000)
    monkeypatch.setattr(writer, "MAX_WAL_BYTES", 100_000)


def can_write(database: Database) -> bool:
    try:
        add_organizations(database, 1)
    except DatabaseUnavailableError:
        return False
    return True


@pytest.mark.usefixtures("short")
def test_when_the_reader_has_ended_a_log_that_is_too_long_is_emptied_and_writing_goes_on(
    database: Database, reader: sqlite3.Connection
) -> None:
    assert eventually(lambda: not can_write(database))
    time.sleep(1.5)  # it was tried to empty the log, in vain
    assert not can_write(database)
    reader.execute("ROLLBACK")
    assert eventually(lambda: can_write(database))


@pytest.mark.usefixtures("short")
def test_a_log_that_is_too_long_when_a_server_starts_is_emptied(
    database: Database, other_server: Database, reader: sqlite3.Connection, wal: Path
) -> None:
    assert eventually(lambda: not can_write(database))
    wait(database.close())
    reader.execute("ROLLBACK")
    assert wal.stat().st_size > 100_000
    assert eventually(lambda: can_write(other_server))


@pytest.mark.usefixtures("reader")
def test_a_log_that_stays_long_is_told_once(database: Database, wal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "COMMITS", 5)
    monkeypatch.setattr(checkpoints, "LONG_WAL_BYTES", 50_000)
    with structlog.testing.capture_logs() as logs:
        add_organizations(database, 60)
        wait(database.close())
    assert [entry["event"] for entry in logs] == ["the write-ahead log is long; somebody has been reading for a while"]


def test_a_long_log_that_could_be_emptied_is_nothing_to_tell(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "COMMITS", 5)
    monkeypatch.setattr(checkpoints, "LONG_WAL_BYTES", 10_000)
    with structlog.testing.capture_logs() as logs:
        add_organizations(database, 60)
        wait(database.close())
    assert logs == []


def test_commits_go_on_while_the_log_cannot_be_moved(
    database: Database, reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.02)
    for _ in range(5):
        add_organizations(database, 1)
        time.sleep(0.05)
    assert count(database, organizations_table) == 6
