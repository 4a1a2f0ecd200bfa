"""The seed's page in a browser: what is on it, at its own address."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import EDIT_URL
from tests.e2e.reader import PHONE, SETUP, Reader, reading, reading_alone
from tests.support.processes import ServerProcess


@pytest.fixture(scope="module")
def page(context: BrowserContext, site_server: ServerProcess) -> Iterator[Page]:
    """The page for tests that stay on it. What they fold out or choose is nothing to each other."""
    with reading(context, site_server.url) as reader:
        yield reader.open().page


def test_its_parts_are_in_the_order_of_the_seed(page: Page) -> None:
    assert page.locator("main h2:visible:not(#reference *)").all_inner_texts() == [
        "Authentication", "SDK setup", "Example request", "Try It Live", "Responses", "Errors",
    ]  # fmt: skip


def test_it_says_tag_title_verb_and_path(page: Page) -> None:
    main = page.locator("main")
    expect(main.locator(".tag")).to_have_text("users")
    expect(main.get_by_role("heading", level=1)).to_contain_text("Initiate two-factor authentication setup")
    expect(main.locator(".address")).to_have_text(re.compile(r"POST\s*/api/users/2fa/setup"))


def test_the_note_leads_to_the_guide_on_authentication(reader: Reader) -> None:
    reader.open().page.get_by_role("link", name="View authentication guide").click()
    expect(reader.page).to_have_url(f"{reader.url}/docs/guides/authentication")


@pytest.mark.parametrize(
    ("language", "setup", "call"),
    [
        ("JavaScript", 'client.setJWT("YOUR_TOKEN");', "await client.users.setup2fa();"),
        ("Python", 'client.set_jwt("YOUR_TOKEN")', "client.users.setup2fa()"),
        ("Official Python client", "mudbase.ApiClient(", "mudbase.UsersApi(client).setup2_fa()"),
    ],
)
def test_a_language_is_chosen_for_setup_and_request_at_once(language: str, setup: str, call: str, page: Page) -> None:
    page.get_by_role("tablist", name="SDK setup").get_by_role("tab", name=language, exact=True).click()
    expect(page.get_by_role("tabpanel", name=language, exact=True).filter(visible=True)).to_contain_text([setup, call])


def test_view_http_shows_curl_and_the_raw_exchange(page: Page) -> None:
    page.get_by_text("View HTTP", exact=True).click()
    expect(page.get_by_label("cURL", exact=True).locator("code")).to_contain_text("curl -X POST http")
    page.get_by_role("tab", name="HTTP", exact=True).click()
    expect(page.get_by_label("The request over the wire")).to_contain_text("POST /api/users/2fa/setup HTTP/1.1")
    expect(page.get_by_label("The answer over the wire")).to_contain_text("HTTP/1.1 200 OK")


def test_it_can_be_edited_where_the_operator_says(page: Page) -> None:
    link = page.get_by_role("link", name="Edit this page")
    expect(link).to_have_attribute("href", f"{EDIT_URL}/src/mudguard/factors/routes.py")


def test_the_curl_that_is_copied_runs_with_the_token_of_the_page(reader: Reader, email: str) -> None:
    page = reader.open().register(email).page
    page.get_by_text("View HTTP", exact=True).click()
    page.get_by_role("tabpanel", name="cURL", exact=True).get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied, with your token")).to_be_visible()
    done = subprocess.run(["/bin/sh", "-c", f"{reader.copied()} --silent"], capture_output=True, text=True, check=True)
    assert '"manualEntryKey":' in done.stdout


def test_the_whole_reference_opens_at_an_operation(reader: Reader) -> None:
    reader.open(f"{SETUP}")
    reader.page.get_by_role("link", name="In the whole reference").click()
    operation = reader.page.locator("#reference").get_by_role("heading", name="Initiate two-factor")
    expect(operation.first).to_be_in_viewport()


def test_the_search_is_there_with_a_keyboard_alone(reader: Reader) -> None:
    page = reader.open("/docs/guides").page
    page.get_by_role("searchbox", name="Search guides and operations").focus()
    page.keyboard.type("backup codes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name="/api/users/2fa/backup-codes")).to_be_visible()


@pytest.mark.parametrize("path", [SETUP, "/docs", "/docs/guides", "/docs/guides/authentication", "/docs/nothing"])
def test_no_page_scrolls_sideways_on_a_phone(path: str, reader: Reader) -> None:
    reader.page.set_viewport_size(PHONE)
    page = reader.open(path).page
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_javascript_everything_but_the_live_part_is_there(browser: Browser, site_server: ServerProcess) -> None:
    with reading_alone(browser, site_server.url, java_script_enabled=False) as reader:
        page = reader.page
        page.goto(f"{site_server.url}{SETUP}")
        for code in ("await client.users.setup2fa();", "mudbase.UsersApi(client).setup2_fa()"):
            expect(page.get_by_text(code)).to_be_visible()
        expect(page.locator("noscript p")).to_be_visible()


def test_the_policy_holds_against_a_script_that_gets_into_the_page(reader: Reader) -> None:
    page = reader.open().page
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.got = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.got = 1">');
          return new Promise((resolve) => document.body.lastChild.addEventListener("error", resolve));
        }"""
    )
    assert page.evaluate("window.got") is None
    refused = [text for text in reader.troubles if "violates the following Content Security Policy" in text]
    assert len(refused) == 2
    reader.troubles = [text for text in reader.troubles if text not in refused]
