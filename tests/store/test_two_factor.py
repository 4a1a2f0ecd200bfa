"""A person's second factor: one row, changed whole, by whoever read its latest version."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import LargeBinary, literal, update

from mudguard.store import people, two_factor
from mudguard.store.column_types import CorruptRowError
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.tables import two_factor as two_factor_table
from mudguard.store.two_factor import PendingSetup, TwoFactor
from tests.store.calls import count, execute, is_stale, read, transact, write
from tests.store.records import CODES, NOW, PENDING
from tests.support.races import at_once


@pytest.fixture
def off(database: Database, person: Person) -> TwoFactor:
    """A second factor that is pending, as it was read."""
    assert write(database, two_factor.begin_setup, person.id, PENDING)
    return write(database, two_factor.read, person.id)


@pytest.fixture
def on(database: Database, off: TwoFactor) -> TwoFactor:
    """A second factor that is on, as it was read."""
    turned_on = replace(off, secret=b"sealed", enabled_at=NOW, last_step=56_666_666, codes=CODES, pending=None)
    write(database, two_factor.save, turned_on)
    return write(database, two_factor.read, off.person_id)


def test_nobody_has_a_second_factor_at_first(database: Database, person: Person) -> None:
    state = read(database, two_factor.read, person.id)
    assert state == TwoFactor(person.id)
    assert not state.is_on


def test_a_setup_that_was_begun_is_pending_and_nothing_is_on(database: Database, person: Person) -> None:
    assert write(database, two_factor.begin_setup, person.id, PENDING)
    assert read(database, two_factor.read, person.id) == TwoFactor(person.id, version=1, pending=PENDING)


def test_a_setup_may_be_begun_without_backup_codes(database: Database, person: Person) -> None:
    pending = replace(PENDING, codes=None)
    assert write(database, two_factor.begin_setup, person.id, pending)
    assert read(database, two_factor.read, person.id).pending == pending


def test_a_second_setup_takes_the_place_of_the_first(database: Database, off: TwoFactor) -> None:
    newer = PendingSetup(b"newer secret", b"newer codes", NOW + 1_000_000)
    assert write(database, two_factor.begin_setup, off.person_id, newer)
    assert read(database, two_factor.read, off.person_id) == replace(off, version=off.version + 1, pending=newer)


def test_beginning_again_gives_no_new_budget_for_wrong_codes(database: Database, off: TwoFactor) -> None:
    write(database, two_factor.save, replace(off, totp_failures=(NOW, NOW + 1), backup_failures=(NOW,)))
    write(database, two_factor.begin_setup, off.person_id, PENDING)
    state = read(database, two_factor.read, off.person_id)
    assert (state.totp_failures, state.backup_failures) == ((NOW, NOW + 1), (NOW,))


def test_no_setup_is_begun_while_it_is_on_and_nothing_is_changed(database: Database, on: TwoFactor) -> None:
    assert not write(database, two_factor.begin_setup, on.person_id, PENDING)
    assert read(database, two_factor.read, on.person_id) == on


def test_of_setups_begun_at_once_the_last_stands_and_none_is_lost(database: Database, person: Person) -> None:
    def begin(number: int) -> bool:
        return write(database, two_factor.begin_setup, person.id, replace(PENDING, until=number))

    assert all(at_once([partial(begin, number) for number in range(8)]))
    assert read(database, two_factor.read, person.id).version == 8


def test_everything_that_is_saved_is_read_again(database: Database, off: TwoFactor) -> None:
    whole = replace(
        off,
        secret=b"sealed",
        enabled_at=NOW,
        last_step=56_666_666,
        codes=CODES,
        codes_used=0b1000000001,
        pending=PENDING,
        totp_failures=(NOW, NOW + 5),
        backup_failures=(NOW + 7,),
    )
    write(database, two_factor.save, whole)
    assert read(database, two_factor.read, off.person_id) == replace(whole, version=off.version + 1)


def test_everything_can_be_taken_away_again(database: Database, on: TwoFactor) -> None:
    write(database, two_factor.save, TwoFactor(on.person_id, version=on.version))
    assert read(database, two_factor.read, on.person_id) == TwoFactor(on.person_id, version=on.version + 1)


def test_who_read_an_older_version_changes_nothing(database: Database, on: TwoFactor) -> None:
    write(database, two_factor.save, replace(on, last_step=56_666_667))
    assert is_stale(database, two_factor.save, replace(on, last_step=56_666_668))
    assert read(database, two_factor.read, on.person_id).last_step == 56_666_667


def test_a_setup_begun_meanwhile_makes_what_was_read_before_stale(database: Database, off: TwoFactor) -> None:
    write(database, two_factor.begin_setup, off.person_id, PENDING)
    assert is_stale(database, two_factor.save, replace(off, secret=b"sealed", enabled_at=NOW))
    assert not read(database, two_factor.read, off.person_id).is_on


def test_where_nothing_was_begun_nothing_is_saved(database: Database, person: Person) -> None:
    assert is_stale(database, two_factor.save, TwoFactor(person.id, enabled_at=NOW))
    assert count(database, two_factor_table) == 0


def test_failures_counted_by_two_servers_at_once_all_count(
    database: Database, other_server: Database, on: TwoFactor
) -> None:
    async def count_failure(connection: Connection) -> None:
        state = await two_factor.read(connection, on.person_id)
        await two_factor.save(connection, replace(state, totp_failures=(*state.totp_failures, NOW)))

    def fail_five_times(server: Database) -> None:
        for _ in range(5):
            transact(server, count_failure)

    at_once([lambda: fail_five_times(database), lambda: fail_five_times(other_server)])
    assert len(read(database, two_factor.read, on.person_id).totp_failures) == 10


def test_one_person_s_row_is_not_another_s(database: Database, on: TwoFactor, stranger: Person) -> None:
    assert read(database, two_factor.read, stranger.id) == TwoFactor(stranger.id)
    assert write(database, two_factor.begin_setup, stranger.id, PENDING)
    assert read(database, two_factor.read, on.person_id) == on


@pytest.mark.parametrize("column", ["totp_failures", "backup_failures"])
def test_a_corrupt_counter_lets_nobody_pass(database: Database, on: TwoFactor, column: str) -> None:
    damage = update(two_factor_table).values({column: literal(b"123", LargeBinary)})
    write(database, execute, damage)
    with pytest.raises(CorruptRowError):
        read(database, two_factor.read, on.person_id)


def test_it_goes_with_its_person(database: Database, on: TwoFactor, person: Person) -> None:
    write(database, people.remove, person.realm, [(person.id, person.email)])
    assert count(database, two_factor_table) == 0


def test_no_secret_is_shown_by_a_state_that_is_logged(on: TwoFactor) -> None:
    shown = repr(replace(on, secret=b"visible", pending=PendingSetup(b"visible", b"visible", NOW)))
    assert "visible" not in shown
    assert "ssss" not in shown
    assert "dddd" not in shown
