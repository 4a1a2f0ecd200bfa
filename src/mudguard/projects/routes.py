"""The endpoints of projects and API keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from mudguard.http.answers import Message, answer
from mudguard.http.credentials import PersonOnly, PersonOrKey
from mudguard.http.errors import granted
from mudguard.http.json_body import JsonBody
from mudguard.http.operations import operation
from mudguard.http.routing import DirectRoute
from mudguard.http.security_events import (
    DEFAULT_PAGE,
    EXAMPLE,
    Before,
    Limit,
    SecurityEventsResponse,
    cursor,
    page,
)
from mudguard.projects.access import KeyCaller
from mudguard.projects.keys import ApiKeyService
from mudguard.projects.presentation import api_key, new_api_key, project, usage
from mudguard.projects.schemas import (
    ApiKeyResponse,
    ApiKeysResponse,
    ApiKeyUsageResponse,
    CreateApiKeyRequest,
    CreateProjectRequest,
    NewApiKeyResponse,
    Project,
    ProjectResponse,
    ProjectsResponse,
    RegeneratedKeyResponse,
    UpdateApiKeyRequest,
    UpdateProjectRequest,
)
from mudguard.projects.service import ProjectService
from mudguard.rules.identity import ID_PATTERN
from mudguard.rules.refusals import Code
from mudguard.sign_in.bearer import Caller

_ORG_ID = "665f1c2ab7d94e0012ab34cc"
_PROJECT_ID = "665f1c2ab7d94e0012ab34ce"
_PROJECT: dict[str, Any] = {
    "_id": _PROJECT_ID,
    "name": "Northwind Shop",
    "slug": "northwind-shop",
    "org": _ORG_ID,
    "settings": {
        "allowAnonymousAuth": False,
        "requireEmailVerification": False,
        "requirePhoneVerification": False,
        "defaultUserAccountStatus": "active",
        "enableRealtime": False,
        "enableStorage": False,
        "enableFunctions": False,
    },
    "createdAt": "2026-01-02T03:04:05.000Z",
    "updatedAt": "2026-01-02T03:04:05.000Z",
}
_KEY: dict[str, Any] = {
    "_id": "665f1c2ab7d94e0012ab34d0",
    "name": "Back end",
    "project": {"_id": _PROJECT_ID, "name": "Northwind Shop", "slug": "northwind-shop"},
    "permissions": [{"resource": "auth", "actions": ["read"]}],
    "rateLimit": {"requests": 1000, "window": 3600},
    "usage": {"requests": 0},
    "isActive": True,
    "createdBy": {
        "_id": "665f1c2ab7d94e0012ab34cd",
        "firstName": "Morgan",
        "lastName": "Chen",
        "email": "morgan.chen@northwind.dev",
    },
    "createdAt": "2026-01-02T03:04:05.000Z",
}
_SECRET = "mb_live_q0Z1…"  # noqa: S105  # an example
_MANAGED = (Code.FORBIDDEN, Code.NOT_FOUND)

OrgId = Annotated[str, Path(alias="orgId", pattern=ID_PATTERN)]
ThingId = Annotated[str, Path(alias="id", pattern=ID_PATTERN)]


def project_router(service: ProjectService, *, person: PersonOnly, person_or_key: PersonOrKey) -> APIRouter:
    """The endpoints under `/api/projects`."""
    routes = APIRouter(prefix="/api/projects", tags=["projects"], route_class=DirectRoute)
    Person = Annotated[Caller, Depends(person)]  # noqa: N806  # a type, made per server

    @routes.get(
        "/{orgId}/projects",
        **operation(
            "listProjects", "List all projects", "The projects of the operator's organisation.",
            answers=ProjectsResponse, answered="The projects", example={"projects": [_PROJECT], "total": 1},
            codes=_MANAGED,
        ),
    )  # fmt: skip
    async def list_projects(caller: Person, org_id: OrgId) -> Response:
        found = granted(await service.all(caller, org_id.lower()))
        return answer(ProjectsResponse(projects=[project(each) for each in found], total=len(found)))

    @routes.post(
        "/{orgId}/projects",
        **operation(
            "createProject", "Create new project", "A new project of the organisation, by an owner or admin.",
            answers=ProjectResponse, answered="The project", status=201,
            example={"message": "Project created.", "project": _PROJECT},
            request_example={"name": "Northwind Shop"}, codes=(*_MANAGED, Code.CONFLICT),
        ),
    )  # fmt: skip
    async def create_project(
        caller: Person, org_id: OrgId, body: Annotated[CreateProjectRequest, Depends(JsonBody(CreateProjectRequest))]
    ) -> Response:
        made = await service.create(
            caller, org_id.lower(), name=body.name, description=body.description, wanted_slug=body.slug
        )
        shown = ProjectResponse(message="Project created.", project=project(granted(made)))
        return answer(shown, status=201)

    @routes.get(
        "/{orgId}/projects/{id}",
        **operation(
            "getProject", "Get single project",
            "For operators of the organisation, people of the project, and its API keys that may read `auth`.",
            answers=Project, answered="The project", example=_PROJECT, codes=_MANAGED,
        ),
    )  # fmt: skip
    async def get_project(
        caller: Annotated[Caller | KeyCaller, Depends(person_or_key)], org_id: OrgId, project_id: ThingId
    ) -> Response:
        found = await service.get(caller, org_id.lower(), project_id.lower())
        return answer(project(granted(found)))

    @routes.patch(
        "/{orgId}/projects/{id}",
        **operation(
            "updateProject", "Update project", "Changes name, description or settings, by an owner or admin.",
            answers=ProjectResponse, answered="The project after the change",
            example={"message": "Project updated.", "project": _PROJECT},
            request_example={"name": "Northwind Shop"}, codes=_MANAGED,
        ),
    )  # fmt: skip
    async def update_project(
        caller: Person, org_id: OrgId, project_id: ThingId,
        body: Annotated[UpdateProjectRequest, Depends(JsonBody(UpdateProjectRequest))],
    ) -> Response:  # fmt: skip
        settings = body.settings.model_dump(by_alias=True, exclude_none=True) if body.settings else {}
        changed = await service.update(caller, org_id.lower(), project_id.lower(),
            name=body.name, description=body.description, settings=settings,
        )  # fmt: skip
        return answer(ProjectResponse(message="Project updated.", project=project(granted(changed))))

    @routes.get(
        "/{orgId}/projects/{id}/security-events",
        **operation(
            "listProjectSecurityEvents", "List a project's security events",
            "What happened to the accounts of the project's people, and what operators did with the project.",
            answers=SecurityEventsResponse, answered="The newest events", example=EXAMPLE, codes=_MANAGED,
        ),
    )  # fmt: skip
    async def list_project_security_events(
        caller: Person, org_id: OrgId, project_id: ThingId, limit: Limit = DEFAULT_PAGE, before: Before = None
    ) -> Response:
        found = await service.security_events(caller, org_id.lower(), project_id.lower(),
            before=cursor(before), most=limit + 1,
        )  # fmt: skip
        return answer(page(granted(found), limit=limit))

    @routes.delete(
        "/{orgId}/projects/{id}",
        **operation(
            "deleteProject", "Delete project",
            "Deletes a project with all its people and keys, for good. Only an owner may.",
            answers=Message, answered="The project is gone", example={"message": "Project deleted."}, codes=_MANAGED,
        ),
    )  # fmt: skip
    async def delete_project(caller: Person, org_id: OrgId, project_id: ThingId) -> Response:
        granted(await service.delete(caller, org_id.lower(), project_id.lower()))
        return answer(Message(message="Project deleted."))

    return routes


def api_key_router(service: ApiKeyService, *, person: PersonOnly) -> APIRouter:
    """The endpoints under `/api/api-keys`, for owners and admins."""
    routes = APIRouter(prefix="/api/api-keys", tags=["api-keys"], route_class=DirectRoute)
    Person = Annotated[Caller, Depends(person)]  # noqa: N806  # a type, made per server

    @routes.get(
        "",
        **operation(
            "listApiKeys", "List API keys", "The keys of the organisation's projects, without their secrets.",
            answers=ApiKeysResponse, answered="The keys", example={"apiKeys": [_KEY], "total": 1},
            codes=(Code.FORBIDDEN,),
        ),
    )  # fmt: skip
    async def list_keys(caller: Person) -> Response:
        found = granted(await service.all(caller))
        return answer(ApiKeysResponse(api_keys=[api_key(each) for each in found], total=len(found)))

    @routes.post(
        "",
        **operation(
            "createApiKey", "Create API key", "A new key for a project. Its secret is shown this once.",
            answers=NewApiKeyResponse, answered="The key with its secret", status=201,
            example={"message": "API key created. Keep the secret: it is not shown again.",
                     "apiKey": {**_KEY, "secret": _SECRET}},
            request_example={"name": "Back end", "projectId": _PROJECT_ID,
                             "permissions": [{"resource": "auth", "actions": ["read"]}]},
            codes=(Code.FORBIDDEN,),
        ),
    )  # fmt: skip
    async def create_key(
        caller: Person, body: Annotated[CreateApiKeyRequest, Depends(JsonBody(CreateApiKeyRequest))]
    ) -> Response:
        made = await service.create(
            caller,
            name=body.name,
            project_id=body.project_id,
            permissions=[permission.model_dump() for permission in body.permissions],
            requests=body.rate_limit.requests,
            window=body.rate_limit.window,
            expires_at=int(body.expires_at.timestamp() * 1000) if body.expires_at else None,
        )
        message = "API key created. Keep the secret: it is not shown again."
        return answer(NewApiKeyResponse(message=message, api_key=new_api_key(granted(made))), status=201)

    @routes.patch(
        "/{id}",
        **operation(
            "updateApiKey", "Update API key", "Changes name, permissions or limit of a key, or switches it off or on.",
            answers=ApiKeyResponse, answered="The key after the change",
            example={"message": "API key updated.", "apiKey": _KEY}, request_example={"isActive": False},
            codes=_MANAGED,
        ),
    )  # fmt: skip
    async def update_key(
        caller: Person, key_id: ThingId, body: Annotated[UpdateApiKeyRequest, Depends(JsonBody(UpdateApiKeyRequest))]
    ) -> Response:
        changed = granted(await service.update(caller, key_id.lower(), _key_columns(body)))
        return answer(ApiKeyResponse(message="API key updated.", api_key=api_key(changed)))

    @routes.delete(
        "/{id}",
        **operation(
            "deleteApiKey", "Delete API key", "Removes a key; it stops working at once.",
            answers=Message, answered="The key is gone", example={"message": "API key deleted."}, codes=_MANAGED,
        ),
    )  # fmt: skip
    async def delete_key(caller: Person, key_id: ThingId) -> Response:
        granted(await service.delete(caller, key_id.lower()))
        return answer(Message(message="API key deleted."))

    @routes.post(
        "/{id}/regenerate",
        **operation(
            "regenerateApiKey", "Regenerate API key secret", "A new secret for a key; the old one is void at once.",
            answers=RegeneratedKeyResponse, answered="The new secret",
            example={"message": "API key regenerated. Keep the secret: it is not shown again.", "secret": _SECRET},
            codes=_MANAGED,
        ),
    )  # fmt: skip
    async def regenerate_key(caller: Person, key_id: ThingId) -> Response:
        secret = granted(await service.regenerate(caller, key_id.lower()))
        message = "API key regenerated. Keep the secret: it is not shown again."
        return answer(RegeneratedKeyResponse(message=message, secret=secret))

    @routes.get(
        "/{id}/usage",
        **operation(
            "getApiKeyUsage", "Get API key usage", "How much a key was used, when last, and its limit.",
            answers=ApiKeyUsageResponse, answered="The usage",
            example={"usage": {"requests": 0}, "rateLimit": {"requests": 1000, "window": 3600}, "isActive": True},
            codes=_MANAGED,
        ),
    )  # fmt: skip
    async def key_usage(caller: Person, key_id: ThingId) -> Response:
        return answer(usage(granted(await service.get(caller, key_id.lower()))))

    return routes


def _key_columns(body: UpdateApiKeyRequest) -> dict[str, object]:
    columns: dict[str, object] = {}
    if body.name is not None:
        columns["name"] = body.name
    if body.permissions is not None:
        columns["permissions"] = [permission.model_dump() for permission in body.permissions]
    if body.rate_limit is not None and body.rate_limit.requests is not None:
        columns["limit_requests"] = body.rate_limit.requests
    if body.rate_limit is not None and body.rate_limit.window is not None:
        columns["limit_window"] = body.rate_limit.window
    if body.is_active is not None:
        columns["is_active"] = body.is_active
    return columns
