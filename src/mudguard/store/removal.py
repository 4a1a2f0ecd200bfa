"""Removes deleted projects with their people, and expired rows."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from mudguard.rules.assurance import Lifetimes
from mudguard.store import challenges, password_failures, people, projects, sessions
from mudguard.store.connection import Connection
from mudguard.store.database import Database

Key = tuple[str, str]
T = TypeVar("T")

AT_ONCE = 50
"""Rows removed in one transaction; few, so that others get their turn. A person has sessions, codes and more."""


async def empty_project(database: Database, project_id: str) -> None:
    """Remove the people of a project that is being deleted, then the project. May be restarted at any time."""

    async def remove_some(connection: Connection) -> bool:
        some = await people.some_of_project(connection, project_id, most=AT_ONCE)
        if some:
            await people.remove(connection, project_id, some)
        else:
            await projects.remove(connection, project_id)
        return bool(some)

    while await database.transact(remove_some):
        pass


async def sweep(database: Database, *, now_ms: int, lifetimes: Lifetimes) -> None:
    """Remove expired sessions, challenges and failures, and finish deletions that a crash interrupted."""
    unused_since = now_ms - lifetimes.session_idle * 1000
    begun_before = now_ms - lifetimes.session_absolute * 1000
    await _remove(
        database,
        partial(sessions.idle, before=unused_since),
        partial(sessions.remove_idle, before=unused_since),
    )
    await _remove(
        database, partial(sessions.old, before=begun_before), partial(sessions.remove_old, before=begun_before)
    )
    await _remove(database, partial(challenges.expired, now_ms=now_ms), challenges.remove)
    await _remove(
        database,
        partial(password_failures.expired, now_ms=now_ms),
        partial(password_failures.remove_expired, now_ms=now_ms),
    )
    async with database.reading_at_length() as connection:
        unfinished = await projects.half_deleted(connection)
    for project_id in unfinished:
        await empty_project(database, project_id)


async def _remove(
    database: Database,
    search: "Callable[..., Awaitable[list[Key]]]",
    remove: Callable[[Connection, list[Key]], Awaitable[None]],
) -> None:
    """Remove rows in batches. Search outside the write transaction, so that the search blocks no writer."""
    while True:
        async with database.reading_at_length() as connection:
            found = await search(connection, most=AT_ONCE)
        if not found:
            return

        async def remove_found(connection: Connection, found: list[Key] = found) -> None:
            await remove(connection, found)

        await database.transact(remove_found)
