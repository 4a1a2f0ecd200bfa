"""Somebody who reads the site in a real Chromium, and sends requests from it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Locator, Page, ViewportSize, expect

SETUP = "/docs/api/post-api-users-2fa-setup"
PASSWORD = "correct horse battery"
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
_CHROMIUMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync")  # fmt: skip
_FAST = (
    "--disable-smooth-scrolling",  # each click below the fold would wait until the scrolling ends
    "--process-per-site",  # a tab finds Scalar compiled by the ones before it
)
_TOLD_BY_THE_BROWSER = "Failed to load resource"

expect.set_options(timeout=15_000)


def launch(kind: BrowserType, **options: Any) -> Browser:
    """The Chromium of the machine, else Playwright's own; the variable CHROMIUM names another."""
    found = os.environ.get("CHROMIUM") or next((path for path in _CHROMIUMS if Path(path).exists()), None)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has none for root
    return kind.launch(executable_path=found, args=[*sandbox, *_QUIET, *_FAST], **options)


class Reader:
    """A page of the site at `url`. `troubles` are errors on its console and requests that left its origin."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.troubles: list[str] = []
        page.on("request", lambda request: self._leaves(request.url))
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", lambda message: self._says(message.type, message.text))

    def _leaves(self, address: str) -> None:
        if not address.startswith((f"{self.url}/", "data:", "blob:")):
            self.troubles.append(f"left the origin: {address}")

    def _says(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(_TOLD_BY_THE_BROWSER):
            self.troubles.append(f"{kind}: {text}")

    def open(self, path: str = SETUP) -> "Reader":
        """Go to a page, and wait until the reference is there if it has one."""
        self.page.goto(f"{self.url}{path}")
        reference = self.page.locator("#reference")
        if reference.count():
            expect(reference.locator(".scalar-app").first).to_be_attached()
        return self

    def copied(self) -> str:
        """The text on the clipboard."""
        self.page.context.grant_permissions(["clipboard-read"])
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    @property
    def panel(self) -> Locator:
        """Where a credential is got."""
        return self.page.get_by_role("region", name="Your credential")

    @property
    def state(self) -> Locator:
        """What the panel says of who is signed in."""
        return self.page.locator("#credential-state")

    @property
    def problem(self) -> Locator:
        """What the panel says went wrong."""
        return self.page.locator("#credential-problem")

    @property
    def client(self) -> Locator:
        """The dialog that sends requests and shows what came back."""
        return self.page.get_by_role("dialog", name="API Client")

    @property
    def outcome(self) -> Locator:
        """What the site says of an answer."""
        return self.client.locator("mudguard-outcome")

    def fill(self, **fields: str) -> None:
        """Type into fields of the panel, by their labels."""
        for label, value in fields.items():
            self.panel.get_by_label(label.replace("_", " "), exact=False).fill(value)

    def register(self, email: str) -> "Reader":
        """Sign up as an operator."""
        self.fill(**{"E-mail": email, "Password": PASSWORD}, First_name="Morgan", Last_name="Chen")
        self.panel.get_by_label("I agree").check()
        self.panel.get_by_role("button", name="Register").click()
        expect(self.state).to_contain_text(f"Signed in as {email}")
        return self

    def sign_in(self, email: str, password: str = PASSWORD) -> "Reader":
        """Take the first step of a sign-in."""
        self.panel.get_by_label("Sign in").check()
        self.fill(**{"E-mail": email, "Password": password})
        self.panel.get_by_role("button", name="Sign in").click()
        return self

    def use(self, credential: str) -> "Reader":
        """Paste a token or an API key."""
        self.panel.get_by_label("I have a token").check()
        self.fill(Token_or_API_key=credential)
        self.panel.get_by_role("button", name="Use it").click()
        return self

    def open_client(self) -> None:
        """Open the dialog."""
        self.page.get_by_role("button", name="Send a request").click()
        expect(self.client).to_be_visible()

    def send(self) -> "Reader":
        """Send the request of the page."""
        if not self.client.is_visible():
            self.open_client()
        self.client.get_by_role("button", name=re.compile("^Send")).first.click()
        return self

    def send_for(self, status: str) -> "Reader":
        """Send the request of the page; the answer is to have this status."""
        with self.page.expect_response(lambda response: "/api/" in response.url and "/docs/" not in response.url):
            self.send()
        expect(self.client.get_by_role("link", name=status)).to_be_visible()
        return self

    def close_client(self) -> None:
        """Close the dialog."""
        self.page.keyboard.press("Escape")
        expect(self.client).to_be_hidden()


@contextmanager
def profile(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A wide window to open tabs in. A first tab stays open, and with it the scripts stay compiled for the others."""
    with browser.new_context(viewport=DESKTOP) as context, reading(context, url) as first:
        first.open()
        yield context


@contextmanager
def reading(context: BrowserContext, url: str) -> Iterator[Reader]:
    """A reader in a new tab. At the end nothing may have troubled the page.

    What they stored or were permitted is gone with them. The HTTP cache stays.
    """
    page = context.new_page()
    try:
        reader = Reader(page, url)
        yield reader
        assert reader.troubles == []
    finally:
        storage = context.new_cdp_session(page)
        storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        context.clear_permissions()
        page.close()


@contextmanager
def reading_alone(browser: Browser, url: str, **options: Any) -> Iterator[Reader]:
    """A reader with a browser of their own, as far as memory goes, set up by `options` of a context."""
    with browser.new_context(**{"viewport": DESKTOP, **options}) as context, reading(context, url) as reader:
        yield reader
