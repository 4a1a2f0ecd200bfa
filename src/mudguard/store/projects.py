"""Projects, which people sign up to."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from mudguard.store.connection import Connection
from mudguard.store.records import Record, first_column
from mudguard.store.statements import Query, Statement, Update
from mudguard.store.tables import projects


@dataclass(frozen=True, slots=True)
class Project:
    """A project of an organisation. `settings` has the fields of the API's ProjectSettings."""

    id: str
    org_id: str
    name: str
    description: str | None
    slug: str
    settings: dict[str, Any]
    created_at: int
    updated_at: int
    deleted_at: int | None = None


_PROJECT = Record(Project, *projects.c)
_IS_THERE = projects.c.deleted_at.is_(None)
_FIND = Query(select(projects).where(projects.c.id == bindparam("project_id"), _IS_THERE), _PROJECT.read)
_NAME = Query(select(projects.c.name).where(projects.c.id == bindparam("project_id")), first_column)
_OF_ORGANIZATION = Query(
    select(projects)
    .where(projects.c.org_id == bindparam("of_org"), _IS_THERE)
    .order_by(projects.c.created_at, projects.c.id),
    _PROJECT.read,
)
_BY_SLUG = Query(
    select(projects.c.id).where(projects.c.org_id == bindparam("of_org"), projects.c.slug == bindparam("wanted")),
    first_column,
)
_HALF_DELETED = Query(select(projects.c.id).where(projects.c.deleted_at.is_not(None)), first_column)
_ADD = Statement(insert(projects))
_CHANGE = Update(projects, projects.c.id == bindparam("project_id"), _IS_THERE)
_REMOVE = Statement(delete(projects).where(projects.c.id == bindparam("project_id")))


async def add(connection: Connection, project: Project) -> None:
    """Add `project`."""
    await connection.run(_ADD, _PROJECT.values(project, projects))


async def find(connection: Connection, project_id: str) -> Project | None:
    """The project with that id, unless it is being deleted."""
    return await connection.first(_FIND, {"project_id": project_id})


async def name(connection: Connection, project_id: str) -> str | None:
    """The name of the project with that id."""
    return await connection.first(_NAME, {"project_id": project_id})


async def of_organization(connection: Connection, org_id: str) -> list[Project]:
    """An organisation's projects, the oldest first."""
    return await connection.all(_OF_ORGANIZATION, {"of_org": org_id})


async def slug_is_taken(connection: Connection, org_id: str, slug: str) -> bool:
    """Whether a project of the organisation has `slug`."""
    return await connection.first(_BY_SLUG, {"of_org": org_id, "wanted": slug}) is not None


async def change(connection: Connection, project_id: str, **values: object) -> bool:
    """Set columns of a project. False if it does not exist."""
    return await connection.run(_CHANGE.of(values), {"project_id": project_id, **values}) == 1


async def half_deleted(connection: Connection) -> list[str]:
    """Ids of projects whose deletion began but did not finish."""
    return await connection.all(_HALF_DELETED)


async def remove(connection: Connection, project_id: str) -> None:
    """Remove a project and its API keys."""
    await connection.run(_REMOVE, {"project_id": project_id})
