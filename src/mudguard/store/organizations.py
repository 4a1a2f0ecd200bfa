"""Organisations, which operators belong to."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from mudguard.store.tables import organizations


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation: it owns projects and has operators."""

    id: str
    name: str
    slug: str
    created_at: int
    updated_at: int


def add(connection: Connection, organization: Organization) -> None:
    """Add `organization`."""
    connection.execute(
        insert(organizations).values({column.name: getattr(organization, column.name) for column in organizations.c})
    )


def find(connection: Connection, org_id: str) -> Organization | None:
    """The organisation with that id."""
    row = connection.execute(select(organizations).where(organizations.c.id == org_id)).one_or_none()
    return None if row is None else Organization(*row)


def slug_is_taken(connection: Connection, slug: str) -> bool:
    """Whether an organisation goes by `slug`."""
    return connection.scalar(select(organizations.c.id).where(organizations.c.slug == slug)) is not None


def remove(connection: Connection, org_id: str) -> None:
    """Remove an organisation."""
    connection.execute(delete(organizations).where(organizations.c.id == org_id))
