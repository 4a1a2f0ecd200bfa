"""axe-core on every kind of page, wide and light, narrow and dark, and on the dialog that sends requests."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.reader import DESKTOP, PHONE, SETUP, Reader
from tests.support import javascript

ColorScheme = Literal["light", "dark"]
GUIDES = [f"/docs/guides/{path.stem}" for path in sorted((Path(__file__).parents[2] / "docs" / "guides").glob("*.md"))]
AXE = (javascript.packages() / "axe-core" / "axe.min.js").read_text("utf-8")
PAGES = [SETUP, "/docs", "/docs/guides", "/docs/search?q=setup", "/docs/nothing", *GUIDES]


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds that is serious or critical: rule, impact, and where."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        (item["id"], item["impact"], [str(node["target"]) for node in item["nodes"]])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["wide", "narrow, dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(path: str, viewport: ViewportSize, scheme: ColorScheme, reader: Reader) -> None:
    reader.page.set_viewport_size(viewport)
    reader.page.emulate_media(color_scheme=scheme)
    assert violations(reader.open(path).page) == []


def test_axe_finds_nothing_serious_when_somebody_is_signed_in_and_sends_a_request(reader: Reader, email: str) -> None:
    page = reader.open().register(email).page
    assert violations(page) == []
    reader.send_for("200 OK")
    expect(reader.outcome.get_by_role("img")).to_be_visible()
    assert violations(page) == []
