"""Records: turn the columns of a row into a dataclass, and a dataclass into the values of a row."""

from collections.abc import Callable
from dataclasses import fields
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Table

T = TypeVar("T")
Row = tuple[Any, ...]


class Record(Generic[T]):
    """A dataclass stored in the columns of a row.

    `parts` are in the order of the dataclass's fields: a column each, or a record for a field that is a dataclass. Such
    a field is None if the first column of its record is None.
    """

    def __init__(self, shape: type[T], *parts: "ColumnElement[Any] | Record[Any]") -> None:
        self.columns: list[ColumnElement[Any]] = []
        """All columns. Those of nested records are in their places."""
        self._shape = shape
        self._parts = parts
        self._readers: list[Callable[[Row], Any]] = []
        for part in parts:
            place = len(self.columns)
            if isinstance(part, Record):
                self.columns += part.columns
                self._readers.append(_nested(part, place))
            else:
                self.columns.append(part)
                self._readers.append(itemgetter(place))

    def read(self, row: Row) -> T:
        """Read the dataclass from a row whose columns are `columns`."""
        return self._shape(*[reader(row) for reader in self._readers])

    def values(self, thing: T | None, table: Table) -> dict[str, Any]:
        """The values of `thing` for its columns in `table`, by name. All are None if `thing` is None."""
        found: dict[str, Any] = {}
        for field, part in zip(fields(self._shape), self._parts, strict=True):  # type: ignore[arg-type]  # a dataclass
            value = None if thing is None else getattr(thing, field.name)
            if isinstance(part, Record):
                found |= part.values(value, table)
            elif isinstance(part, Column) and part.table is table:
                found[part.name] = value
        return found


def first_column(row: Row) -> Any:
    """The only value of a row."""
    return row[0]


def pair(row: Row) -> tuple[str, str]:
    """The two texts of a row, such as a key of two columns."""
    return row[0], row[1]


def _nested(record: Record[Any], start: int) -> Callable[[Row], Any]:
    end = start + len(record.columns)
    return lambda row: None if row[start] is None else record.read(row[start:end])
