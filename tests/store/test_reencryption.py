"""Sealing anew: everything moves to the current key, step by step, under the hands of those who use it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mudguard.rules.purposes import AUTHENTICATOR_SECRET, PENDING_BACKUP_CODES
from mudguard.security.field_cipher import FieldCipher, UnreadableError, key_id_of
from mudguard.security.keyring import Key, Keyring
from mudguard.store import instance, people, reencryption, two_factor
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.reencryption import reencrypt_all, uses
from mudguard.store.two_factor import PendingSetup, TwoFactor
from tests.store import records
from tests.store.calls import read, write
from tests.support.loop import wait

OLD = Key.of(b"o" * 32)
NEW = Key.of(b"n" * 32)

SECRET = b"twenty random bytes!"
CODES = b"12345678 87654321"


@pytest.fixture
def rotated(seal: FieldCipher) -> FieldCipher:
    """The seal after a new key was put first; `seal` is from before."""
    return FieldCipher(Keyring([NEW, OLD]))


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencryption, "_AT_ONCE", 2)


def enrolled(database: Database, person_id: str, seal: FieldCipher) -> TwoFactor:
    """A second factor that is on, with a replacement pending: all that can be sealed."""
    pending = PendingSetup(
        seal.encrypt(SECRET, owner=person_id, purpose=AUTHENTICATOR_SECRET),
        seal.encrypt(CODES, owner=person_id, purpose=PENDING_BACKUP_CODES),
        records.NOW,
    )
    assert write(database, two_factor.begin_setup, person_id, pending)
    state = write(database, two_factor.lock, person_id)
    write(
        database,
        two_factor.save,
        replace(state, secret=pending.secret, enabled_at=records.NOW, codes=records.CODES),
    )
    return read(database, two_factor.read, person_id)


def several(database: Database, project: Project, seal: FieldCipher, number: int) -> list[TwoFactor]:
    """Second factors of several people."""
    made = [records.person(project_id=project.id) for _ in range(number)]
    for person in made:
        write(database, people.add, person)
    return [enrolled(database, person.id, seal) for person in made]


def opened(state: TwoFactor, seal: FieldCipher) -> list[bytes]:
    assert state.secret
    assert state.pending
    assert state.pending.codes
    return [
        seal.decrypt(state.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET),
        seal.decrypt(state.pending.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET),
        seal.decrypt(state.pending.codes, owner=state.person_id, purpose=PENDING_BACKUP_CODES),
    ]


def steps(database: Database, seal: FieldCipher) -> Iterator[int]:
    """How many rows each step has moved, one step at a time."""
    running = reencrypt_all(database, seal)

    async def step() -> int | None:
        return await anext(running, None)

    while (moved := wait(step())) is not None:
        yield moved


def test_each_value_counts_as_a_use_of_its_key(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    assert read(database, uses) == {OLD.id: 1}
    enrolled(database, person.id, rotated)
    assert read(database, uses) == {OLD.id: 1, NEW.id: 3}


def test_afterwards_everything_is_under_the_new_key(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    enrolled(database, person.id, seal)
    assert sum(steps(database, rotated)) == 2
    assert read(database, uses) == {NEW.id: 4}


def test_afterwards_everything_says_what_it_said_without_the_old_key(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    state = enrolled(database, person.id, seal)
    audit_key = read(database, instance.audit_key, seal)
    list(steps(database, rotated))
    without_old = FieldCipher(Keyring([NEW]))
    assert (
        opened(read(database, two_factor.read, person.id), without_old)
        == [SECRET, SECRET, CODES]
        == opened(state, seal)
    )
    assert read(database, instance.audit_key, without_old) == audit_key


def test_nothing_but_sealed_values_and_the_version_changes(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    before = enrolled(database, person.id, seal)
    list(steps(database, rotated))
    after = read(database, two_factor.read, person.id)
    assert after.version == before.version + 1
    assert replace(after, version=before.version, secret=before.secret, pending=before.pending) == before


def test_what_is_under_the_new_key_already_is_left_alone(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    before = enrolled(database, person.id, rotated)
    assert sum(steps(database, rotated)) == 1
    assert read(database, two_factor.read, person.id) == before
    assert sum(steps(database, rotated)) == 0


def test_somebody_without_a_second_factor_is_left_alone(
    database: Database, person: Person, rotated: FieldCipher
) -> None:
    list(steps(database, rotated))
    assert read(database, two_factor.read, person.id) == TwoFactor(person.id)


@pytest.mark.usefixtures("few_at_once")
def test_many_are_moved_some_at_a_time_and_each_step_tells_how_many(
    database: Database, project: Project, seal: FieldCipher, rotated: FieldCipher
) -> None:
    several(database, project, seal, 5)
    assert list(steps(database, rotated)) == [1, 2, 2, 1]


@pytest.mark.usefixtures("few_at_once")
def test_interrupted_it_goes_on_where_it_stopped(
    database: Database, project: Project, seal: FieldCipher, rotated: FieldCipher
) -> None:
    states = several(database, project, seal, 5)
    interrupted = steps(database, rotated)
    assert [next(interrupted), next(interrupted)] == [1, 2]
    assert read(database, uses) == {OLD.id: 9, NEW.id: 7}
    assert sum(steps(database, rotated)) == 3
    assert read(database, uses) == {NEW.id: 16}
    assert all(opened(read(database, two_factor.read, state.person_id), rotated) for state in states)


@pytest.mark.usefixtures("few_at_once")
def test_what_people_change_meanwhile_stands(
    database: Database, other_server: Database, project: Project, seal: FieldCipher, rotated: FieldCipher
) -> None:
    states = several(database, project, seal, 4)
    for step, _ in enumerate(steps(database, rotated)):
        state = read(other_server, two_factor.read, states[step % 4].person_id)
        write(other_server, two_factor.save, replace(state, last_step=step, totp_failures=(step,)))
    touched = {state.person_id: read(database, two_factor.read, state.person_id) for state in states}
    assert [touched[states[step].person_id].last_step for step in range(3)] == [0, 1, 2]
    assert set(read(database, uses)) == {NEW.id}


def test_a_value_that_cannot_be_read_stops_it_and_is_left_as_it_is(
    database: Database, person: Person, seal: FieldCipher, rotated: FieldCipher
) -> None:
    state = enrolled(database, person.id, FieldCipher(Keyring([Key.of(b"l" * 32)])))
    with pytest.raises(UnreadableError, match=person.id):
        list(steps(database, rotated))
    assert read(database, two_factor.read, person.id) == state


def test_the_audit_key_is_sealed_by_the_new_key(database: Database, rotated: FieldCipher) -> None:
    list(steps(database, rotated))
    assert key_id_of(read(database, instance.encrypted_audit_key)) == NEW.id
