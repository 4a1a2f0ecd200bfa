"""The OpenAPI document: FastAPI's, completed with bodies, credentials and errors from the routes' dependencies."""

import json
from collections.abc import Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.applications import Starlette

from mudguard import __version__
from mudguard.http.credentials import PersonOnly, PersonOrKey
from mudguard.http.errors import MEANINGS
from mudguard.http.json_body import JsonBody
from mudguard.http.limits import AddressLimit
from mudguard.http.operations import ALWAYS, BODY_CODES, PERSON_CODES
from mudguard.rules.refusals import Code

DESCRIPTION = """Self-hosted two-factor authentication for your product, by the API that Mudbase's clients speak.

People sign in with e-mail and password and, once they have enrolled an authenticator, with its code.
A person's endpoints take a JWT as `Authorization: Bearer YOUR_TOKEN`; API keys stand for a project and are
refused there.
Every error has the shape of `Error` and a stable `code`."""

TAGS = [
    {"name": "users", "description": "A person's own account and second factor."},
    {"name": "auth", "description": "Signing up, signing in, refresh and log-out."},
    {"name": "projects", "description": "What an organisation offers people to sign up to."},
    {"name": "api-keys", "description": "A project's own credentials."},
    {"name": "health", "description": "Whether the server is well."},
]

_REF = "#/components/schemas/{model}"

_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error", "code", "timestamp", "path", "requestId"],
    "properties": {
        "error": {"type": "string", "description": "A sentence for people that says what to do."},
        "code": {"type": "string", "enum": [code.value for code in Code]},
        "details": {
            "description": "More, in a sentence or by field.",
            "oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": True}],
        },
        "timestamp": {"type": "string", "format": "date-time"},
        "path": {"type": "string"},
        "requestId": {"type": "string"},
        "retryAfter": {"type": "integer", "description": "Seconds; with 429 and 503."},
    },
    "additionalProperties": True,
}

_SECURITY_SCHEMES = {
    "bearerAuth": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's access token, from login, register, challenge or refresh.",
    },
    "apiKeyAuth": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A project's API key. Not for a person's endpoints.",
    },
}

_EXTRA_EXAMPLES: dict[Code, dict[str, object]] = {
    Code.VALIDATION_ERROR: {"details": {"token": "is required"}},
    Code.TOO_MANY_ATTEMPTS: {"retryAfter": 240},
    Code.RATE_LIMITED: {"retryAfter": 30},
    Code.SERVICE_UNAVAILABLE: {"retryAfter": 1},
    Code.TWO_FACTOR_REQUIRED: {
        "message": "Send this challengeToken with a code to POST /api/auth/2fa/challenge.",
        "challengeToken": "mgc_Zl8cKrfZTgASqzTNm1n0…",
        "expiresIn": 300,
        "methods": ["totp", "backup_code"],
    },
}


def document(app: Starlette) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `app`."""
    made = get_openapi(
        title="Mudguard",
        version=__version__,
        openapi_version="3.1.0",
        summary="A self-hosted second factor that Mudbase's clients can talk to unchanged.",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR_SCHEMA
    made["components"]["securitySchemes"] = _SECURITY_SCHEMES
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    schemas.update(_body_schemas(routes))
    for route in routes:
        for method in route.methods or ():
            _complete(made["paths"][route.path_format][method.lower()], route)
    return made


def text(app: Starlette) -> str:
    """The document as it is committed: indented, keys in their order, a newline at the end."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"


def _complete(described: dict[str, Any], route: APIRoute) -> None:
    codes = [Code(name) for name in described.pop("x-codes", ())]
    example = described.pop("x-request-example", None)
    described["responses"].pop("422", None)
    for status, response in route.responses.items():  # once more, since FastAPI leaves nulls out of examples
        described["responses"][str(status)]["content"]["application/json"] |= response["content"]["application/json"]
    described["security"] = []
    codes += ALWAYS
    for dependency in _dependencies(route.dependant):
        if isinstance(dependency, PersonOnly | PersonOrKey):
            described["security"] = [{"bearerAuth": []}]
            codes += PERSON_CODES
        if isinstance(dependency, PersonOrKey):
            described["security"].append({"apiKeyAuth": []})
            codes.remove(Code.API_KEY_NOT_SUPPORTED)
            codes.append(Code.RATE_LIMITED)
        if isinstance(dependency, AddressLimit):
            codes.append(Code.RATE_LIMITED)
        if isinstance(dependency, JsonBody):
            codes += BODY_CODES
            described["requestBody"] = _request_body(dependency, example)
    if described.get("parameters"):
        codes.append(Code.VALIDATION_ERROR)
    _add_errors(described["responses"], codes, path=route.path, is_public=not described["security"])


def _request_body(body: JsonBody[Any], example: dict[str, Any] | None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": {"$ref": _REF.format(model=body.model.__name__)}}
    if example is not None:
        media["example"] = example
    return {"required": not body.optional, "content": {"application/json": media}}


def _add_errors(responses: dict[str, Any], codes: Iterable[Code], *, path: str, is_public: bool) -> None:
    by_status: dict[int, list[Code]] = {}
    for code in sorted(set(codes), key=list(Code).index):
        meaning = MEANINGS[code]
        status = meaning.public_status if is_public and meaning.public_status else meaning.status
        by_status.setdefault(status, []).append(code)
    for status, found in sorted(by_status.items()):
        responses[str(status)] = {
            "description": _STATUS_TEXTS[status],
            "content": {
                "application/json": {
                    "schema": {"$ref": _REF.format(model="Error")},
                    "examples": {code.value: {"value": _example(code, path)} for code in found},
                }
            },
            "headers": _headers(status),
        }


_STATUS_TEXTS = {
    400: "Bad request or validation error.",
    401: "Authentication required or invalid token.",
    403: "Access denied or insufficient permissions.",
    404: "Not found.",
    409: "In conflict with what exists.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many requests or wrong attempts.",
    500: "An unexpected error.",
    503: "The service cannot do this right now.",
}


def _headers(status: int) -> dict[str, Any]:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    if status == 401:
        headers["WWW-Authenticate"] = {"description": "RFC 6750 section 3.", "schema": {"type": "string"}}
    return headers


def _example(code: Code, path: str) -> dict[str, object]:
    return {
        "error": MEANINGS[code].text,
        "code": code.value,
        "timestamp": "2026-01-02T03:04:05.000Z",
        "path": path,
        "requestId": "5f2b9c0e7a1d4c36",
        **_EXTRA_EXAMPLES.get(code, {}),
    }


def _dependencies(dependant: Dependant) -> list[object]:
    return [inner.call for inner in dependant.dependencies]


def _body_schemas(routes: list[APIRoute]) -> dict[str, Any]:
    models = {
        dependency.model
        for route in routes
        for dependency in _dependencies(route.dependant)
        if isinstance(dependency, JsonBody)
    }
    ordered = sorted(models, key=lambda model: str(model.__name__))
    _, definitions = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    schemas: dict[str, Any] = definitions.get("$defs", {})
    return schemas


def serve(app: Starlette) -> None:
    """Offer the document of `app` at `/openapi.json`, made once."""
    made: list[str] = []

    async def openapi_document(_request: Request) -> Response:
        if not made:
            made.append(text(app))
        return Response(made[0], media_type="application/json")

    app.add_route("/openapi.json", openapi_document, include_in_schema=False)
