"""Projects of an organisation. People sign up to a project."""

import secrets
from typing import Any

from mudguard.authn.callers import Caller, KeyCaller
from mudguard.projects.access import ANY_ROLE, MANAGERS, OWNERS, Access
from mudguard.rules.events import Event, EventType
from mudguard.rules.identity import slug
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.ids import fresh_id
from mudguard.store import audit, projects, removal
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.projects import Project

DEFAULT_SETTINGS: dict[str, object] = {
    "allowAnonymousAuth": False,
    "requireEmailVerification": False,
    "requirePhoneVerification": False,
    "defaultUserAccountStatus": "active",
    "enableRealtime": False,
    "enableStorage": False,
    "enableFunctions": False,
}

_NOT_FOUND = "There is no such project in this organisation."
_FOREIGN = Refused(ErrorCode.NOT_FOUND, "You belong to no organisation with this id.")


class ProjectService:
    """The operations on projects."""

    def __init__(self, *, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def all(self, caller: Caller, org_id: str) -> list[Project] | Refused:
        """The organisation's projects."""
        async with self._database.reading_at_length() as connection:
            operator = await self._access.operator(connection, caller, ANY_ROLE)
            if isinstance(operator, Refused):
                return operator
            return await projects.of_organization(connection, org_id) if operator.org_id == org_id else _FOREIGN

    async def get(self, caller: Caller | KeyCaller, org_id: str, project_id: str) -> Project | Refused:
        """One project: for the organisation's operators, the project's own people and its API keys."""

        async def look_up(connection: Connection) -> Project | Refused:
            refused = await self._may_not_read(connection, caller, org_id, project_id)
            return refused or await _project(connection, org_id, project_id)

        if isinstance(caller, KeyCaller):
            return await self._database.transact(look_up)
        async with self._database.reading() as connection:
            return await look_up(connection)

    async def create(
        self, caller: Caller, org_id: str, *, name: str, description: str | None, wanted_slug: str | None
    ) -> Project | Refused:
        """Make a project. If the slug is taken, a requested one is refused, and a derived one is changed."""

        async def make_project(connection: Connection, operator: Person) -> Project | Refused:
            if operator.org_id != org_id:
                return _FOREIGN
            project_slug = wanted_slug or slug(name)
            if await projects.slug_is_taken(connection, org_id, project_slug):
                if wanted_slug:
                    return Refused(
                        ErrorCode.CONFLICT, "Another project of this organisation has this slug. Choose another."
                    )
                project_slug = f"{project_slug}-{secrets.token_hex(4)}"
            project = new_project(org_id, name, project_slug, now_ms=self._access.now_ms(), description=description)
            await projects.add(connection, project)
            return project

        return await self._access.run_audited(caller, EventType.PROJECT_CREATE, MANAGERS, make_project, project_of=_id)

    async def update(
        self, caller: Caller, org_id: str, project_id: str, *, name: str | None, description: str | None,
        settings: dict[str, Any],
    ) -> Project | Refused:  # fmt: skip
        """Change a project. Fields that are None, and settings not named, stay as they are."""

        async def change_project(connection: Connection, operator: Person) -> Project | Refused:
            project = await _project_of(connection, operator, org_id, project_id)
            if isinstance(project, Refused):
                return project
            changes = {"name": name, "description": description}
            given: dict[str, object] = {column: value for column, value in changes.items() if value is not None}
            await projects.change(
                connection,
                project.id,
                settings={**project.settings, **settings},
                updated_at=self._access.now_ms(),
                **given,
            )
            return await _project(connection, org_id, project_id)

        return await self._access.run_audited(
            caller, EventType.PROJECT_UPDATE, MANAGERS, change_project, project_of=_id
        )

    async def delete(self, caller: Caller, org_id: str, project_id: str) -> Project | Refused:
        """Delete a project with its people and keys. It closes at once, then its people are removed one by one."""

        async def close_project(connection: Connection, operator: Person) -> Project | Refused:
            project = await _project_of(connection, operator, org_id, project_id)
            if isinstance(project, Project):
                await projects.change(connection, project.id, deleted_at=self._access.now_ms())
            return project

        deleted = await self._access.run_audited(
            caller, EventType.PROJECT_DELETE, OWNERS, close_project, project_of=_id
        )
        if isinstance(deleted, Project):
            await removal.empty_project(self._database, deleted.id)
        return deleted

    async def security_events(
        self, caller: Caller, org_id: str, project_id: str, *, before: tuple[int, str] | None, most: int
    ) -> list[Event] | Refused:
        """The newest security events of a project's people, and those of operators that concern the project."""
        async with self._database.reading_at_length() as connection:
            operator = await self._access.operator(connection, caller, MANAGERS)
            if isinstance(operator, Refused):
                return operator
            project = await _project_of(connection, operator, org_id, project_id)
            if isinstance(project, Refused):
                return project
            return await audit.events(connection, audit.Filter(project_id=project.id, before=before), most=most)

    async def _may_not_read(
        self, connection: Connection, caller: Caller | KeyCaller, org_id: str, project_id: str
    ) -> Refused | None:
        if isinstance(caller, KeyCaller):
            key = await self._access.permitted_key(connection, caller, resource="auth", action="read")
            if isinstance(key, Refused):
                return key
            return None if key.project_id == project_id else Refused(ErrorCode.NOT_FOUND, _NOT_FOUND)
        person = await self._access.person(connection, caller)
        if isinstance(person, Refused):
            return person
        belongs = person.project_id == project_id if person.project_id else person.org_id == org_id
        return None if belongs else Refused(ErrorCode.NOT_FOUND, _NOT_FOUND)


def new_project(org_id: str, name: str, project_slug: str, *, now_ms: int, description: str | None = None) -> Project:
    """A project with the default settings."""
    return Project(fresh_id(now_ms), org_id, name, description, project_slug, dict(DEFAULT_SETTINGS), now_ms, now_ms)


async def _project(connection: Connection, org_id: str, project_id: str) -> Project | Refused:
    project = await projects.find(connection, project_id)
    if project is None or project.org_id != org_id:
        return Refused(ErrorCode.NOT_FOUND, _NOT_FOUND)
    return project


async def _project_of(connection: Connection, operator: Person, org_id: str, project_id: str) -> Project | Refused:
    return await _project(connection, org_id, project_id) if operator.org_id == org_id else _FOREIGN


def _id(project: Project) -> str:
    return project.id
