"""Column types: what is read is what was written, and what no server wrote is corrupt."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.types import TypeDecorator

from mudguard.security.hashing import Argon2Parameters
from mudguard.store.column_types import Choice, CorruptRowError, HashCost, Moments, Words
from mudguard.store.sqlite.file import DIALECT


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


TYPES: list[TypeDecorator[Any]] = [Choice(Colour, 8), Words(64), Moments(), HashCost(32)]


def written(kind: TypeDecorator[Any], value: object) -> Any:
    return kind.process_bind_param(value, DIALECT)


def found(kind: TypeDecorator[Any], value: object) -> Any:
    return kind.process_result_value(value, DIALECT)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_moments_are_read_as_they_were_written(moments: list[int]) -> None:
    assert found(Moments(), written(Moments(), moments)) == tuple(moments)


def test_a_moment_takes_eight_bytes_the_highest_first() -> None:
    expected = bytes.fromhex("0000000000000001 0000018bcfe56800")
    assert written(Moments(), (1, 1_700_000_000_000)) == expected


@pytest.mark.parametrize("length", [1, 7, 9, 15])
def test_bytes_that_are_no_whole_moments_are_corrupt(length: int) -> None:
    with pytest.raises(CorruptRowError):
        found(Moments(), b"\0" * length)


@pytest.mark.parametrize("words", [(), ("pwd",), ("pwd", "otp", "mfa")])
def test_words_are_read_as_they_were_written(words: tuple[str, ...]) -> None:
    assert found(Words(64), written(Words(64), words)) == words


@pytest.mark.parametrize("colour", Colour)
def test_a_choice_is_written_by_its_value_and_read_as_the_member(colour: Colour) -> None:
    assert written(Choice(Colour, 8), colour) == colour.value
    assert type(written(Choice(Colour, 8), colour)) is str
    assert found(Choice(Colour, 8), colour.value) is colour


def test_a_choice_that_there_is_not_is_corrupt_where_it_is_read() -> None:
    with pytest.raises(CorruptRowError, match="Colour"):
        found(Choice(Colour, 8), "green")


def test_a_choice_that_there_is_not_is_a_mistake_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="green"):
        written(Choice(Colour, 8), "green")


def test_a_cost_is_read_as_it_was_written() -> None:
    cost = Argon2Parameters(19_456, 2)
    assert found(HashCost(32), written(HashCost(32), cost)) == cost


@pytest.mark.parametrize("text", ["", "cheap", "m=1", "-1"])
def test_a_cost_that_cannot_be_read_is_corrupt(text: str) -> None:
    with pytest.raises(CorruptRowError):
        found(HashCost(32), text)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: type(kind).__name__)
def test_nothing_is_written_and_read_as_nothing(kind: TypeDecorator[Any]) -> None:
    assert written(kind, None) is None
    assert found(kind, None) is None
