"""The README: its table says what the code says, and its Python example runs."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.authenticator import Authenticator
from tests.support.server import Server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PATHS = json.loads((ROOT / "openapi.json").read_text("utf-8"))["paths"]


def section(title: str) -> str:
    """The text under a heading of the README, up to the next of its kind."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[list[str]]:
    """The rows of the table in a section, cell by cell, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


OPERATIONS = {
    (method.upper(), path): operation for path, methods in PATHS.items() for method, operation in methods.items()
}
API_TABLE = {(method, path.strip("`")): who for method, path, _what, who in rows("The API")}


def test_the_table_of_the_api_has_every_operation_and_nothing_else() -> None:
    assert set(API_TABLE) == set(OPERATIONS)


def test_the_table_of_the_api_says_anyone_where_no_credential_is_asked_for() -> None:
    open_to_all = {key for key, operation in OPERATIONS.items() if not operation["security"]}
    assert {key for key, who in API_TABLE.items() if who.startswith("anyone")} == open_to_all


def test_the_example_for_the_python_client_turns_two_factor_on(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    def person_reading_the_app(_prompt: str) -> str:
        secret: str = names["setup"].data.secret
        return Authenticator(secret, time.time).code()

    names: dict[str, Any] = {"input": person_reading_the_app}
    example = re.findall(r"```python\n(.*?)```", section("Mudbase's Python client"), re.DOTALL)[0]
    exec(example.replace("http://127.0.0.1:5000", server.url), names)
    assert capsys.readouterr().out.splitlines()[-1] == "2FA is on: True"
