"""The README's pictures of the site, taken by `make screenshots`."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.e2e.reader import PHONE, Reader, launch, reading_alone
from tests.support.server import Server

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        with reading_alone(browser, server.url, viewport={"width": 1280, "height": 1080}) as reader:
            reader.open()
            take(reader, "docs-page.png")
            reader.register("morgan@northwind.test").send_for("200 OK")
            expect(reader.outcome.get_by_role("img")).to_be_visible()
            take(reader, "docs-try-it-live.png")
        with reading_alone(browser, server.url, viewport=PHONE, device_scale_factor=2) as reader:
            reader.open()
            take(reader, "docs-phone.png")
        browser.close()


def take(reader: Reader, name: str) -> None:
    """Take what is in the window, with nothing in motion."""
    reader.page.screenshot(path=IMAGES / name, animations="disabled")


if __name__ == "__main__":
    main()
