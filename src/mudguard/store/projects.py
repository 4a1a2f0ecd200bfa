"""Projects, which people sign up to."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mudguard.store.prepared import Prepared
from mudguard.store.tables import projects


@dataclass(frozen=True, slots=True)
class Project:
    """A project of an organisation. `settings` hold what the API's ProjectSettings hold."""

    id: str
    org_id: str
    name: str
    description: str | None
    slug: str
    settings: dict[str, Any]
    created_at: int
    updated_at: int
    deleted_at: int | None = None


_FIND = Prepared(select(projects).where(projects.c.id == bindparam("project_id"), projects.c.deleted_at.is_(None)))

_NAME = Prepared(select(projects.c.name).where(projects.c.id == bindparam("project_id")))


def add(connection: Connection, project: Project) -> None:
    """Add `project`."""
    connection.execute(insert(projects).values({column.name: getattr(project, column.name) for column in projects.c}))


def find(connection: Connection, project_id: str) -> Project | None:
    """The project with that id, unless it is being deleted."""
    row = _FIND.one(connection, {"project_id": project_id})
    return None if row is None else Project(*row)


def name(connection: Connection, project_id: str) -> str | None:
    """The name of the project with that id, of which nothing else is wanted."""
    row = _NAME.one(connection, {"project_id": project_id})
    return None if row is None else row[0]


def of_organization(connection: Connection, org_id: str) -> list[Project]:
    """An organisation's projects, the oldest first."""
    query = select(projects).where(projects.c.org_id == org_id, projects.c.deleted_at.is_(None))
    return [Project(*row) for row in connection.execute(query.order_by(projects.c.created_at, projects.c.id))]


def slug_is_taken(connection: Connection, org_id: str, slug: str) -> bool:
    """Whether a project of the organisation goes by `slug`."""
    query = select(projects.c.id).where(projects.c.org_id == org_id, projects.c.slug == slug)
    return connection.scalar(query) is not None


def change(connection: Connection, project_id: str, **values: object) -> bool:
    """Set columns of a project; False if it is gone."""
    changed = connection.execute(
        update(projects).where(projects.c.id == project_id, projects.c.deleted_at.is_(None)).values(values)
    )
    return changed.rowcount == 1


def half_deleted(connection: Connection) -> list[str]:
    """Ids of projects whose deletion was begun and not finished."""
    return list(connection.scalars(select(projects.c.id).where(projects.c.deleted_at.is_not(None))))


def remove(connection: Connection, project_id: str) -> None:
    """Remove a project and its API keys."""
    connection.execute(delete(projects).where(projects.c.id == project_id))
