"""The list of passwords that attackers try first."""

import pytest

from mudguard.rules.passwords import MIN_LENGTH, normalised, objection
from mudguard.security.common_passwords import common_passwords


@pytest.mark.parametrize("password", ["password", "12345678", "qwertyuiop", "iloveyou1", "football", "trustno1"])
def test_the_best_known_are_on_it(password: str) -> None:
    assert password in common_passwords()


@pytest.mark.parametrize("password", ["Password", "PASSWORD1", "QwertyUiop"])
def test_one_of_them_cannot_be_chosen_in_any_case(password: str) -> None:
    assert objection(password, email="ada@customers.test", common=common_passwords())


def test_it_holds_thousands() -> None:
    assert 8_000 <= len(common_passwords()) <= 9_000


def test_each_is_long_enough_to_be_chosen_otherwise() -> None:
    assert [password for password in common_passwords() if len(password) < MIN_LENGTH] == []


def test_each_is_spelt_as_it_is_looked_up() -> None:
    assert [password for password in common_passwords() if normalised(password).lower() != password] == []


def test_a_passphrase_is_not_on_it() -> None:
    assert "correct horse battery" not in common_passwords()
