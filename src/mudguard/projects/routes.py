"""The endpoints of projects."""

from mudguard.authn.callers import Caller, KeyCaller
from mudguard.projects import examples
from mudguard.projects.presentation import project
from mudguard.projects.schemas import (
    CreateProjectRequest,
    Project,
    ProjectResponse,
    ProjectsResponse,
    UpdateProjectRequest,
)
from mudguard.projects.service import ProjectService
from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import PERSON, PERSON_OR_KEY
from mudguard.web.answers import Message
from mudguard.web.errors import unwrap
from mudguard.web.inputs import NOTHING, JsonBody, Query
from mudguard.web.operations import Call, Operations
from mudguard.web.security_events import EXAMPLE, EventsQuery, SecurityEventsResponse, page

_MANAGED = (ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND)

operations: Operations[ProjectService] = Operations("projects")


@operations.add(
    "GET",
    "/api/projects/{orgId}/projects",
    id="listProjects",
    access=PERSON,
    takes=NOTHING,
    summary="List all projects",
    description="The projects of the operator's organisation.",
    answered="The projects",
    example={"projects": [examples.PROJECT], "total": 1},
    errors=_MANAGED,
)
async def list_projects(service: ProjectService, call: Call[Caller, None]) -> ProjectsResponse:
    found = unwrap(await service.all(call.caller, call.ids["orgId"]))
    return ProjectsResponse(projects=[project(each) for each in found], total=len(found))


@operations.add(
    "POST",
    "/api/projects/{orgId}/projects",
    id="createProject",
    access=PERSON,
    takes=JsonBody(CreateProjectRequest),
    summary="Create new project",
    description="A new project of the organisation, by an owner or admin.",
    answered="The project",
    status=201,
    example={"message": "Project created.", "project": examples.PROJECT},
    request_example={"name": "Northwind Shop"},
    errors=(*_MANAGED, ErrorCode.CONFLICT),
)
async def create_project(service: ProjectService, call: Call[Caller, CreateProjectRequest]) -> ProjectResponse:
    made = await service.create(
        call.caller,
        call.ids["orgId"],
        name=call.input.name,
        description=call.input.description,
        wanted_slug=call.input.slug,
    )
    return ProjectResponse(message="Project created.", project=project(unwrap(made)))


@operations.add(
    "GET",
    "/api/projects/{orgId}/projects/{id}",
    id="getProject",
    access=PERSON_OR_KEY,
    takes=NOTHING,
    summary="Get single project",
    description="For operators of the organisation, people of the project, and its API keys that may read `auth`.",
    answered="The project",
    example=examples.PROJECT,
    errors=_MANAGED,
)
async def get_project(service: ProjectService, call: Call[Caller | KeyCaller, None]) -> Project:
    found = await service.get(call.caller, call.ids["orgId"], call.ids["id"])
    return project(unwrap(found))


@operations.add(
    "PATCH",
    "/api/projects/{orgId}/projects/{id}",
    id="updateProject",
    access=PERSON,
    takes=JsonBody(UpdateProjectRequest),
    summary="Update project",
    description="Changes name, description or settings, by an owner or admin.",
    answered="The project after the change",
    example={"message": "Project updated.", "project": examples.PROJECT},
    request_example={"name": "Northwind Shop"},
    errors=_MANAGED,
)
async def update_project(service: ProjectService, call: Call[Caller, UpdateProjectRequest]) -> ProjectResponse:
    settings = call.input.settings.model_dump(by_alias=True, exclude_none=True) if call.input.settings else {}
    changed = await service.update(call.caller, call.ids["orgId"], call.ids["id"],
        name=call.input.name, description=call.input.description, settings=settings,
    )  # fmt: skip
    return ProjectResponse(message="Project updated.", project=project(unwrap(changed)))


@operations.add(
    "GET",
    "/api/projects/{orgId}/projects/{id}/security-events",
    id="listProjectSecurityEvents",
    access=PERSON,
    takes=Query(EventsQuery),
    summary="List a project's security events",
    description="What happened to the accounts of the project's people, and what operators did with the project.",
    answered="The newest events",
    example=EXAMPLE,
    errors=_MANAGED,
)
async def list_project_security_events(
    service: ProjectService, call: Call[Caller, EventsQuery]
) -> SecurityEventsResponse:
    found = await service.security_events(call.caller, call.ids["orgId"], call.ids["id"],
        before=call.input.cursor, most=call.input.limit + 1,
    )  # fmt: skip
    return page(unwrap(found), limit=call.input.limit)


@operations.add(
    "DELETE",
    "/api/projects/{orgId}/projects/{id}",
    id="deleteProject",
    access=PERSON,
    takes=NOTHING,
    summary="Delete project",
    description="Deletes a project with all its people and keys, for good. Only an owner may.",
    answered="The project is gone",
    example={"message": "Project deleted."},
    errors=_MANAGED,
)
async def delete_project(service: ProjectService, call: Call[Caller, None]) -> Message:
    unwrap(await service.delete(call.caller, call.ids["orgId"], call.ids["id"]))
    return Message(message="Project deleted.")
