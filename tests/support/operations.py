"""Every operation of the API, as the committed OpenAPI document describes it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMITTED = Path(__file__).parents[2] / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))

NOBODYS_ID = "f" * 24
"""Stands for every id in a path."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    template: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def path(self) -> str:
        """A path that reaches it, with ids of nothing."""
        return self.template.format(orgId=NOBODYS_ID, id=NOBODYS_ID)

    @property
    def needs_person(self) -> bool:
        """Whether only a person's token opens it."""
        return bool(self.described["security"] == [{"bearerAuth": []}])

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.described

    @property
    def body(self) -> Any:
        """The request body of the example, None if it takes none."""
        return self.described["requestBody"]["content"]["application/json"]["example"] if self.takes_body else None

    def __hash__(self) -> int:
        return hash(str(self))


OPERATIONS = [
    Operation(method.upper(), template, described)
    for template, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
]
OF_A_PERSON = [operation for operation in OPERATIONS if operation.needs_person]
WITH_A_BODY = [operation for operation in OPERATIONS if operation.takes_body]
