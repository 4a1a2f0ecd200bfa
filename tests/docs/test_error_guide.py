"""The guide to the errors: nothing is left out, and the committed one is that of the code."""

import json
from pathlib import Path
from typing import Any

import pytest

from mudguard.docs.error_guide import address, text
from mudguard.rules.refusals import ErrorCode
from mudguard.web.error_codes import ERRORS

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text("utf-8"))
GUIDE = text(DOCUMENT)


def section(code: ErrorCode) -> str:
    return GUIDE.split(f"\n## {code}\n", 1)[1].split("\n## ", 1)[0]


def test_the_committed_guide_is_that_of_the_code_to_the_byte() -> None:
    assert (ROOT / "docs" / "guides" / "errors.md").read_text("utf-8") == GUIDE


def test_every_code_is_described() -> None:
    assert set(ERRORS) == set(ErrorCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_the_section_of_a_code_tells_status_meaning_cause_and_remedy(code: ErrorCode) -> None:
    described = ERRORS[code]
    wanted = [f"**Status {described.status}", described.text, described.cause, described.remedy]
    assert [part for part in wanted if part not in section(code)] == []


@pytest.mark.parametrize("code", ErrorCode)
def test_the_section_of_a_code_names_where_it_comes_from(code: ErrorCode) -> None:
    assert section(code).split("**Given by:** ")[1].strip(" .\n") != ""


def test_a_code_of_few_operations_names_them() -> None:
    assert "[POST /api/users/2fa/verify](/docs/api/post-api-users-2fa-verify)." in section(
        ErrorCode.TWO_FACTOR_SETUP_NOT_STARTED
    )


def test_parameters_stand_in_an_address_without_their_braces() -> None:
    assert address("get", "/api/projects/{orgId}/projects/{id}") == "/docs/api/get-api-projects-orgid-projects-id"
