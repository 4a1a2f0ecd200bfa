"""What is particular to SQLite: its file, its settings, and its one write lock."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from mudguard.store import organizations, schema
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.sqlite import writer
from mudguard.store.sqlite.file import file_url, network_file_system
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, read, value, write
from tests.support.loop import wait

KINDS = ["SQLite"]

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /srv rw,relatime shared:2 - nfs4 store:/srv rw
41 40 254:1 / /srv/local\\040disk rw,relatime - xfs /dev/vdb rw
42 22 0:40 / /home/ada/there rw - fuse.sshfs ada@there: rw
"""


@pytest.fixture
def path(database: Database) -> Path:
    return Path(str(database.url.database))


@pytest.fixture
def impatient(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database with next to no patience."""
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.05)
    return database


@pytest.fixture
def other_writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else, who holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def add_organization(database: Database) -> None:
    write(database, organizations.add, records.organization())


@pytest.mark.parametrize(
    ("pragma", "expected"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
def test_durability_and_foreign_keys_are_in_force_on_every_connection(
    database: Database, pragma: str, expected: object
) -> None:
    async def of_each() -> list[object]:
        async with database.reading() as short, database.reading_at_length() as long, database.snapshot() as whole:
            reads = [await value(connection, f"PRAGMA {pragma}") for connection in (short, long, whole)]
        return [*reads, await database.transact(lambda connection: value(connection, f"PRAGMA {pragma}"))]

    assert wait(of_each()) == [expected] * 4


def test_nothing_is_written_by_a_connection_for_reads(database: Database) -> None:
    with pytest.raises(DatabaseUnavailableError, match="readonly"):
        read(database, organizations.add, records.organization())


def test_what_is_removed_is_not_left_in_the_file(database: Database, path: Path) -> None:
    organization = records.organization(name="a name that nobody may find again")
    write(database, organizations.add, organization)
    write(database, organizations.remove, organization.id)
    wait(database.close())
    assert organization.name.encode() not in path.read_bytes()


@pytest.mark.usefixtures("other_writer")
def test_a_write_that_cannot_have_the_lock_is_given_up_and_nothing_is_changed(impatient: Database) -> None:
    with pytest.raises(DatabaseUnavailableError, match="database is locked"):
        add_organization(impatient)
    assert count(impatient, organizations_table) == 0


def test_a_write_that_was_given_up_can_be_done_later(impatient: Database, other_writer: sqlite3.Connection) -> None:
    with pytest.raises(DatabaseUnavailableError):
        add_organization(impatient)
    other_writer.execute("ROLLBACK")
    add_organization(impatient)
    assert count(impatient, organizations_table) == 1


def test_a_write_waits_for_another_s_to_end(database: Database, other_writer: sqlite3.Connection) -> None:
    end = Timer(0.1, other_writer.execute, ["ROLLBACK"])
    end.start()
    add_organization(database)
    end.join()
    assert count(database, organizations_table) == 1


@pytest.mark.usefixtures("other_writer")
def test_reading_goes_on_while_somebody_writes(impatient: Database) -> None:
    assert count(impatient, organizations_table) == 0


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing but words, and enough of them to be no empty file\n" * 20)
    database = Database(file_url(tmp_path / "notes.txt"), connections=1)
    with pytest.raises(DatabaseUnavailableError, match="file is not a database"):
        schema.upgrade(database)
    with pytest.raises(DatabaseUnavailableError, match="file is not a database"):
        schema.versions(database)


@pytest.mark.parametrize("name", ["", "nowhere/mudguard.db"])
def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path, name: str) -> None:
    database = Database(file_url(tmp_path / name), connections=1)
    with pytest.raises(DatabaseUnavailableError, match="unable to open database file"):
        schema.upgrade(database)
    with pytest.raises(DatabaseUnavailableError, match="unable to open database file"):
        count(database, organizations_table)
    with pytest.raises(DatabaseUnavailableError, match="unable to open database file"):
        add_organization(database)


@pytest.mark.parametrize("name", ["with space.db", "what?is#this%20.db", "müde:@wachen.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    database = Database(file_url(tmp_path / name), connections=1)
    assert database.is_missing()
    schema.upgrade(database)
    assert not database.is_missing()
    wait(database.close())
    assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/mudguard.db", "nfs4"),
        ("/srv/data/mudguard.db", "nfs4"),
        ("/home/ada/there/mudguard.db", "fuse.sshfs"),
        ("/srv/local disk/mudguard.db", None),
        ("/srvless/mudguard.db", None),
        ("/home/ada/mudguard.db", None),
    ],
)
def test_a_file_on_a_network_file_system_is_known_by_its_mount(tmp_path: Path, path: str, expected: str | None) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(path), mounts) == expected


def test_of_two_mounts_at_one_place_the_later_counts(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS + "43 40 254:1 / /srv rw,relatime - ext4 /dev/vdc rw\n")
    assert network_file_system(Path("/srv/mudguard.db"), mounts) is None


def test_where_nobody_can_tell_a_file_is_on_no_network_file_system(tmp_path: Path) -> None:
    assert network_file_system(Path("/srv/mudguard.db"), tmp_path / "nothing") is None
