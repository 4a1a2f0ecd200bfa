"""The operations as the site shows them, read from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mudguard.docs.error_guide import slug
from mudguard.docs.error_table import ErrorRow, error_rows


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `described` is its part of the OpenAPI document."""

    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def slug(self) -> str:
        """Its name in addresses: `post-api-users-2fa-setup`."""
        return slug(self.method, self.path)

    @property
    def id(self) -> str:
        """The operation id of the document."""
        return str(self.described["operationId"])

    @property
    def tag(self) -> str:
        """The group it belongs to."""
        return str(self.described["tags"][0])

    @property
    def title(self) -> str:
        """What it does, in a line."""
        return str(self.described["summary"])

    @property
    def description(self) -> str:
        """What it does, in sentences."""
        return str(self.described["description"])

    @property
    def needs_token(self) -> bool:
        """Whether it needs a credential."""
        return bool(self.described["security"])

    @property
    def takes_key(self) -> bool:
        """Whether it takes an API key."""
        return any("apiKeyAuth" in way for way in self.described["security"])

    @property
    def takes_body(self) -> bool:
        """Whether it takes a body."""
        return "requestBody" in self.described

    @property
    def example_body(self) -> dict[str, Any]:
        """The body of the example; empty if there is none, or none is needed."""
        if not self.takes_body:
            return {}
        example: dict[str, Any] = self.described["requestBody"]["content"]["application/json"].get("example") or {}
        return example

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in the path's braces, in their order."""
        return tuple(item["name"] for item in self.described.get("parameters", ()) if item["in"] == "path")

    @property
    def success(self) -> tuple[int, str, Any]:
        """Status, description and example of the success answer."""
        status, response = next(iter(sorted(self.described["responses"].items())))
        return int(status), str(response["description"]), response["content"]["application/json"].get("example")

    @property
    def failures(self) -> list[tuple[int, str]]:
        """Status and description of the other answers."""
        found = sorted((int(status), str(item["description"])) for status, item in self.described["responses"].items())
        return [(status, text) for status, text in found if status >= 400]

    @property
    def errors(self) -> list[ErrorRow]:
        """Every error that it can return."""
        return error_rows(self.described["responses"])


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations of the OpenAPI document, in its order."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield Operation(method.upper(), path, described)
