"""Challenges: sign-ins that wait for a second factor, and are used up once."""

from dataclasses import replace

import pytest

from mudguard.store import challenges, people
from mudguard.store.challenges import Challenge
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.tables import challenges as challenges_table
from tests.store import records
from tests.store.calls import count, read, write
from tests.support.races import at_once


@pytest.fixture
def challenge(database: Database, person: Person) -> Challenge:
    challenge = records.challenge(person.id)
    write(database, challenges.add, challenge)
    return challenge


def found(database: Database, challenge: Challenge) -> Challenge | None:
    return read(database, challenges.find, challenge.person_id, challenge.id)


def test_a_challenge_is_found_as_it_was_begun(database: Database, challenge: Challenge) -> None:
    assert found(database, challenge) == challenge


def test_a_challenge_is_not_found_by_another_person_s_id(
    database: Database, challenge: Challenge, stranger: Person
) -> None:
    assert read(database, challenges.find, stranger.id, challenge.id) is None


def test_a_challenge_is_used_up_once(database: Database, challenge: Challenge) -> None:
    assert write(database, challenges.claim, challenge)
    assert not write(database, challenges.claim, challenge)
    assert found(database, challenge) is None


def test_of_two_servers_that_use_one_challenge_at_once_one_does(
    database: Database, other_server: Database, challenge: Challenge
) -> None:
    def claim(server: Database) -> bool:
        return write(server, challenges.claim, challenge)

    assert sorted(at_once([lambda: claim(database), lambda: claim(other_server)])) == [False, True]


def test_using_one_challenge_up_leaves_a_person_s_others(database: Database, challenge: Challenge) -> None:
    other = records.challenge(challenge.person_id)
    write(database, challenges.add, other)
    write(database, challenges.claim, challenge)
    assert found(database, other) == other


def test_each_wrong_code_counts(database: Database, challenge: Challenge) -> None:
    for _ in range(3):
        write(database, challenges.count_failure, challenge)
    assert found(database, challenge) == replace(challenge, failures=3)


def test_a_wrong_code_counts_against_its_own_challenge_only(database: Database, challenge: Challenge) -> None:
    other = records.challenge(challenge.person_id)
    write(database, challenges.add, other)
    write(database, challenges.count_failure, other)
    assert found(database, challenge) == challenge


def test_all_of_a_person_s_challenges_end_and_nobody_else_s(
    database: Database, challenge: Challenge, stranger: Person
) -> None:
    theirs = records.challenge(stranger.id)
    for another in (records.challenge(challenge.person_id), theirs):
        write(database, challenges.add, another)
    write(database, challenges.drop_all, challenge.person_id)
    assert found(database, challenge) is None
    assert found(database, theirs) == theirs
    assert count(database, challenges_table) == 1


def test_challenges_go_with_their_person(database: Database, challenge: Challenge, person: Person) -> None:
    write(database, people.remove, person.realm, [(person.id, person.email)])
    assert found(database, challenge) is None
