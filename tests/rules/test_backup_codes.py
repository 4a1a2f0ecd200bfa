"""Backup codes: a set of ten different codes, each good once."""

import secrets
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules import backup_codes
from mudguard.rules.backup_codes import COUNT, is_used, new_set, position, remaining, spend
from mudguard.rules.codes import Factor, factor_of, normalised

DIGESTS = [bytes([number]) * 32 for number in range(COUNT)]

positions = st.integers(min_value=0, max_value=COUNT - 1)


def drawing(*numbers: int) -> Callable[[int], int]:
    """A source that gives these numbers, whatever it is asked for."""
    source = iter(numbers)
    return lambda _below: next(source)


def test_a_set_has_ten_different_codes_of_eight_digits() -> None:
    codes = new_set(secrets.randbelow)
    assert len(codes) == len(set(codes)) == 10
    assert all(len(code) == 8 and code.isascii() and code.isdigit() for code in codes)


@given(st.permutations(range(10**8 - COUNT, 10**8)), st.lists(st.integers(0, COUNT - 1), max_size=30))
def test_codes_are_unique_however_often_the_source_repeats_itself(numbers: list[int], repeats: list[int]) -> None:
    repeated = [numbers[index] for index in repeats]
    in_order = dict.fromkeys([*repeated, *numbers])
    assert new_set(drawing(*repeated, *numbers)) == tuple(str(number) for number in in_order)


def test_codes_are_drawn_evenly_from_all_eight_digit_numbers() -> None:
    asked: list[int] = []

    def counting(below: int) -> int:
        asked.append(below)
        return len(asked)

    new_set(counting)
    assert asked == [100_000_000] * 10


def test_a_small_number_keeps_its_leading_zeros() -> None:
    assert new_set(drawing(*range(10)))[7] == "00000007"


def test_no_code_of_a_set_can_be_taken_for_a_totp_code() -> None:
    assert all(
        normalised(code) == code and factor_of(code) is Factor.BACKUP_CODE for code in new_set(secrets.randbelow)
    )


@given(positions)
def test_a_digest_is_found_where_it_stands(index: int) -> None:
    assert position(DIGESTS[index], DIGESTS) == index


def test_a_strange_digest_stands_nowhere() -> None:
    assert position(b"\xff" * 32, DIGESTS) is None


def test_no_digest_stands_in_an_empty_set() -> None:
    assert position(DIGESTS[0], []) is None


@given(st.lists(positions, max_size=40))
def test_each_code_is_good_once_in_any_order(tried: list[int]) -> None:
    used, accepted = 0, []
    for index in tried:
        if not is_used(used, index):
            used = spend(used, index)
            accepted.append(index)
    assert accepted == list(dict.fromkeys(tried))
    assert remaining(used) == COUNT - len(accepted)


@given(st.sets(positions), positions)
def test_spending_a_code_leaves_the_others_as_they_were(spent: set[int], index: int) -> None:
    used = 0
    for other in spent:
        used = backup_codes.spend(used, other)
    after = {other for other in range(COUNT) if is_used(spend(used, index), other)}
    assert after == spent | {index}
