"""First load of /docs on loopback in a fresh Chromium: bytes on the wire, and when one can use the page.

    .venv/bin/python -m benchmarks.docs_load [ROUNDS]

Interactive means: the reference is drawn, and the main thread has been free for a frame.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.reader import SETUP, launch
from tests.support.processes import ServerProcess

DRAWN = "() => document.querySelector('#reference .show-api-client-button, #reference .introduction-section')"
FREE = "() => new Promise(done => requestIdleCallback(() => done(performance.now())))"
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
BYTES = """() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .map(entry => entry.transferSize).reduce((sum, size) => sum + size, 0)"""


def main(rounds: int) -> None:
    """Print the medians, for the whole reference and for one operation: the first visit and the next."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright.chromium)
        for path in ("/docs", SETUP):
            visits = [visit(browser, f"{server.url}{path}") for _ in range(rounds)]
            for name, found in zip(("first visit", "next visit"), zip(*visits, strict=True), strict=True):
                size, paint, ready = (statistics.median(values) for values in zip(*found, strict=True))
                print(f"{path} {name}: {size / 1000:.0f} kB, first paint {paint:.0f} ms, interactive {ready:.0f} ms")
        browser.close()


def visit(browser: Browser, address: str) -> list[tuple[float, float, float]]:
    """Bytes, milliseconds to the first paint and until interactive: with an empty cache, and once more."""
    found = []
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        for _ in range(2):
            page.goto(address)
            page.wait_for_function(DRAWN)
            ready = page.evaluate(FREE)
            found.append((page.evaluate(BYTES), page.evaluate(FIRST_PAINT), ready))
            page.goto("about:blank")
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
