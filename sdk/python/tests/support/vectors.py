"""The vectors that the clients of all languages share."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

Vector = dict[str, Any]

_FOLDER = Path(__file__).parents[3] / "vectors"


def vectors(name: str) -> list[Any]:
    """The vectors of a file, as parameters of a test."""
    found: list[Vector] = json.loads((_FOLDER / f"{name}.json").read_text())
    return [pytest.param(vector, id=vector.get("name") or _title(vector)) for vector in found]


def arguments(vector: Vector) -> tuple[list[str], dict[str, Any]]:
    """What to pass to the operation of a vector."""
    return vector.get("ids", []), {snake_case(name): value for name, value in vector.get("input", {}).items()}


def operation_called(name: str) -> Vector:
    """The operation of that name, with its usual arguments."""
    found: list[Vector] = json.loads((_FOLDER / "operations.json").read_text())
    return next(vector for vector in found if vector["operation"] == name)


def snake_case(name: str) -> str:
    """A name of the JavaScript client as it is spelt here: `first_name` for `firstName`."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _title(vector: Vector) -> str:
    return f"{vector['operation']} with {', '.join(vector.get('input', {})) or 'nothing'}"
