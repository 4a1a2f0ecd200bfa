"""Ids, e-mail addresses that are the same, and slugs."""

import re
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules.identity import RANDOM_ID_BYTES, email_key, is_id, new_id, slug

random_parts = st.binary(min_size=RANDOM_ID_BYTES, max_size=RANDOM_ID_BYTES)
moments = st.integers(min_value=0, max_value=2**43)


def test_an_id_is_the_second_and_then_the_random_bytes() -> None:
    assert new_id(0x6543_2100 * 1000 + 999, bytes.fromhex("0123456789abcdef")) == "654321000123456789abcdef"


@given(moments, random_parts)
def test_an_id_is_24_lower_case_hex_digits(now_ms: int, random: bytes) -> None:
    assert re.fullmatch(r"[0-9a-f]{24}", new_id(now_ms, random))


def test_64_bits_of_an_id_are_random() -> None:
    assert RANDOM_ID_BYTES * 8 == 64


@given(moments, random_parts, random_parts)
def test_ids_of_one_moment_differ_as_their_random_bytes_do(now_ms: int, one: bytes, other: bytes) -> None:
    assert (new_id(now_ms, one) == new_id(now_ms, other)) is (one == other)


def test_an_id_is_still_whole_after_its_seconds_have_run_over_in_2106() -> None:
    assert new_id(2**32 * 1000 + 5_000, bytes(8)) == "00000005" + "0" * 16


@pytest.mark.parametrize("text", ["654321000123456789abcdef", "654321000123456789ABCDEF", "0" * 24])
def test_24_hex_digits_of_either_case_are_an_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 23,
        "0" * 25,
        "0" * 23 + "g",
        "0" * 24 + "\n",
        " " + "0" * 23,
        "\N{ARABIC-INDIC DIGIT ZERO}" * 24,
        "0x" + "0" * 22,
        "../" + "0" * 21,
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Customers.TEST", "ada@customers.test"),
        ("ÄDA@customers.test", "äda@customers.test"),
        ("a\u0308da@customers.test", "äda@customers.test"),
        ("ａｄａ@customers.test", "ada@customers.test"),  # noqa: RUF001  # full-width letters
        ("ﬁona@customers.test", "fiona@customers.test"),
        ("STRASSE@customers.test", "straße@customers.test"),
        ("\u212aarl@customers.test", "karl@customers.test"),
        ("ω\u0345\u0301@customers.test", "\u1ff4@customers.test"),
        ("ΣΊΣΥΦΟΣ@customers.test", "σίσυφος@customers.test"),
    ],
)
def test_case_and_composition_make_no_other_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@customers.test", "ada@customers.example"),
        ("ada@customers.test", "a.da@customers.test"),
        ("ada+x@customers.test", "ada@customers.test"),
        ("ada@customers.test", "аda@customers.test"),  # noqa: RUF001  # a Cyrillic a
    ],
)
def test_other_letters_make_another_address(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@given(st.text())
def test_the_key_of_a_key_is_itself(email: str) -> None:
    assert email_key(email_key(email)) == email_key(email)


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_every_normal_form_of_an_address_has_one_key(email: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    assert email_key(unicodedata.normalize(form, email)) == email_key(email)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Northwind Traders", "northwind-traders"),
        ("Müller & Söhne", "muller-sohne"),
        ("  --Ada's  App!--  ", "ada-s-app"),
        ("Ｗｉｄｅ", "wide"),  # noqa: RUF001  # full-width letters
        ("日本語", "untitled"),
        ("", "untitled"),
        ("...", "untitled"),
    ],
)
def test_a_slug_is_the_name_s_ascii_words(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_slug_has_at_most_60_characters_and_does_not_end_in_a_hyphen() -> None:
    assert slug("a" * 100) == "a" * 60
    assert slug("a" * 59 + " b") == "a" * 59


@given(st.text(max_size=200))
def test_every_slug_is_lower_case_words_joined_by_hyphens(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-+[a-z0-9]+)*", slug(name))
    assert len(slug(name)) <= 60


@given(st.text(max_size=200))
def test_the_slug_of_a_slug_is_itself(name: str) -> None:
    assert slug(slug(name)) == slug(name)
