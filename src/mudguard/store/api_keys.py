"""API keys: a project's own credentials, kept as hashes."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, insert, or_, select, update

from mudguard.store.connection import Connection
from mudguard.store.records import Record
from mudguard.store.statements import Query, Statement, Update
from mudguard.store.tables import api_keys, people, projects


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, with the names of its project and of the person who made it."""

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


_KEY = Record(
    ApiKey,
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
_SELECT = (
    select(*_KEY.columns)
    .select_from(api_keys)
    .join(projects, projects.c.id == api_keys.c.project_id)
    .join(people, people.c.id == api_keys.c.created_by)
    .where(projects.c.deleted_at.is_(None))
)
_THIS = and_(api_keys.c.org_id == bindparam("of_org"), api_keys.c.id == bindparam("key_id"))
_OLDEST_FIRST = (api_keys.c.created_at, api_keys.c.id)
_FIND = Query(_SELECT.where(_THIS), _KEY.read)
_BY_SECRET = Query(_SELECT.where(api_keys.c.secret_hash == bindparam("hash")), _KEY.read)
_OF_ORGANIZATION = Query(_SELECT.where(api_keys.c.org_id == bindparam("of_org")).order_by(*_OLDEST_FIRST), _KEY.read)
_MADE_BY = Query(_SELECT.where(api_keys.c.created_by == bindparam("maker")).order_by(*_OLDEST_FIRST), _KEY.read)
_ADD = Statement(insert(api_keys))
_CHANGE = Update(api_keys, _THIS)
_DEACTIVATE_MADE_BY = Statement(
    update(api_keys).where(api_keys.c.created_by == bindparam("maker")).values(is_active=False)
)
_WINDOW_IS_OVER = or_(
    api_keys.c.window_started_at <= bindparam("now") - api_keys.c.limit_window * 1000,
    api_keys.c.window_started_at > bindparam("now"),
)
_CLAIM_REQUEST = Statement(
    update(api_keys)
    .where(
        api_keys.c.id == bindparam("key_id"),
        api_keys.c.is_active,
        or_(_WINDOW_IS_OVER, api_keys.c.window_requests < api_keys.c.limit_requests),
    )
    .values(
        requests=api_keys.c.requests + 1,
        last_used_at=bindparam("now"),
        window_requests=case((_WINDOW_IS_OVER, 1), else_=api_keys.c.window_requests + 1),
        window_started_at=case((_WINDOW_IS_OVER, bindparam("now")), else_=api_keys.c.window_started_at),
    )
)
_REMOVE = Statement(delete(api_keys).where(_THIS))


async def add(connection: Connection, **values: object) -> None:
    """Add a key by its columns. Its counters start at zero."""
    await connection.run(
        _ADD, {"window_started_at": 0, "window_requests": 0, "requests": 0, "is_active": True, **values}
    )


async def find(connection: Connection, org_id: str, key_id: str) -> ApiKey | None:
    """The organisation's key with that id."""
    return await connection.first(_FIND, {"of_org": org_id, "key_id": key_id})


async def find_by_secret(connection: Connection, secret_hash: bytes) -> ApiKey | None:
    """The key whose secret has that hash, active or not."""
    return await connection.first(_BY_SECRET, {"hash": secret_hash})


async def of_organization(connection: Connection, org_id: str) -> list[ApiKey]:
    """An organisation's keys, the oldest first."""
    return await connection.all(_OF_ORGANIZATION, {"of_org": org_id})


async def made_by(connection: Connection, person_id: str) -> list[ApiKey]:
    """The keys that a person made, the oldest first."""
    return await connection.all(_MADE_BY, {"maker": person_id})


async def change(connection: Connection, org_id: str, key_id: str, **values: object) -> bool:
    """Set columns of a key; False if there is none."""
    return await connection.run(_CHANGE.of(values), {"of_org": org_id, "key_id": key_id, **values}) == 1


async def deactivate_made_by(connection: Connection, person_id: str) -> None:
    """Switch off the keys that a person made, since they know the secrets."""
    await connection.run(_DEACTIVATE_MADE_BY, {"maker": person_id})


async def claim_request(connection: Connection, key: ApiKey, *, now_ms: int) -> bool:
    """Count a request against the key's limit in one statement. False, and not counted, if its window is full."""
    return await connection.run(_CLAIM_REQUEST, {"key_id": key.id, "now": now_ms}) == 1


async def remove(connection: Connection, org_id: str, key_id: str) -> bool:
    """Remove a key; False if there is none."""
    return await connection.run(_REMOVE, {"of_org": org_id, "key_id": key_id}) == 1
