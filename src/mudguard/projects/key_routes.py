"""The endpoints of API keys, for owners and admins."""

from mudguard.authn.callers import Caller
from mudguard.projects import examples
from mudguard.projects.keys import ApiKeyService
from mudguard.projects.presentation import api_key, new_api_key, usage
from mudguard.projects.schemas import (
    ApiKeyResponse,
    ApiKeysResponse,
    ApiKeyUsageResponse,
    CreateApiKeyRequest,
    NewApiKeyResponse,
    RegeneratedKeyResponse,
    UpdateApiKeyRequest,
)
from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import PERSON
from mudguard.web.answers import Message
from mudguard.web.errors import unwrap
from mudguard.web.inputs import NOTHING, JsonBody
from mudguard.web.operations import Call, Operations

_MANAGED = (ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND)

operations: Operations[ApiKeyService] = Operations("api-keys")


@operations.add(
    "GET",
    "/api/api-keys",
    id="listApiKeys",
    access=PERSON,
    takes=NOTHING,
    summary="List API keys",
    description="The keys of the organisation's projects, without their secrets.",
    answered="The keys",
    example={"apiKeys": [examples.KEY], "total": 1},
    errors=(ErrorCode.FORBIDDEN,),
)
async def list_keys(service: ApiKeyService, call: Call[Caller, None]) -> ApiKeysResponse:
    found = unwrap(await service.all(call.caller))
    return ApiKeysResponse(api_keys=[api_key(each) for each in found], total=len(found))


@operations.add(
    "POST",
    "/api/api-keys",
    id="createApiKey",
    access=PERSON,
    takes=JsonBody(CreateApiKeyRequest),
    summary="Create API key",
    description="A new key for a project. Its secret is shown this once.",
    answered="The key with its secret",
    status=201,
    example={
        "message": "API key created. Keep the secret: it is not shown again.",
        "apiKey": {**examples.KEY, "secret": examples.SECRET},
    },
    request_example={
        "name": "Back end",
        "projectId": examples.PROJECT_ID,
        "permissions": [{"resource": "auth", "actions": ["read"]}],
    },
    errors=(ErrorCode.FORBIDDEN,),
)
async def create_key(service: ApiKeyService, call: Call[Caller, CreateApiKeyRequest]) -> NewApiKeyResponse:
    made = await service.create(
        call.caller,
        name=call.input.name,
        project_id=call.input.project_id,
        permissions=[permission.model_dump() for permission in call.input.permissions],
        requests=call.input.rate_limit.requests,
        window=call.input.rate_limit.window,
        expires_at=int(call.input.expires_at.timestamp() * 1000) if call.input.expires_at else None,
    )
    message = "API key created. Keep the secret: it is not shown again."
    return NewApiKeyResponse(message=message, api_key=new_api_key(unwrap(made)))


@operations.add(
    "PATCH",
    "/api/api-keys/{id}",
    id="updateApiKey",
    access=PERSON,
    takes=JsonBody(UpdateApiKeyRequest),
    summary="Update API key",
    description="Changes name, permissions or limit of a key, or switches it off or on.",
    answered="The key after the change",
    example={"message": "API key updated.", "apiKey": examples.KEY},
    request_example={"isActive": False},
    errors=_MANAGED,
)
async def update_key(service: ApiKeyService, call: Call[Caller, UpdateApiKeyRequest]) -> ApiKeyResponse:
    changed = unwrap(await service.update(call.caller, call.ids["id"], _key_columns(call.input)))
    return ApiKeyResponse(message="API key updated.", api_key=api_key(changed))


@operations.add(
    "DELETE",
    "/api/api-keys/{id}",
    id="deleteApiKey",
    access=PERSON,
    takes=NOTHING,
    summary="Delete API key",
    description="Removes a key; it stops working at once.",
    answered="The key is gone",
    example={"message": "API key deleted."},
    errors=_MANAGED,
)
async def delete_key(service: ApiKeyService, call: Call[Caller, None]) -> Message:
    unwrap(await service.delete(call.caller, call.ids["id"]))
    return Message(message="API key deleted.")


@operations.add(
    "POST",
    "/api/api-keys/{id}/regenerate",
    id="regenerateApiKey",
    access=PERSON,
    takes=NOTHING,
    summary="Regenerate API key secret",
    description="A new secret for a key; the old one is void at once.",
    answered="The new secret",
    example={"message": "API key regenerated. Keep the secret: it is not shown again.", "secret": examples.SECRET},
    errors=_MANAGED,
)
async def regenerate_key(service: ApiKeyService, call: Call[Caller, None]) -> RegeneratedKeyResponse:
    secret = unwrap(await service.regenerate(call.caller, call.ids["id"]))
    message = "API key regenerated. Keep the secret: it is not shown again."
    return RegeneratedKeyResponse(message=message, secret=secret)


@operations.add(
    "GET",
    "/api/api-keys/{id}/usage",
    id="getApiKeyUsage",
    access=PERSON,
    takes=NOTHING,
    summary="Get API key usage",
    description="How much a key was used, when last, and its limit.",
    answered="The usage",
    example={"usage": {"requests": 0}, "rateLimit": {"requests": 1000, "window": 3600}, "isActive": True},
    errors=_MANAGED,
)
async def key_usage(service: ApiKeyService, call: Call[Caller, None]) -> ApiKeyUsageResponse:
    return usage(unwrap(await service.get(call.caller, call.ids["id"])))


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
