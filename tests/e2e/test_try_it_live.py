"""Requests from the page: what is sent, what comes back, and what the page says of it."""

import json
import re
import time
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.reader import PASSWORD, Reader, reading
from tests.support.authenticator import Authenticator
from tests.support.people import first_project, operator
from tests.support.processes import ServerProcess
from tests.support.scanner import scanned
from tests.support.server import Server


def picture(page: Page) -> str:
    """The QR code as it is on the screen, enlarged by the browser."""
    source = page.locator("mudguard-outcome img").get_attribute("src")
    assert source is not None
    return source


def turn_on(reader: Reader, server: ServerProcess) -> httpx2.Response:
    """The answer to a code of an authenticator that has scanned what the page shows."""
    with reader.page.expect_request("**/api/users/2fa/setup") as sent:
        reader.send_for("200 OK")
    expect(reader.outcome.get_by_role("img", name="QR code to scan")).to_be_visible()
    authenticator = Authenticator.scanning(scanned(picture(reader.page)), time.time)
    return server.client.post(
        "/api/users/2fa/verify",
        headers={"Authorization": sent.value.headers["authorization"]},
        json={"token": authenticator.code()},
    )


@pytest.fixture(scope="module")
def answered(context: BrowserContext, site_server: ServerProcess) -> Iterator[Locator]:
    """The dialog with the answer to a setup, for tests that only look at it."""
    with reading(context, site_server.url) as reader:
        yield reader.open().register("answered@northwind.test").send_for("200 OK").client


def test_a_setup_is_sent_and_everything_that_came_back_is_shown(answered: Locator) -> None:
    expect(answered.get_by_text(re.compile(r"Duration:\s*\d+(\.\d+)?m?s"))).to_be_visible()
    expect(answered.get_by_text(re.compile(r"Size:\s*\d\.\d+ kB"))).to_be_visible()
    for part in ("secret", "qrCode", "manualEntryKey", "backupCodes"):
        expect(answered.get_by_role("region", name="Body", exact=True)).to_contain_text(f'"{part}"')


@pytest.mark.parametrize(
    ("section", "header"), [("Request Headers", "authorization"), ("Response Headers", "x-request-id")]
)
def test_headers_are_shown_as_they_were_sent(section: str, header: str, answered: Locator) -> None:
    answered.get_by_role("button", name=re.compile(section)).click()
    expect(answered.get_by_text(re.compile(f"^{header}$", re.IGNORECASE)).last).to_be_visible()


def test_the_picture_can_be_scanned_and_turns_two_factor_on_and_a_second_setup_is_refused(
    reader: Reader, email: str, site_server: ServerProcess
) -> None:
    verified = turn_on(reader.open().register(email), site_server)
    assert verified.status_code == 200, verified.text
    reader.send_for("400 Bad Request")
    expect(reader.outcome).to_contain_text("400 TWO_FACTOR_ALREADY_ENABLED: Two-factor authentication is on already.")


def test_an_api_key_gets_403(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)}).json()
    reader.open().use(made["apiKey"]["secret"])
    expect(reader.state).to_contain_text("An API key is used.")
    reader.send_for("403 Forbidden")
    expect(reader.outcome).to_contain_text("403 API_KEY_NOT_SUPPORTED: API keys stand for a project")


def test_nothing_gets_401(reader: Reader) -> None:
    reader.open().send_for("401 Unauthorized")
    expect(reader.outcome).to_contain_text("401 UNAUTHORIZED: Sign in")


def test_an_expired_token_gets_401_and_the_way_on(context: BrowserContext, own_server: Server, email: str) -> None:
    with reading(context, own_server.url) as reader:
        reader.open().register(email)
        own_server.clock.advance(1_801)
        reader.send_for("401 Unauthorized")
        expect(reader.outcome).to_contain_text("401 TOKEN_EXPIRED: This token has expired. Get a new one")
        reader.close_client()
        reader.page.get_by_role("button", name="Renew the token").click()
        expect(reader.state).to_contain_text("Signed in as")
        reader.send_for("200 OK")


def test_a_server_that_is_gone_is_told_of(context: BrowserContext, own_server: Server, email: str) -> None:
    with reading(context, own_server.url) as reader:
        reader.open().register(email)
        own_server.__exit__(None, None, None)
        reader.send()
        expect(reader.page.get_by_text("The server did not answer").first).to_be_visible()
        reader.troubles = [trouble for trouble in reader.troubles if "The server did not answer" not in trouble]


def test_the_token_is_in_no_storage(reader: Reader, email: str) -> None:
    page = reader.open().register(email).send_for("200 OK").page
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert json.loads(stored) == [{}, {}, ""]


def test_signing_out_ends_the_session_and_forgets_what_was_answered(
    reader: Reader, email: str, site_server: ServerProcess
) -> None:
    reader.open().register(email)
    with reader.page.expect_request("**/api/users/2fa/setup") as sent:
        reader.send_for("200 OK")
    reader.close_client()
    with reader.page.expect_event("load"):
        reader.page.get_by_role("button", name="Sign out").click()
    expect(reader.state).to_have_text("Nobody is signed in.")
    me: httpx2.Response = site_server.client.get(
        "/api/users/me", headers={"Authorization": sent.value.headers["authorization"]}
    )
    assert me.json()["code"] == "SESSION_REVOKED"
    reader.open_client()
    expect(reader.client.get_by_text("backupCodes")).to_have_count(0)


def test_the_first_setup_takes_no_mouse(reader: Reader, email: str) -> None:
    page = reader.open().page
    tab_to(page, "e => e.name === 'email'")
    for text in (email, PASSWORD, "Morgan", "Chen"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(reader.state).to_contain_text(f"Signed in as {email}")
    tab_to(page, "e => e.id === 'try'")
    page.keyboard.press("Enter")
    expect(reader.client).to_be_visible()
    tab_to(page, "e => e.tagName === 'BUTTON' && e.textContent.trim().startsWith('Send')")
    page.keyboard.press("Enter")
    expect(reader.outcome.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(reader.client).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "try"


def tab_to(page: Page, is_meant: str) -> None:
    """Press Tab until the focus is on what is meant."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(f"({is_meant})(document.activeElement)"):
            return
    raise AssertionError(f"nothing that can be reached by Tab is {is_meant}")
