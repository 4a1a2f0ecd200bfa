"""The OpenAPI document for the site's reference, with samples and notes for people."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mudguard.docs.catalogue import Operation
from mudguard.docs.samples import samples

AUTHENTICATION_GUIDE = "/docs/guides/authentication"


def whole(document: Mapping[str, Any], operations: Mapping[str, Operation], *, address: str) -> dict[str, Any]:
    """The whole document. Each operation has its samples, authentication and errors."""
    made = deepcopy(dict(document))
    made["servers"] = [{"url": "/"}]
    for operation in operations.values():
        described = made["paths"][operation.path][operation.method.lower()]
        described["x-codeSamples"] = _code_samples(operation, address)
        own_page = f"[A page for this operation alone](/docs/api/{operation.slug})"
        described["description"] = "\n\n".join(
            [operation.description, authentication_note(operation), own_page, "\n".join(_error_lines(operation))]
        )
    return made


def alone(document: Mapping[str, Any], operation: Operation, *, address: str) -> dict[str, Any]:
    """One operation and what it refers to. Its page has the description, so this has none."""
    described = {
        **{name: deepcopy(value) for name, value in operation.described.items() if name != "description"},
        "x-codeSamples": _code_samples(operation, address),
    }
    schemas = document["components"]["schemas"]
    return {
        "openapi": document["openapi"],
        "info": {"title": document["info"]["title"], "version": document["info"]["version"]},
        "servers": [{"url": "/"}],
        "paths": {operation.path: {operation.method.lower(): described}},
        "components": {
            "securitySchemes": document["components"]["securitySchemes"],
            "schemas": {name: schemas[name] for name in sorted(_reached(described, schemas))},
        },
    }


def authentication_note(operation: Operation) -> str:
    """The credential that the operation needs, as Markdown."""
    if not operation.needs_token:
        return "**Authentication:** Public, no auth required."
    guide = f"[View authentication guide]({AUTHENTICATION_GUIDE})"
    if operation.takes_key:
        return (
            "**Authentication:** Requires JWT or API key. Include your JWT in the `Authorization: Bearer YOUR_TOKEN` "
            f"header, or your API key in the `X-API-Key` header. {guide}"
        )
    return (
        "**Authentication:** Requires JWT. Include your JWT in the `Authorization: Bearer YOUR_TOKEN` header "
        f"(user-facing apps, RBAC). {guide}"
    )


def _code_samples(operation: Operation, address: str) -> list[dict[str, str]]:
    return [
        {"lang": sample.language, "label": sample.label, "source": sample.whole}
        for sample in samples(operation, address=address)
    ]


def _error_lines(operation: Operation) -> Iterator[str]:
    yield "**Errors**"
    yield ""
    for error in operation.errors:
        yield f"- **{error.status}** `{error.code}` {error.meaning} {error.remedy}"


def _reached(part: Any, schemas: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The names of all schemas that `part` refers to, directly or through others."""
    if isinstance(part, list):
        for item in part:
            seen = _reached(item, schemas, seen)
    elif isinstance(part, Mapping):
        name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
        if name in schemas and name not in seen:
            seen = _reached(schemas[name], schemas, seen | {name})
        for item in part.values():
            seen = _reached(item, schemas, seen)
    return seen
