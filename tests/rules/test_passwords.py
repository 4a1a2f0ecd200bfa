"""Which passwords are good enough, by length and blocklist only (NIST SP 800-63B-4 section 3.1.1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules.passwords import normalised, objection

COMMON = frozenset({"password1", "qwertyuiop", "straße12"})
EMAIL = "Ada.Lovelace@Customers.test"


def objection_to(password: str) -> str | None:
    return objection(password, email=EMAIL, common=COMMON)


@pytest.mark.parametrize(
    "password", ["a1b2c3d4", "ab" * 64, "correct horse battery", "пароль надёжный", "🔐🔑🗝️🚪🏠🐕🐈🐎"]
)
def test_eight_to_128_characters_of_any_kind_will_do(password: str) -> None:
    assert objection_to(password) is None


@pytest.mark.parametrize("password", ["", "a", "a1b2c3d", "ab" * 64 + "c", "x" * 5_000])
def test_shorter_and_longer_ones_are_refused(password: str) -> None:
    assert objection_to(password) == "Use 8 to 128 characters."


def test_length_counts_after_normalising() -> None:
    assert objection_to("e\u0301" * 7) == "Use 8 to 128 characters."
    assert objection_to("ﷺ" * 8) == "Use 8 to 128 characters."


@pytest.mark.parametrize(
    "password", ["password1", "PassWord1", "QWERTYUIOP", "\uff50assword1", "STRA\N{LATIN CAPITAL LETTER SHARP S}E12"]
)
def test_a_common_one_is_refused_in_whatever_case_and_composition(password: str) -> None:
    assert objection_to(password) == "This password is on the lists that attackers try first. Choose another."


@pytest.mark.parametrize("password", ["aaaaaaaa", "AaAaAaAa", "11111111111"])
def test_one_character_over_and_over_is_refused(password: str) -> None:
    assert objection_to(password) == "This password is on the lists that attackers try first. Choose another."


@pytest.mark.parametrize("password", ["ada.lovelace@customers.test", "ADA.LOVELACE@CUSTOMERS.TEST", "ada.lovelace"])
def test_one_s_own_e_mail_address_or_its_name_is_refused(password: str) -> None:
    assert objection_to(password) == "Your e-mail address is no password. Choose another."


def test_a_password_that_only_holds_the_address_will_do() -> None:
    assert objection_to("ada.lovelace computes") is None


@given(st.text())
def test_normalising_is_idempotent(password: str) -> None:
    assert normalised(normalised(password)) == normalised(password)


@given(st.text())
def test_two_compositions_of_a_password_get_the_same_answer(password: str) -> None:
    assert objection_to(password) == objection_to(normalised(password))


def test_case_and_spaces_are_part_of_a_password() -> None:
    assert normalised(" Correct  Horse ") == " Correct  Horse "
