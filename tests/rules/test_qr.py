"""QR codes, read by a reader that did not write them: OpenCV's."""

import base64
import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudguard.rules import otpauth, qr, totp
from tests.rules.names import ACCOUNTS, ISSUERS
from tests.support.scanner import PNG_URI, picture, scanned

MODULE = 8
QUIET = 4 * MODULE
BLACK, WHITE = 0, 255

TEXTS = ["a", "otpauth://totp/x", "b" * 300, "c" * 1_200]


def fresh_uri(issuer: str, account: str) -> str:
    return otpauth.uri(issuer=issuer, account=account, secret=totp.base32(secrets.token_bytes(totp.SECRET_BYTES)))


@pytest.mark.parametrize("issuer", [*ISSUERS, "Acme: Sales", "x", "ü" * 100])
@pytest.mark.parametrize("account", [*ACCOUNTS, "a@b.test", "m" * 64 + "@" + "d" * 60 + ".test"])
def test_the_picture_says_what_was_written(issuer: str, account: str) -> None:
    uri = fresh_uri(issuer, account)
    assert scanned(qr.data_uri(uri)) == uri


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=100), st.emails(), st.binary(min_size=20, max_size=20))
def test_any_name_and_secret_can_be_read(issuer: str, account: str, secret: bytes) -> None:
    uri = otpauth.uri(issuer=issuer, account=account, secret=totp.base32(secret))
    assert scanned(qr.data_uri(uri)) == uri


@pytest.mark.parametrize("letter", ["a", "&", "ü", "語", "🔐", "a🔐", "a&b"])
def test_the_longest_name_and_address_that_can_be_stored_can_be_read(letter: str) -> None:
    address = (letter * 254).encode()[:254].decode(errors="ignore")
    uri = fresh_uri((letter * 100)[:100], address)
    assert scanned(qr.data_uri(uri)) == uri


@pytest.mark.parametrize("text", TEXTS)
def test_the_picture_is_square_and_at_least_200_pixels_wide(text: str) -> None:
    height, width = picture(qr.data_uri(text)).shape
    assert height == width >= 200


@pytest.mark.parametrize("text", TEXTS)
def test_four_white_modules_surround_the_code(text: str) -> None:
    pixels = picture(qr.data_uri(text))
    code = pixels[QUIET:-QUIET, QUIET:-QUIET]
    assert np.count_nonzero(pixels == BLACK) == np.count_nonzero(code == BLACK)
    assert code[0, 0] == code[0, -1] == code[-1, 0] == BLACK


@pytest.mark.parametrize("text", TEXTS)
def test_every_module_is_black_or_white_and_eight_pixels_square(text: str) -> None:
    pixels = picture(qr.data_uri(text))
    modules = pixels[::MODULE, ::MODULE]
    assert set(np.unique(pixels)) == {BLACK, WHITE}
    assert np.array_equal(pixels, np.kron(modules, np.ones((MODULE, MODULE), np.uint8)))


def test_the_smallest_code_has_21_modules_a_side() -> None:
    assert picture(qr.data_uri("a")).shape == ((4 + 21 + 4) * MODULE, (4 + 21 + 4) * MODULE)


@pytest.mark.parametrize("text", TEXTS)
def test_the_format_information_says_level_m_and_mask_6(text: str) -> None:
    """Its first five bits are 00 for M and 110 for the mask, written over 10101 (ISO/IEC 18004 section 7.9.1)."""
    modules = picture(qr.data_uri(text))[QUIET:-QUIET:MODULE, QUIET:-QUIET:MODULE]
    assert "".join("1" if module == BLACK else "0" for module in modules[8, :5]) == f"{0b00110 ^ 0b10101:05b}"


def test_the_data_uri_is_that_of_a_png() -> None:
    uri = qr.data_uri("otpauth://totp/x")
    assert uri.startswith("data:image/png;base64,")
    assert base64.b64decode(uri.removeprefix(PNG_URI), validate=True) == qr.png("otpauth://totp/x")


def test_the_picture_is_a_small_png() -> None:
    png = qr.png(fresh_uri("Northwind", "ada@customers.test"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"\0\0\0\0IEND\xaeB`\x82")
    assert len(png) < 2_000
