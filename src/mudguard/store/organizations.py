"""Organisations of operators."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from mudguard.store.connection import Connection
from mudguard.store.records import Record, first_column
from mudguard.store.statements import Query, Statement
from mudguard.store.tables import organizations


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation: it owns projects and has operators."""

    id: str
    name: str
    slug: str
    created_at: int
    updated_at: int


_ORGANIZATION = Record(Organization, *organizations.c)
_FIND = Query(select(organizations).where(organizations.c.id == bindparam("org_id")), _ORGANIZATION.read)
_BY_SLUG = Query(select(organizations.c.id).where(organizations.c.slug == bindparam("wanted")), first_column)
_ADD = Statement(insert(organizations))
_REMOVE = Statement(delete(organizations).where(organizations.c.id == bindparam("org_id")))


async def add(connection: Connection, organization: Organization) -> None:
    """Add `organization`."""
    await connection.run(_ADD, _ORGANIZATION.values(organization, organizations))


async def find(connection: Connection, org_id: str) -> Organization | None:
    """The organisation with that id."""
    return await connection.first(_FIND, {"org_id": org_id})


async def slug_is_taken(connection: Connection, slug: str) -> bool:
    """Whether an organisation has `slug`."""
    return await connection.first(_BY_SLUG, {"wanted": slug}) is not None


async def remove(connection: Connection, org_id: str) -> None:
    """Remove an organisation."""
    await connection.run(_REMOVE, {"org_id": org_id})
