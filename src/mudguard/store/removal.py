"""Removing what is over: deleted projects with their people, and rows whose time has passed."""

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_

from mudguard.rules.assurance import Lifetimes
from mudguard.store import password_failures, people, projects
from mudguard.store.database import Database
from mudguard.store.tables import challenges, sessions

_AT_ONCE = 200
"""Rows removed in one transaction, so that other writers get their turn."""


def empty_project(database: Database, project_id: str) -> None:
    """Remove the people of a project that is being deleted, then the project. May be begun again at any time."""

    def work(connection: Connection) -> bool:
        some = people.some_of_project(connection, project_id, most=_AT_ONCE)
        if some:
            people.remove(connection, project_id, some)
        else:
            projects.remove(connection, project_id)
        return bool(some)

    while database.transact(work):
        pass


def sweep(database: Database, *, now_ms: int, lifetimes: Lifetimes) -> None:
    """Remove sessions, challenges and failures that are over, and finish deletions that a crash cut short."""

    def work(connection: Connection) -> None:
        connection.execute(delete(challenges).where(challenges.c.expires_at < now_ms))
        password_failures.drop_expired(connection, now_ms=now_ms)

    _remove_sessions(database, sessions.c.last_used_at < now_ms - lifetimes.session_idle * 1000)
    _remove_sessions(database, sessions.c.created_at < now_ms - lifetimes.session_absolute * 1000)
    database.transact(work)
    with database.reading() as connection:
        unfinished = projects.half_deleted(connection)
    for project_id in unfinished:
        empty_project(database, project_id)


def _remove_sessions(database: Database, is_over: ColumnElement[bool]) -> None:
    """Remove them some at a time, looked for outside the transaction: a search of them all holds up no writer."""
    key = tuple_(sessions.c.person_id, sessions.c.id)
    search = select(sessions.c.person_id, sessions.c.id).where(is_over).limit(_AT_ONCE)
    found: list[tuple[str, ...]] = []

    def work(connection: Connection) -> None:
        connection.execute(delete(sessions).where(key.in_(found), is_over))

    while True:
        with database.reading() as connection:
            found[:] = [tuple(row) for row in connection.execute(search)]
        if not found:
            return
        database.transact(work)
