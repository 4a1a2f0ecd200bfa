"""Typed codes: which spellings are the same code, which are none, and which factor a code belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules.codes import MAX_TYPED_LENGTH, Factor, factor_of, normalised

foreign_digits = st.characters(categories=["Nd", "Nl", "No"]).filter(lambda digit: not digit.isascii())
spelt_codes = st.from_regex(r"[0-9A-Za-z]{1,20}", fullmatch=True)


@pytest.mark.parametrize(
    "typed",
    ["123456", "123 456", "123-456", " 123456 ", "1 2 3 4 5 6", "12--34  56", "123456-", "1-2-3-4-5-6 "],
)
def test_spaces_and_hyphens_are_ignored(typed: str) -> None:
    assert normalised(typed) == "123456"


@given(st.lists(st.tuples(st.sampled_from("0123456789ABCxyz"), st.text(" -", max_size=3)), min_size=1, max_size=12))
def test_spaces_and_hyphens_are_ignored_wherever_they_follow_a_character(parts: list[tuple[str, str]]) -> None:
    typed = "".join(character + gap for character, gap in parts)
    assert normalised(typed) == "".join(character for character, _ in parts)


@pytest.mark.parametrize("letter", "AXZaxz")
def test_letters_at_the_ends_belong_to_the_code(letter: str) -> None:
    assert normalised(f" {letter}1{letter} ") == f"{letter}1{letter}"


@pytest.mark.parametrize("typed", ["", " ", "-", "- -", "     "])
def test_nothing_is_no_code(typed: str) -> None:
    assert normalised(typed) is None


@pytest.mark.parametrize("typed", ["-123456", "+123456", "−123456", "12+3456", " -123456"])  # noqa: RUF001  # a minus sign
def test_a_sign_makes_it_no_code(typed: str) -> None:
    assert normalised(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["１２３４５６", "١٢٣٤٥٦", "१२३४५६", "𝟏𝟐𝟑𝟒𝟓𝟔", "12345٦", "²³¹²³¹"],  # noqa: RUF001  # digits, but not ASCII's
)
def test_digits_of_other_scripts_make_it_no_code(typed: str) -> None:
    assert normalised(typed) is None


@given(spelt_codes, foreign_digits, st.integers(0, 20))
def test_one_digit_of_another_script_anywhere_makes_it_no_code(code: str, digit: str, place: int) -> None:
    assert normalised(code[:place] + digit + code[place:]) is None


@pytest.mark.parametrize("character", ["\n", "\t", "\0", "\u00a0", "\u2009", "\u200b", "\u2011", "_", ".", "'", "é"])
def test_only_ascii_spaces_and_hyphens_may_stand_between_digits(character: str) -> None:
    assert normalised(f"123{character}456") is None


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\0"])
def test_a_line_s_end_after_the_code_makes_it_no_code(ending: str) -> None:
    assert normalised("123456" + ending) is None


@pytest.mark.parametrize("character", ["0", "a", " 1", "1 ", "-", "\N{ARABIC-INDIC DIGIT ZERO}", "\0"])
def test_five_thousand_characters_are_no_code(character: str) -> None:
    assert normalised((character * 5_000)[:5_000]) is None


def test_a_code_may_be_typed_in_up_to_64_characters() -> None:
    assert normalised("1" * MAX_TYPED_LENGTH) == "1" * 64
    assert normalised("1" * 65) is None


@given(st.text() | spelt_codes)
def test_normalising_is_idempotent(typed: str) -> None:
    code = normalised(typed)
    assert code is None or normalised(code) == code


@given(st.text() | spelt_codes)
def test_a_code_is_ascii_letters_and_digits(typed: str) -> None:
    code = normalised(typed)
    assert code is None or (code.isascii() and code.isalnum())


@given(st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_six_digits_are_a_totp_code(code: str) -> None:
    assert factor_of(code) is Factor.TOTP


@pytest.mark.parametrize("code", ["12345", "1234567", "12345678", "12345a", "abcdef", "1"])
def test_anything_else_is_a_backup_code(code: str) -> None:
    assert factor_of(code) is Factor.BACKUP_CODE
