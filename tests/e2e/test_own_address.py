"""A server that was not told its address: what is copied from its pages goes to the server that they came from."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.reader import Reader, profile, reading
from tests.support.processes import ServerProcess


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("plain")) as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser, plain_server: ServerProcess) -> Iterator[BrowserContext]:
    with profile(browser, plain_server.url) as shared:
        yield shared


@pytest.fixture
def reader(context: BrowserContext, plain_server: ServerProcess) -> Iterator[Reader]:
    with reading(context, plain_server.url) as somebody:
        yield somebody


def test_no_sample_names_another_server(reader: Reader) -> None:
    shown = reader.open().page.locator("main code").all_text_contents()
    assert not [code for code in shown if "localhost:5000" in code or "MudbaseClient()" in code]
    assert any(f'new MudbaseClient({{ baseUrl: "{reader.url}" }})' in code for code in shown)
    assert any(f'client = MudbaseClient("{reader.url}")' in code for code in shown)


def test_the_copied_curl_runs_with_the_token_of_the_page(reader: Reader, email: str) -> None:
    page = reader.open().register(email).page
    page.get_by_text("View HTTP", exact=True).click()
    curl = page.get_by_label("cURL", exact=True)
    curl.get_by_role("button", name="Copy").click()
    expect(curl.get_by_role("button")).to_have_text("Copied, with your token")
    assert (
        '"qrCode"' in subprocess.run(["bash", "-c", reader.copied()], capture_output=True, text=True, check=True).stdout
    )


def test_a_request_goes_to_this_server(reader: Reader, email: str) -> None:
    reader.open().register(email).send_for("200 OK")


def test_an_answer_of_something_else_is_told_of(reader: Reader, email: str) -> None:
    page = reader.open().register(email).page
    page.route("**/api/users/2fa/setup", lambda route: route.fulfill(status=502, json={"proxy": "gone"}))
    reader.send_for("502 Bad Gateway")
    expect(reader.outcome).to_have_text(
        "502: this is no answer of Mudguard. Something before it answered, such as a proxy."
    )
