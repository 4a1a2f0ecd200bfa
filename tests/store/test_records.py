"""Records: rows become dataclasses, and dataclasses the values of rows."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from mudguard.store.records import Record, first_column

metadata = MetaData()
boats = Table(
    "boats", metadata, Column("id", Integer), Column("name", String), Column("mast", String), Column("height", Integer)
)
owners = Table("owners", metadata, Column("owner", String))


@dataclass(frozen=True)
class Mast:
    wood: str
    height: int


@dataclass(frozen=True)
class Boat:
    id: int
    mast: Mast | None
    name: str
    owner: str | None = None


BOAT = Record(Boat, boats.c.id, Record(Mast, boats.c.mast, boats.c.height), boats.c.name, owners.c.owner)
SHIP = Boat(1, Mast("oak", 12), "Ada", "Grace")


def test_the_columns_are_those_of_all_parts_in_their_places() -> None:
    assert BOAT.columns == [boats.c.id, boats.c.mast, boats.c.height, boats.c.name, owners.c.owner]


def test_a_row_is_read_as_a_dataclass_with_dataclasses_in_it() -> None:
    assert BOAT.read((1, "oak", 12, "Ada", "Grace")) == SHIP


def test_a_dataclass_within_is_none_where_its_first_column_is() -> None:
    assert BOAT.read((1, None, None, "Ada", None)) == Boat(1, None, "Ada")


def test_a_dataclass_gives_the_values_that_a_table_has_of_it() -> None:
    assert BOAT.values(SHIP, boats) == {"id": 1, "mast": "oak", "height": 12, "name": "Ada"}
    assert BOAT.values(SHIP, owners) == {"owner": "Grace"}


def test_what_is_not_there_has_the_value_none_in_each_column() -> None:
    assert BOAT.values(Boat(1, None, "Ada"), boats) == {"id": 1, "mast": None, "height": None, "name": "Ada"}


def test_what_is_no_column_of_a_table_is_read_and_not_written() -> None:
    labelled = Record(Mast, boats.c.mast, boats.c.height.label("tall"))
    assert labelled.read(("oak", 12)) == Mast("oak", 12)
    assert labelled.values(Mast("oak", 12), boats) == {"mast": "oak"}


def test_a_record_with_fewer_parts_than_fields_writes_nothing() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Record(Mast, boats.c.mast).values(Mast("oak", 12), boats)


def test_the_first_column_of_a_row_is_its_only_value() -> None:
    assert first_column(("oak",)) == "oak"
