"""The documents: what they point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

SHOWN_BY = re.findall(r"`((?:[a-z]+/)?(?:test_\w+\.py)|[a-z]+/)`", (ROOT / "docs" / "security.md").read_text("utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|/docs/api/)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("path", sorted(set(SHOWN_BY)))
def test_every_test_that_is_named_as_showing_a_clause_is_there(path: str) -> None:
    assert (TESTS / path).exists()
