"""What an authenticator app lists an account under: the issuer and the account of the QR code's otpauth URI.

By the Key URI Format: the issuer as prefix of the label and as parameter, both equal, percent-encoded.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.support.answers import refusal
from tests.support.people import Player, first_project, operator, person
from tests.support.scanner import scanned
from tests.support.server import Server

NAMES = [
    "Northwind",
    "Northwind Shop",
    "Bücher & Käse GmbH",
    "50% off + more = fun?",
    "#1 / \"best\" 'shop' \\ <here>",
    "日本語のプロジェクト",
    "🦆 Duck & Söhne",
]
EMAILS = [
    "plus+tag@customers.test",
    "a&b@customers.test",
    "hash#tag@customers.test",
    "50%off@customers.test",
    "o'neill@customers.test",
    "who?=me@customers.test",
    "jürgen@müller.test",
]


@dataclass(frozen=True)
class Label:
    """What an app reads out of an otpauth URI."""

    prefix: str
    account: str
    issuer: str


def label_of(uri: str) -> Label:
    parts = urlsplit(uri)
    prefix, _, account = unquote(parts.path.removeprefix("/")).partition(":")
    return Label(prefix, account, parse_qs(parts.query)["issuer"][0])


def uri_shown_to(player: Player) -> str:
    return scanned(player.begin_setup()["qrCode"])


def named_project(owner: Player, name: str) -> str:
    made = owner.post(f"/api/projects/{owner.org_id}/projects", {"name": name})
    assert made.status_code == 201, made.text
    project_id: str = made.json()["project"]["_id"]
    return project_id


def test_the_uri_is_exactly_the_key_uri_format(server: Server, owner: Player) -> None:
    member = person(server, named_project(owner, "Bücher & Co"), email="plus+tag@northwind.test")
    setup = member.begin_setup()
    assert scanned(setup["qrCode"]) == (
        "otpauth://totp/B%C3%BCcher%20%26%20Co:plus%2Btag%40northwind.test"
        f"?secret={setup['secret']}&issuer=B%C3%BCcher%20%26%20Co"
    )


def test_algorithm_digits_and_period_are_the_format_s_defaults(player: Player) -> None:
    assert set(parse_qs(urlsplit(uri_shown_to(player)).query)) == {"secret", "issuer"}


@pytest.mark.parametrize("name", NAMES)
def test_the_issuer_is_the_project_s_name(server: Server, owner: Player, name: str) -> None:
    member = person(server, named_project(owner, name))
    assert label_of(uri_shown_to(member)) == Label(name, member.email, name)


@pytest.mark.parametrize("name", NAMES)
def test_the_issuer_is_an_operator_s_organisation(server: Server, name: str) -> None:
    owner = operator(server, orgName=name)
    assert label_of(uri_shown_to(owner)) == Label(name, owner.email, name)


@pytest.mark.parametrize("email", EMAILS)
def test_the_account_is_the_e_mail_address(server: Server, owner: Player, email: str) -> None:
    member = person(server, first_project(owner), email=email)
    assert label_of(uri_shown_to(member)).account == email


def test_a_space_is_never_a_plus(server: Server) -> None:
    assert "+" not in uri_shown_to(operator(server, orgName="North Wind"))


def test_a_colon_becomes_a_space_since_apps_split_the_label_at_it(server: Server, owner: Player) -> None:
    member = person(server, named_project(owner, "Northwind: the shop"))
    assert label_of(uri_shown_to(member)) == Label("Northwind the shop", member.email, "Northwind the shop")


def test_a_project_that_is_renamed_shows_its_new_name(owner: Player, member: Player) -> None:
    member.begin_setup()
    owner.patch(f"/api/projects/{owner.org_id}/projects/{member.project_id}", {"name": "Southwind"})
    assert label_of(uri_shown_to(member)).issuer == "Southwind"


@pytest.mark.parametrize("letter", ["a", "ü", "語", "🦆"])
def test_the_longest_name_and_address_still_make_a_code_that_can_be_read(
    server: Server, owner: Player, letter: str
) -> None:
    name = letter * 100
    member = person(server, named_project(owner, name), email=f"{'m' * 64}@{'d' * 60}.{'d' * 60}.test")
    assert label_of(uri_shown_to(member)) == Label(name, member.email, name)


def test_an_e_mail_address_with_a_colon_cannot_sign_up(owner: Player) -> None:
    body = {"email": '"a:b"@customers.test', "password": owner.password, "firstName": "A", "lastName": "B"}
    project_id = first_project(owner)
    answer = owner.client.post("/api/auth/local/register", json={**body, "projectId": project_id})
    assert refusal(answer) == (400, "VALIDATION_ERROR")
