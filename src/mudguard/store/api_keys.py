"""API keys: a project's own credentials, kept as hashes."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, insert, or_, select, update

from mudguard.store.tables import api_keys, people, projects


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, with the names of its project and of whoever made it."""

    id: str
    org_id: str
    project_id: str
    name: str
    permissions: list[dict[str, Any]]
    limit_requests: int
    limit_window: int
    window_started_at: int
    requests: int
    last_used_at: int | None
    is_active: bool
    expires_at: int | None
    created_by: str
    created_at: int
    project_name: str
    project_slug: str
    creator_email: str
    creator_first_name: str
    creator_last_name: str


_KEY = (
    select(
        api_keys.c.id,
        api_keys.c.org_id,
        api_keys.c.project_id,
        api_keys.c.name,
        api_keys.c.permissions,
        api_keys.c.limit_requests,
        api_keys.c.limit_window,
        api_keys.c.window_started_at,
        api_keys.c.requests,
        api_keys.c.last_used_at,
        api_keys.c.is_active,
        api_keys.c.expires_at,
        api_keys.c.created_by,
        api_keys.c.created_at,
        projects.c.name,
        projects.c.slug,
        people.c.email,
        people.c.first_name,
        people.c.last_name,
    )
    .join(projects, projects.c.id == api_keys.c.project_id)
    .join(people, people.c.id == api_keys.c.created_by)
    .where(projects.c.deleted_at.is_(None))
)


def add(connection: Connection, **values: object) -> None:
    """Add a key, by its columns; its counters start at nothing."""
    connection.execute(
        insert(api_keys).values(window_started_at=0, window_requests=0, requests=0, is_active=True, **values)
    )


def find(connection: Connection, org_id: str, key_id: str) -> ApiKey | None:
    """The organisation's key with that id."""
    row = connection.execute(_KEY.where(api_keys.c.org_id == org_id, api_keys.c.id == key_id)).one_or_none()
    return None if row is None else ApiKey(*tuple(row))


def find_by_secret(connection: Connection, secret_hash: bytes) -> ApiKey | None:
    """The key whose secret has that hash, in force or not."""
    row = connection.execute(_KEY.where(api_keys.c.secret_hash == secret_hash)).one_or_none()
    return None if row is None else ApiKey(*tuple(row))


def of_organization(connection: Connection, org_id: str) -> list[ApiKey]:
    """An organisation's keys, the oldest first."""
    rows = connection.execute(_KEY.where(api_keys.c.org_id == org_id).order_by(api_keys.c.created_at, api_keys.c.id))
    return [ApiKey(*tuple(row)) for row in rows]


def made_by(connection: Connection, person_id: str) -> list[ApiKey]:
    """The keys that a person made, the oldest first."""
    query = _KEY.where(api_keys.c.created_by == person_id).order_by(api_keys.c.created_at, api_keys.c.id)
    return [ApiKey(*tuple(row)) for row in connection.execute(query)]


def change(connection: Connection, org_id: str, key_id: str, **values: object) -> bool:
    """Set columns of a key; False if there is none."""
    changed = connection.execute(
        update(api_keys).where(api_keys.c.org_id == org_id, api_keys.c.id == key_id).values(values)
    )
    return changed.rowcount == 1


def deactivate_made_by(connection: Connection, person_id: str) -> None:
    """Switch off the keys that a person made, and so knows."""
    connection.execute(update(api_keys).where(api_keys.c.created_by == person_id).values(is_active=False))


def claim_request(connection: Connection, key: ApiKey, *, now_ms: int) -> bool:
    """Count a request against the key's limit, in one statement; False, uncounted, if its window is full."""
    window_is_over = or_(
        api_keys.c.window_started_at <= now_ms - api_keys.c.limit_window * 1000,
        api_keys.c.window_started_at > now_ms,
    )
    counted = connection.execute(
        update(api_keys)
        .where(
            api_keys.c.id == key.id,
            api_keys.c.is_active,
            or_(window_is_over, api_keys.c.window_requests < api_keys.c.limit_requests),
        )
        .values(
            requests=api_keys.c.requests + 1,
            last_used_at=now_ms,
            window_requests=case((window_is_over, 1), else_=api_keys.c.window_requests + 1),
            window_started_at=case((window_is_over, now_ms), else_=api_keys.c.window_started_at),
        )
    )
    return counted.rowcount == 1


def remove(connection: Connection, org_id: str, key_id: str) -> bool:
    """Remove a key; False if there is none."""
    removed = connection.execute(delete(api_keys).where(api_keys.c.org_id == org_id, api_keys.c.id == key_id))
    return removed.rowcount == 1
