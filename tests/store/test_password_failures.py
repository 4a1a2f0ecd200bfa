"""Wrong passwords: counted by account and source, of people who exist and of people who do not."""

import pytest
from sqlalchemy import LargeBinary, literal, update

from mudguard.store import password_failures
from mudguard.store.column_types import CorruptRowError
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.password_failures import STRANGERS, Failures
from mudguard.store.tables import password_failures as failures_table
from tests.store.calls import count, execute, is_stale, read, transact, write
from tests.store.records import NOW
from tests.support.races import at_once

ACCOUNT = "a" * 64
SOURCES = ("192.0.2.1", STRANGERS)


def of_account(database: Database, account: str = ACCOUNT) -> dict[str, Failures]:
    return read(database, password_failures.read, account, SOURCES)


def save(database: Database, before: Failures, *moments: int, expires_at: int = NOW) -> None:
    write(database, password_failures.save, before, moments, expires_at=expires_at)


def drop_expired(database: Database, now_ms: int) -> int:
    """Forget what is over, as a sweep does; how many that were."""
    found = read(database, password_failures.expired, now_ms=now_ms, most=100)
    write(database, password_failures.remove_expired, found, now_ms=now_ms)
    return len(found)


def test_nobody_has_failed_at_first(database: Database) -> None:
    assert of_account(database) == {source: Failures(ACCOUNT, source) for source in SOURCES}


def test_failures_are_kept_for_each_source(database: Database) -> None:
    address, strangers = of_account(database).values()
    save(database, address, NOW)
    save(database, strangers, NOW, NOW + 1)
    assert of_account(database) == {
        "192.0.2.1": Failures(ACCOUNT, "192.0.2.1", 1, (NOW,)),
        STRANGERS: Failures(ACCOUNT, STRANGERS, 1, (NOW, NOW + 1)),
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
    assert of_account(database)[STRANGERS] == Failures(ACCOUNT, STRANGERS, 2, (NOW + 1, NOW + 2))


@pytest.mark.parametrize("version", [0, 1, 3])
def test_who_read_another_version_changes_nothing(database: Database, version: int) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    save(database, of_account(database)[STRANGERS], NOW, NOW + 1)
    stale = Failures(ACCOUNT, STRANGERS, version)
    assert is_stale(database, password_failures.save, stale, (), expires_at=NOW)
    assert of_account(database)[STRANGERS].moments == (NOW, NOW + 1)


def test_what_was_dropped_meanwhile_is_stale(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    before = of_account(database)[STRANGERS]
    drop_expired(database, NOW + 1)
    assert is_stale(database, password_failures.save, before, (NOW,), expires_at=NOW)


def test_failures_counted_by_two_servers_at_once_all_count(database: Database, other_server: Database) -> None:
    async def one_more(connection: Connection) -> None:
        before = (await password_failures.read(connection, ACCOUNT, SOURCES))[STRANGERS]
        await password_failures.save(connection, before, (*before.moments, NOW), expires_at=NOW)

    def fail_five_times(server: Database) -> None:
        for _ in range(5):
            transact(server, one_more)

    at_once([lambda: fail_five_times(database), lambda: fail_five_times(other_server)])
    assert of_account(database)[STRANGERS].moments == (NOW,) * 10


def test_a_corrupt_counter_lets_nobody_pass(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW)
    write(database, execute, update(failures_table).values(failures=literal(b"123", LargeBinary)))
    with pytest.raises(CorruptRowError):
        of_account(database)


def test_failures_are_dropped_when_no_limit_looks_at_them_any_more(database: Database) -> None:
    save(database, Failures(ACCOUNT, "192.0.2.1"), NOW, expires_at=NOW + 10)
    save(database, Failures(ACCOUNT, STRANGERS), NOW, expires_at=NOW + 11)
    assert drop_expired(database, NOW + 11) == 1
    assert of_account(database)[STRANGERS].moments == (NOW,)
    assert count(database, failures_table) == 1


def test_failures_that_are_renewed_after_they_were_found_are_kept(database: Database) -> None:
    save(database, Failures(ACCOUNT, STRANGERS), NOW, expires_at=NOW)
    found = read(database, password_failures.expired, now_ms=NOW + 1, most=100)
    save(database, of_account(database)[STRANGERS], NOW, NOW + 1, expires_at=NOW + 10)
    write(database, password_failures.remove_expired, found, now_ms=NOW + 1)
    assert of_account(database)[STRANGERS].moments == (NOW, NOW + 1)
