"""The panel that gets a credential: each way, and what it says when that does not work."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.reader import SETUP, Reader, launch, reading, reading_alone
from tests.support.people import PASSWORD, first_project, operator, person
from tests.support.processes import ServerProcess


@pytest.fixture(scope="module")
def stranger_s_page(context: BrowserContext, site_server: ServerProcess) -> Iterator[Reader]:
    with reading(context, site_server.url) as reader:
        yield reader.open()


@pytest.fixture
def stranger(stranger_s_page: Reader) -> Reader:
    """Somebody whom no test lets in, so that one page serves them all: each finds the panel as it was at first."""
    stranger_s_page.panel.get_by_label("Sign in").check()
    stranger_s_page.panel.get_by_label("Register").check()
    expect(stranger_s_page.problem).to_be_empty()
    expect(stranger_s_page.state).to_have_text("Nobody is signed in.")
    return stranger_s_page


def test_an_operator_signs_in(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    reader.open().sign_in(owner.email)
    expect(reader.state).to_have_text(f"Signed in as {owner.email}, for 30 more minutes.")


def test_a_person_of_a_project_signs_in(reader: Reader, site_server: ServerProcess) -> None:
    member = person(site_server, first_project(operator(site_server)))
    reader.open().panel.get_by_text("As a person of a project").click()
    reader.fill(Project_id=member.project_id or "")
    reader.sign_in(member.email)
    expect(reader.state).to_contain_text(f"Signed in as {member.email}")


def test_who_has_two_factor_on_is_asked_for_a_code(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server).enrol()
    reader.open().sign_in(owner.email)
    expect(reader.state).to_have_text("The password is right. Enter a code of your authenticator to finish.")
    reader.fill(Code_of_your_authenticator="00000000")
    reader.panel.get_by_role("button", name="Send the code").click()
    expect(reader.problem).to_contain_text("This code is not right.")
    reader.fill(Code_of_your_authenticator=owner.backup_codes[0])
    reader.panel.get_by_role("button", name="Send the code").click()
    expect(reader.state).to_contain_text(f"Signed in as {owner.email}")


def test_a_token_that_somebody_has_is_taken(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    reader.open().use(owner.token)
    expect(reader.state).to_contain_text(f"Signed in as {owner.email}")


@pytest.mark.parametrize("token", ["wrong", "a.b.c", "ñ"])
def test_a_wrong_token_is_told_of(token: str, stranger: Reader) -> None:
    stranger.use(token)
    expect(stranger.problem).not_to_be_empty()
    expect(stranger.state).to_have_text("Nobody is signed in.")


def test_a_wrong_password_is_told_of(stranger: Reader, site_server: ServerProcess) -> None:
    stranger.sign_in(operator(site_server).email, "wrong horse battery")
    expect(stranger.problem).to_contain_text("The e-mail address or the password is not right.")


def test_what_is_wrong_with_a_field_is_told(stranger: Reader, email: str) -> None:
    stranger.fill(**{"E-mail": email, "Password": "password123"}, First_name="M", Last_name="C")
    stranger.panel.get_by_label("I agree").check()
    stranger.panel.get_by_role("button", name="Register").click()
    expect(stranger.problem).to_contain_text("password")


def test_too_many_wrong_passwords_are_told_of_with_the_time_to_wait(
    stranger: Reader, site_server: ServerProcess
) -> None:
    owner = operator(site_server)
    for _ in range(10):
        site_server.client.post("/api/auth/login", json={"email": owner.email, "password": "wrong horse battery"})
    stranger.sign_in(owner.email)
    expect(stranger.problem).to_contain_text("Too many wrong passwords.")
    expect(stranger.problem).to_contain_text("seconds.")


def test_a_server_that_is_gone_is_told_of(stranger: Reader) -> None:
    stranger.page.route("**/api/auth/login", lambda route: route.abort("connectionrefused"))
    stranger.sign_in("morgan@northwind.test")
    expect(stranger.problem).to_contain_text("The server does not answer. Check that it runs")
    stranger.page.unroute_all()


def test_a_token_that_expires_while_the_page_is_open_is_told_of(browser: Browser, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    with reading_alone(browser, site_server.url) as reader:
        reader.page.clock.install(time=time.time())
        reader.open().sign_in(owner.email)
        expect(reader.state).to_contain_text("Signed in as")
        reader.page.clock.fast_forward(31 * 60 * 1000)
        expect(reader.state).to_have_text(
            f"The token of {owner.email} has expired: requests get 401. Renew it, or sign in again."
        )


def test_a_session_that_has_ended_is_told_of_when_it_is_renewed(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    reader.open().sign_in(owner.email)
    expect(reader.state).to_contain_text("Signed in as")
    response = site_server.client.patch(
        "/api/users/password",
        headers=owner.headers,
        json={"currentPassword": PASSWORD, "newPassword": "staple correct horse"},
    )
    response.raise_for_status()
    reader.page.get_by_role("button", name="Renew the token").click()
    expect(reader.problem).to_contain_text("This refresh token is no longer valid. Sign in again.")
    expect(reader.state).to_have_text("Nobody is signed in.")


def test_reloading_the_page_forgets_the_token(reader: Reader, email: str) -> None:
    reader.open().register(email).page.reload()
    expect(reader.state).to_have_text("Nobody is signed in.")
    assert reader.page.url == f"{reader.url}{SETUP}"


def test_a_token_that_was_not_copied_whole_is_told_of(stranger: Reader) -> None:
    stranger.use("eyJhbGciOi…")
    expect(stranger.problem).to_contain_text("there is a character in it that none has")


def test_a_token_may_be_pasted_with_the_word_before_it(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server)
    reader.open().use(f"Bearer {owner.token}")
    expect(reader.state).to_contain_text(f"Signed in as {owner.email}")


def test_a_double_click_renews_the_token_once(reader: Reader, email: str) -> None:
    reader.open().register(email)
    reader.page.locator("#renew").dblclick()
    expect(reader.page.locator("#renew")).to_be_enabled()
    expect(reader.state).to_contain_text(f"Signed in as {email}")
    reader.send_for("200 OK")


def test_a_sign_in_that_waits_for_a_code_can_be_begun_anew(reader: Reader, site_server: ServerProcess) -> None:
    owner = operator(site_server).enrol()
    reader.open().sign_in(owner.email)
    reader.panel.get_by_role("button", name="Start again").click()
    expect(reader.state).to_have_text("Nobody is signed in.")
    expect(reader.panel.get_by_label("Password")).to_be_focused()


def test_the_back_button_brings_no_credential_back(browser: Browser, site_server: ServerProcess) -> None:
    like_a_user_s = launch(browser.browser_type, ignore_default_args=["--disable-back-forward-cache"])
    with reading_alone(like_a_user_s, site_server.url) as reader:
        reader.open().use("mb_live_0123456789abcdef")
        expect(reader.state).to_contain_text("An API key is used.")
        reader.page.get_by_role("link", name="Guides").first.click()
        expect(reader.page).to_have_url(f"{reader.url}/docs/guides")
        reader.page.go_back()
        expect(reader.state).to_have_text("Nobody is signed in.")
    like_a_user_s.close()
