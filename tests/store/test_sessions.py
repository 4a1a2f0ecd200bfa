"""Sessions: a row while a sign-in lasts, and a refresh token that is exchanged once."""

from dataclasses import replace

import pytest

from mudguard.store import people, sessions
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession, Session
from mudguard.store.tables import sessions as sessions_table
from tests.store import records
from tests.store.calls import count, read, write
from tests.store.records import NOW
from tests.support.races import at_once

SECOND, THIRD = b"2" * 32, b"3" * 32


@pytest.fixture
def session(database: Database, person: Person) -> Session:
    session = records.session(person.id)
    write(database, sessions.add, session)
    return session


def found(database: Database, session: Session) -> Session | None:
    found = read(database, sessions.find, session.person_id, session.id)
    return found.session if found else None


def test_a_session_is_found_with_its_person(database: Database, session: Session, person: Person) -> None:
    assert read(database, sessions.find, person.id, session.id) == ActiveSession(person, session)


@pytest.mark.parametrize("methods", [("pwd",), ("pwd", "otp", "mfa"), ("pwd", "mfa")])
def test_what_a_session_has_proved_is_kept_in_order(
    database: Database, person: Person, methods: tuple[str, ...]
) -> None:
    session = records.session(person.id, methods=methods)
    write(database, sessions.add, session)
    assert found(database, session) == session


def test_a_session_is_not_found_by_another_person_s_id(database: Database, session: Session, stranger: Person) -> None:
    assert read(database, sessions.find, stranger.id, session.id) is None


def test_a_person_s_sessions_come_newest_first(database: Database, person: Person, stranger: Person) -> None:
    own = [records.session(person.id, created_at=NOW + age) for age in (1, 3, 2)]
    for session in (*own, records.session(stranger.id)):
        write(database, sessions.add, session)
    assert read(database, sessions.of_person, person.id) == [own[1], own[2], own[0]]


def test_a_refresh_token_is_exchanged_for_the_next(database: Database, session: Session) -> None:
    assert write(database, sessions.rotate, session, SECOND, now_ms=NOW + 1)
    assert found(database, session) == replace(session, refresh_hash=SECOND, last_used_at=NOW + 1)


def test_a_refresh_token_is_exchanged_once(database: Database, session: Session) -> None:
    assert write(database, sessions.rotate, session, SECOND, now_ms=NOW + 1)
    assert not write(database, sessions.rotate, session, THIRD, now_ms=NOW + 2)
    assert found(database, session) == replace(session, refresh_hash=SECOND, last_used_at=NOW + 1)


def test_of_two_servers_that_exchange_one_token_at_once_one_does(
    database: Database, other_server: Database, session: Session
) -> None:
    def rotate(server: Database, new: bytes) -> bool:
        return write(server, sessions.rotate, session, new, now_ms=NOW + 1)

    assert sorted(at_once([lambda: rotate(database, SECOND), lambda: rotate(other_server, THIRD)])) == [False, True]


def test_a_session_that_ended_exchanges_nothing(database: Database, session: Session) -> None:
    write(database, sessions.revoke, session.person_id, session.id)
    assert not write(database, sessions.rotate, session, SECOND, now_ms=NOW + 1)


def test_exchanging_one_session_s_token_leaves_the_others_alone(
    database: Database, session: Session, person: Person
) -> None:
    other = records.session(person.id)
    write(database, sessions.add, other)
    write(database, sessions.rotate, session, SECOND, now_ms=NOW + 1)
    assert found(database, other) == other


def test_what_is_proved_later_is_recorded_for_that_session_only(
    database: Database, session: Session, person: Person
) -> None:
    other = records.session(person.id)
    write(database, sessions.add, other)
    write(database, sessions.set_methods, session, ("pwd", "otp", "mfa"))
    assert found(database, session) == replace(session, methods=("pwd", "otp", "mfa"))
    assert found(database, other) == other


def test_a_revoked_session_is_gone(database: Database, session: Session) -> None:
    assert write(database, sessions.revoke, session.person_id, session.id)
    assert found(database, session) is None


def test_a_session_is_revoked_once(database: Database, session: Session) -> None:
    write(database, sessions.revoke, session.person_id, session.id)
    assert not write(database, sessions.revoke, session.person_id, session.id)


def test_nobody_revokes_another_s_session(database: Database, session: Session, stranger: Person) -> None:
    assert not write(database, sessions.revoke, stranger.id, session.id)
    assert found(database, session) == session


def test_all_of_a_person_s_sessions_end_and_nobody_else_s(
    database: Database, session: Session, stranger: Person
) -> None:
    theirs = records.session(stranger.id)
    for another in (records.session(session.person_id), theirs):
        write(database, sessions.add, another)
    assert write(database, sessions.revoke_all, session.person_id) == 2
    assert read(database, sessions.of_person, session.person_id) == []
    assert found(database, theirs) == theirs


def test_all_sessions_but_one_end(database: Database, session: Session) -> None:
    write(database, sessions.add, records.session(session.person_id))
    assert write(database, sessions.revoke_all, session.person_id, but=session.id) == 1
    assert read(database, sessions.of_person, session.person_id) == [session]


def test_sessions_go_with_their_person(database: Database, session: Session, person: Person) -> None:
    write(database, people.remove, person.realm, [(person.id, person.email)])
    assert count(database, sessions_table) == 0
    assert found(database, session) is None


def test_no_hash_of_a_token_is_shown_by_a_session_that_is_logged(session: Session) -> None:
    assert "1111" not in repr(session)
    assert "ffff" not in repr(session)
