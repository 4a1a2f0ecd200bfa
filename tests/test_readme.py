"""The README: it is short, and its Python example runs."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.authenticator import Authenticator
from tests.support.server import Server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
LONGEST = 150


def section(title: str) -> str:
    """The text under a heading of the README, up to the next of its kind."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


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
