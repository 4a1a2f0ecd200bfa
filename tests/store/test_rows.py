"""Moments packed into bytes, and bytes that are no moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.store.rows import CorruptRowError, packed, unpacked


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_moments_are_read_as_they_were_written(moments: list[int]) -> None:
    assert unpacked(packed(moments)) == tuple(moments)


def test_a_moment_takes_eight_bytes_the_highest_first() -> None:
    assert packed([1, 1_700_000_000_000]) == bytes.fromhex("0000000000000001 0000018bcfe56800")


@pytest.mark.parametrize("length", [1, 7, 9, 15])
def test_bytes_that_are_no_whole_moments_are_corrupt(length: int) -> None:
    with pytest.raises(CorruptRowError):
        unpacked(b"\0" * length)
