"""otpauth URIs, read back as an authenticator app reads them (Key URI Format)."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules import otpauth, qr
from tests.rules.names import ACCOUNTS, ISSUERS

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@dataclass(frozen=True)
class Scanned:
    """What an app keeps of a URI."""

    prefix: str
    account: str
    parameters: dict[str, str]


def scan(uri: str) -> Scanned:
    """As apps read it: `%20` is a space and `+` is a plus, in the parameters too."""
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    prefix, _, account = unquote(parts.path.removeprefix("/")).partition(":")
    pairs = [parameter.split("=") for parameter in parts.query.split("&")]
    return Scanned(prefix, account, {name: unquote(value) for name, value in pairs})


def uri_of(issuer: str, account: str) -> str:
    return otpauth.uri(issuer=issuer, account=account, secret=SECRET)


def test_the_uri_is_that_of_the_key_uri_format() -> None:
    assert uri_of("ACME Co", "john.doe@email.test") == (
        "otpauth://totp/ACME%20Co:john.doe%40email.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME%20Co"
    )


@pytest.mark.parametrize("character", " !\"#$%&'()*+,/;<=>?@[\\]^`{|}äß漢🔐")
def test_what_is_no_letter_digit_or_one_of_four_marks_is_percent_encoded(character: str) -> None:
    code = "".join(f"%{byte:02X}" for byte in character.encode())
    assert uri_of(f"a{character}b", f"c{character}d") == (
        f"otpauth://totp/a{code}b:c{code}d?secret={SECRET}&issuer=a{code}b"
    )


@pytest.mark.parametrize("issuer", ISSUERS)
def test_the_issuer_is_prefix_and_parameter_and_both_are_equal(issuer: str) -> None:
    seen = scan(uri_of(issuer, "ada@customers.test"))
    assert seen == Scanned(issuer, "ada@customers.test", {"secret": SECRET, "issuer": issuer})


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_account_is_read_back_letter_by_letter(account: str) -> None:
    assert scan(uri_of("Northwind", account)).account == account


@pytest.mark.parametrize(
    ("issuer", "shown"),
    [
        ("Acme: Sales", "Acme Sales"),
        ("a:b", "a b"),
        (": x :", "x"),
        ("Acme:", "Acme"),
        ("  wide   space ", "wide space"),
    ],
)
def test_a_colon_becomes_a_space_since_apps_split_the_label_at_it(issuer: str, shown: str) -> None:
    seen = scan(uri_of(issuer, "ada@customers.test"))
    assert (seen.prefix, seen.account, seen.parameters["issuer"]) == (shown, "ada@customers.test", shown)


def test_a_colon_in_the_account_cannot_forge_an_issuer() -> None:
    assert scan(uri_of("Northwind", "Bank:ada@customers.test")) == Scanned(
        "Northwind", "Bank ada@customers.test", {"secret": SECRET, "issuer": "Northwind"}
    )


def test_no_name_can_add_a_parameter() -> None:
    seen = scan(uri_of("x&secret=AAAA#", "y?digits=8&secret=BBBB"))
    assert seen.parameters == {"secret": SECRET, "issuer": "x&secret=AAAA#"}


@given(st.text(max_size=100), st.text(max_size=30))
def test_any_name_comes_back_with_its_colons_and_wide_spaces_made_one_space(issuer: str, account: str) -> None:
    shown, holder = (" ".join(text.replace(":", " ").split()) for text in (issuer, account))
    shown = shown or otpauth.NAMELESS
    assert scan(uri_of(issuer, account)) == Scanned(shown, holder, {"secret": SECRET, "issuer": shown})


@given(st.text(max_size=100), st.text(max_size=60))
def test_the_uri_is_ascii_and_has_no_plus_for_a_space(issuer: str, account: str) -> None:
    uri = uri_of(issuer, account)
    assert uri.isascii()
    assert "+" not in uri
    assert " " not in uri


@pytest.mark.parametrize("letter", ["a", "&", "ü", "語", "🔐"])
def test_a_name_of_100_letters_is_shown_whole(letter: str) -> None:
    seen = scan(uri_of(letter * 100, "ada@customers.test"))
    assert seen.prefix == seen.parameters["issuer"] == letter * 100


@pytest.mark.parametrize("letter", ["a", "é", "語", "\U0001f600", "\U0001f600a", "aÿ\U0001f600Z"])
def test_an_account_that_is_too_long_is_shortened_so_that_a_qr_code_holds_the_uri(letter: str) -> None:
    uri = uri_of((letter * 100)[:100], letter * 400)
    shown = scan(uri).account
    assert (letter * 400).startswith(shown.removesuffix("…"))
    assert shown.endswith("…")
    assert qr.png(uri)


def test_an_account_of_360_letters_is_shown_whole() -> None:
    assert scan(uri_of("Northwind", "a" * 360)).account == "a" * 360


@pytest.mark.parametrize(
    ("letter", "shown"),
    [("a", "a" * 351 + "…"), ("/", "/" * 117 + "…"), ("é", "é" * 58 + "…"), ("🔐", "🔐" * 29 + "…")],
)
def test_of_an_account_that_is_too_long_as_much_is_shown_as_360_letters_of_the_uri_hold(
    letter: str, shown: str
) -> None:
    uri = uri_of("Northwind", letter * 400)
    assert scan(uri).account == shown
    assert "/" not in uri.removeprefix("otpauth://totp/")
