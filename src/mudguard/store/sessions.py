"""Sessions: a row while a sign-in lasts. Revoking one removes it."""

import dataclasses
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mudguard.store.people import PERSON_COLUMNS, PERSON_TABLES, Person, person_from
from mudguard.store.prepared import Prepared, Row
from mudguard.store.rows import column_values
from mudguard.store.tables import people, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that lasts. `methods` are its `amr` values."""

    person_id: str
    id: str
    auth_time: int
    methods: tuple[str, ...]
    refresh_family_hash: bytes = dataclasses.field(repr=False)
    refresh_hash: bytes = dataclasses.field(repr=False)
    created_at: int
    last_used_at: int
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A session and the person it belongs to, as they are now."""

    person: Person
    session: Session


_STANDING = Prepared(
    select(*PERSON_COLUMNS, *sessions.c)
    .select_from(PERSON_TABLES.join(sessions, sessions.c.person_id == people.c.id))
    .where(sessions.c.person_id == bindparam("person_id"), sessions.c.id == bindparam("session_id"))
)
_ADD = Prepared(insert(sessions))
_ROTATE = Prepared(
    update(sessions)
    .where(
        sessions.c.person_id == bindparam("of_person"),
        sessions.c.id == bindparam("session_id"),
        sessions.c.refresh_hash == bindparam("old_hash"),
    )
    .values(refresh_hash=bindparam("new_hash"), last_used_at=bindparam("now"))
)


def find(connection: Connection, person_id: str, session_id: str) -> Standing | None:
    """The session with that id, if it lasts."""
    row = _STANDING.one(connection, {"person_id": person_id, "session_id": session_id})
    return None if row is None else Standing(person_from(row), _session_from(row[len(PERSON_COLUMNS) :]))


def of_person(connection: Connection, person_id: str) -> list[Session]:
    """A person's sessions, the newest first."""
    query = select(sessions).where(sessions.c.person_id == person_id).order_by(sessions.c.created_at.desc())
    return [_session_from(tuple(row)) for row in connection.execute(query)]


def add(connection: Connection, session: Session) -> None:
    """Begin a session."""
    _ADD.run(connection, {**column_values(sessions, session), "methods": " ".join(session.methods)})


def rotate(connection: Connection, session: Session, new_refresh_hash: bytes, *, now_ms: int) -> bool:
    """Exchange the refresh token that `session` was read with; False if that was done already."""
    rotated = _ROTATE.run(
        connection,
        {
            "of_person": session.person_id,
            "session_id": session.id,
            "old_hash": session.refresh_hash,
            "new_hash": new_refresh_hash,
            "now": now_ms,
        },
    )
    return rotated == 1


def set_methods(connection: Connection, session: Session, methods: tuple[str, ...]) -> None:
    """Record what the session has proved by now."""
    connection.execute(
        update(sessions)
        .where(sessions.c.person_id == session.person_id, sessions.c.id == session.id)
        .values(methods=" ".join(methods))
    )


def revoke(connection: Connection, person_id: str, session_id: str) -> bool:
    """End a session; False if there was none."""
    ended = connection.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id == session_id))
    return ended.rowcount == 1


def revoke_all(connection: Connection, person_id: str, *, but: str | None = None) -> int:
    """End a person's sessions, all or all but one; how many that were."""
    query = delete(sessions).where(sessions.c.person_id == person_id)
    if but is not None:
        query = query.where(sessions.c.id != but)
    return connection.execute(query).rowcount


def _session_from(row: Row) -> Session:
    person_id, id_, auth_time, methods, *rest = row
    return Session(person_id, id_, auth_time, tuple(methods.split()), *rest)
