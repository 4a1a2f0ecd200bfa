"""Wrong passwords: counted by account and source, of people who exist and of people who do not."""

import pytest
from sqlalchemy import Connection, update

from mudguard.store import password_failures
from mudguard.store.database import Database, StaleWriteError
from mudguard.store.password_failures import STRANGERS, Failures
from mudguard.store.rows import CorruptRowError
from mudguard.store.tables import password_failures as failures_table
from tests.store.calls import count, read, write
from tests.store.records import NOW
from tests.support.races import at_once

ACCOUNT = "a" * 64
SOURCES = ("192.0.2.1", STRANGERS)


def of_account(database: Database, account: str = ACCOUNT) -> dict[str, Failures]:
    return read(database, password_failures.read, account, SOURCES)


def save(database: Database, before: Failures, *moments: int, expires_at: int = NOW) -> None:
    write(database, password_failures.save, before, moments, expires_at=expires_at)


def test_nobody_has_failed_at_first(database: Database) -> None:
    assert of_account(database) == {source: Failures(ACCOUNT, source) for source in SOURCES}


def test_failures_are_kept_for_each_source(database: Database) -> None:
    address, strangers = of_account(database).values()
    save(database, address, NOW)
    save(database, strangers, NOW, NOW + 1)
    assert of_account(database) == {
        "192.0.2.1": Failures(ACCOUNT, "192.0.2.1", (NOW,), 1),
        STRANGERS: Failures(ACCOUNT, STRANGERS, (NOW, NOW + 1), 1),
    }


def test_only_the_sources_asked_for_are_read(database: Database) -> None:
    save(database, Failures(ACCOUNT, "192.0.2.1"), NOW)
    assert set(read(database, password_failures.read, ACCOUNT, (STRANGERS,))) == {STRANGERS}


def test_one_account_s_failures_are_not_another_s(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    assert of_account(database, "b" * 64)[STRANGERS].moments == ()


def test_failures_are_replaced_by_what_is_remembered_next(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    save(database, of_account(database)[STRANGERS], NOW + 1, NOW + 2)
    assert of_account(database)[STRANGERS] == Failures(ACCOUNT, STRANGERS, (NOW + 1, NOW + 2), 2)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_who_read_another_version_changes_nothing(database: Database, version: int) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    save(database, of_account(database)[STRANGERS], NOW, NOW + 1)
    stale = Failures(ACCOUNT, STRANGERS, (), version)
    with pytest.raises(StaleWriteError), database.reading() as connection:
        password_failures.save(connection, stale, (), expires_at=NOW)
    assert of_account(database)[STRANGERS].moments == (NOW, NOW + 1)


def test_what_was_dropped_meanwhile_is_stale(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    before = of_account(database)[STRANGERS]
    write(database, password_failures.drop_expired, now_ms=NOW + 1)
    with pytest.raises(StaleWriteError), database.reading() as connection:
        password_failures.save(connection, before, (NOW,), expires_at=NOW)


def test_failures_counted_by_two_servers_at_once_all_count(database: Database, other_server: Database) -> None:
    def one_more(connection: Connection) -> None:
        before = password_failures.read(connection, ACCOUNT, SOURCES)[STRANGERS]
        password_failures.save(connection, before, (*before.moments, NOW), expires_at=NOW)

    def fail_five_times(server: Database) -> None:
        for _ in range(5):
            server.transact(one_more)

    at_once([lambda: fail_five_times(database), lambda: fail_five_times(other_server)])
    assert of_account(database)[STRANGERS].moments == (NOW,) * 10


def test_a_corrupt_counter_lets_nobody_pass(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    write(database, lambda connection: connection.execute(update(failures_table).values(failures=b"123")))
    with pytest.raises(CorruptRowError):
        of_account(database)


def test_failures_are_dropped_when_no_limit_looks_at_them_any_more(database: Database) -> None:
    save(database, Failures(ACCOUNT, "192.0.2.1"), NOW, expires_at=NOW + 10)
    save(database, Failures(ACCOUNT, STRANGERS), NOW, expires_at=NOW + 11)
    assert write(database, password_failures.drop_expired, now_ms=NOW + 11) == 1
    assert of_account(database)[STRANGERS].moments == (NOW,)
    assert count(database, failures_table) == 1
