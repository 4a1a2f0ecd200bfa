"""Column types: how our values are written to a column and read from it."""

import struct
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from mudguard.security.hashing import Argon2Parameters

E = TypeVar("E", bound=StrEnum)


class CorruptRowError(Exception):
    """A row has a value that no server wrote. The caller must grant nothing."""


class Choice(TypeDecorator[E], Generic[E]):
    """A member of an enumeration, by its value."""

    impl = String
    cache_ok = True

    def __init__(self, choices: type[E], length: int) -> None:
        super().__init__(length)
        self.choices = choices

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The value of a member."""
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> E | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The member. Raises `CorruptRowError`."""
        try:
            return None if value is None else self.choices(value)
        except ValueError as error:
            raise CorruptRowError(f"no {self.choices.__name__} of ours") from error


class Words(TypeDecorator[tuple[str, ...]]):
    """Words, separated by spaces."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The words as one text."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002  # as above
        """The words."""
        return None if value is None else tuple(value.split())


class Moments(TypeDecorator[tuple[int, ...]]):
    """Moments in milliseconds since 1970, eight bytes each."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The moments as bytes."""
        return None if value is None else struct.pack(f">{len(value)}q", *value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[int, ...] | None:  # noqa: ARG002  # as above
        """The moments. Raises `CorruptRowError`."""
        try:
            return None if value is None else struct.unpack(f">{len(value) // 8}q", value)
        except struct.error as error:
            raise CorruptRowError("moments that are not whole") from error


class HashCost(TypeDecorator[Argon2Parameters]):
    """What a hash costs, as text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The cost as text."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Argon2Parameters | None:  # noqa: ARG002  # as above
        """The cost. Raises `CorruptRowError`."""
        try:
            return None if value is None else Argon2Parameters.parse(value)
        except ValueError as error:
            raise CorruptRowError("a cost of backup codes that cannot be read") from error
