"""The OpenAPI document, made from the operations."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from mudguard import __version__
from mudguard.rules.identity import ID_PATTERN
from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import Access
from mudguard.web.error_codes import ERRORS
from mudguard.web.inputs import Input, JsonBody, Query
from mudguard.web.operations import Operation

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
        "code": {"type": "string", "enum": [code.value for code in ErrorCode]},
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


class _WithoutNullDefaults(GenerateJsonSchema):
    """Schemas without defaults of null for optional keys: an answer leaves such keys out."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """The schema of a field with a default."""
        made = super().default_schema(schema)
        return {name: value for name, value in made.items() if (name, value) != ("default", None)}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `operations`."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mudguard",
            "summary": "A self-hosted second factor that Mudbase's clients can talk to unchanged.",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "version": __version__,
        },
        "paths": paths,
        "components": {"schemas": _schemas(operations), "securitySchemes": _SECURITY_SCHEMES},
        "tags": TAGS,
    }


def text(operations: Sequence[Operation]) -> str:
    """The document as committed: indented, keys in order, a newline at the end."""
    return json.dumps(document(operations), indent=2, ensure_ascii=False) + "\n"


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": operation.id,
    }
    parameters = [_path_parameter(name) for name in operation.path_ids] + _query_parameters(operation.takes)
    if parameters:
        described["parameters"] = parameters
    if isinstance(operation.takes, JsonBody):
        described["requestBody"] = _request_body(operation.takes, operation.request_example)
    described["responses"] = {
        str(operation.status): {
            "description": operation.answered,
            "content": {"application/json": {"schema": _reference(operation.answers), "example": operation.example}},
        },
        **_errors(operation),
    }
    described["security"] = _security(operation.access)
    return described


def _security(access: Access[Any]) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = [{"bearerAuth": []}] if access.needs_token else []
    return [*ways, {"apiKeyAuth": []}] if access.takes_api_key else ways


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": ID_PATTERN, "title": name.title()}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(takes: Input[Any]) -> list[dict[str, Any]]:
    if not isinstance(takes, Query):
        return []
    schema = takes.model.model_json_schema(schema_generator=_WithoutNullDefaults)
    found = []
    for name, described in schema["properties"].items():
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": described}
        found.append(parameter | ({"description": described["description"]} if "description" in described else {}))
    return found


def _request_body(body: JsonBody[Any], example: Any) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": _reference(body.model)}
    if example is not None:
        media["example"] = example
    return {"required": not body.optional, "content": {"application/json": media}}


def _errors(operation: Operation) -> dict[str, Any]:
    by_status: dict[int, list[ErrorCode]] = {}
    for code in operation.all_errors:
        described = ERRORS[code]
        is_public = not operation.access.needs_token
        status = described.public_status if is_public and described.public_status else described.status
        by_status.setdefault(status, []).append(code)
    return {
        str(status): {
            "description": _STATUS_TEXTS[status],
            "content": {
                "application/json": {
                    "schema": {"$ref": _REF.format(model="Error")},
                    "examples": {code.value: {"value": _example(code, operation.path)} for code in codes},
                }
            },
            "headers": _headers(status),
        }
        for status, codes in sorted(by_status.items())
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


def _example(code: ErrorCode, path: str) -> dict[str, object]:
    return {
        "error": ERRORS[code].text,
        "code": code.value,
        "timestamp": "2026-01-02T03:04:05.000Z",
        "path": path,
        "requestId": "5f2b9c0e7a1d4c36",
        **ERRORS[code].example,
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """The schemas of all bodies and answers, and of their parts, by name."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for operation in operations:
        wanted[(operation.answers, "serialization")] = None
        if isinstance(operation.takes, JsonBody):
            wanted[(operation.takes.model, "validation")] = None
    _, definitions = models_json_schema(list(wanted), ref_template=_REF, schema_generator=_WithoutNullDefaults)
    return {**dict(sorted(definitions["$defs"].items())), "Error": _ERROR_SCHEMA}
