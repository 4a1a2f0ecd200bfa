"""Sessions: each has a row until it ends. Revoking a session removes the row."""

import dataclasses
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, select, update

from mudguard.store.connection import Connection
from mudguard.store.people import PERSON, PERSON_TABLES, Person
from mudguard.store.records import Record, pair
from mudguard.store.statements import Query, Statement
from mudguard.store.tables import people, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A session. `methods` are its `amr` values."""

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
class ActiveSession:
    """A session and the person it belongs to, as they are now."""

    person: Person
    session: Session


_SESSION = Record(Session, *sessions.c)
_ACTIVE = Record(ActiveSession, PERSON, _SESSION)
_THIS = and_(sessions.c.person_id == bindparam("of_person"), sessions.c.id == bindparam("session_id"))
_FIND = Query(
    select(*_ACTIVE.columns)
    .select_from(PERSON_TABLES.join(sessions, sessions.c.person_id == people.c.id))
    .where(_THIS),
    _ACTIVE.read,
)
_OF_PERSON = Query(
    select(sessions).where(sessions.c.person_id == bindparam("of_person")).order_by(sessions.c.created_at.desc()),
    _SESSION.read,
)
_ADD = Statement(insert(sessions))
_ROTATE = Statement(
    update(sessions)
    .where(_THIS, sessions.c.refresh_hash == bindparam("old_hash"))
    .values(refresh_hash=bindparam("new_hash"), last_used_at=bindparam("now"))
)
_SET_METHODS = Statement(
    update(sessions).where(_THIS).values(methods=bindparam("new_methods", type_=sessions.c.methods.type))
)
_REVOKE = Statement(delete(sessions).where(_THIS))
_REVOKE_ALL = Statement(delete(sessions).where(sessions.c.person_id == bindparam("of_person")))
_REVOKE_OTHERS = Statement(
    delete(sessions).where(sessions.c.person_id == bindparam("of_person"), sessions.c.id != bindparam("session_id"))
)


def _over(is_over: ColumnElement[bool]) -> tuple[Query[tuple[str, str]], Statement]:
    """Queries for sessions that are over by a condition on `before`: find some, and remove those still over."""
    key = select(sessions.c.person_id, sessions.c.id)
    return Query(key.where(is_over).limit(bindparam("most")), pair), Statement(delete(sessions).where(_THIS, is_over))


_FIND_IDLE, _REMOVE_IDLE = _over(sessions.c.last_used_at < bindparam("before"))
_FIND_OLD, _REMOVE_OLD = _over(sessions.c.created_at < bindparam("before"))


async def find(connection: Connection, person_id: str, session_id: str) -> ActiveSession | None:
    """The session with that id, if it has not ended."""
    return await connection.first(_FIND, {"of_person": person_id, "session_id": session_id})


async def of_person(connection: Connection, person_id: str) -> list[Session]:
    """A person's sessions, the newest first."""
    return await connection.all(_OF_PERSON, {"of_person": person_id})


async def add(connection: Connection, session: Session) -> None:
    """Begin a session."""
    await connection.run(_ADD, _SESSION.values(session, sessions))


async def rotate(connection: Connection, session: Session, new_refresh_hash: bytes, *, now_ms: int) -> bool:
    """Replace the refresh token that `session` was read with. False if it was replaced already."""
    rotated = await connection.run(
        _ROTATE,
        {
            "of_person": session.person_id,
            "session_id": session.id,
            "old_hash": session.refresh_hash,
            "new_hash": new_refresh_hash,
            "now": now_ms,
        },
    )
    return rotated == 1


async def set_methods(connection: Connection, session: Session, methods: tuple[str, ...]) -> None:
    """Record what the session has proved."""
    await connection.run(
        _SET_METHODS, {"of_person": session.person_id, "session_id": session.id, "new_methods": methods}
    )


async def revoke(connection: Connection, person_id: str, session_id: str) -> bool:
    """End a session. False if there was none."""
    return await connection.run(_REVOKE, {"of_person": person_id, "session_id": session_id}) == 1


async def revoke_all(connection: Connection, person_id: str, *, but: str | None = None) -> int:
    """End a person's sessions, all or all except one. Returns how many."""
    if but is None:
        return await connection.run(_REVOKE_ALL, {"of_person": person_id})
    return await connection.run(_REVOKE_OTHERS, {"of_person": person_id, "session_id": but})


async def idle(connection: Connection, *, before: int, most: int) -> list[tuple[str, str]]:
    """Person and id of at most `most` sessions last used before then."""
    return await connection.all(_FIND_IDLE, {"before": before, "most": most})


async def old(connection: Connection, *, before: int, most: int) -> list[tuple[str, str]]:
    """Person and id of at most `most` sessions that began before then."""
    return await connection.all(_FIND_OLD, {"before": before, "most": most})


async def remove_idle(connection: Connection, found: list[tuple[str, str]], *, before: int) -> None:
    """Remove sessions that `idle` found, unless they were used since."""
    await connection.run_many(_REMOVE_IDLE, [_key(each, before) for each in found])


async def remove_old(connection: Connection, found: list[tuple[str, str]], *, before: int) -> None:
    """Remove sessions that `old` found."""
    await connection.run_many(_REMOVE_OLD, [_key(each, before) for each in found])


def _key(found: tuple[str, str], before: int) -> dict[str, object]:
    return {"of_person": found[0], "session_id": found[1], "before": before}
