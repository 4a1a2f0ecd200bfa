"""What the files of queries share: upserts, and moments packed into bytes."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def upserts(table: Table, complete: Callable[[Any], Insert]) -> dict[str, Insert]:
    """By dialect, an insert into `table` that `complete` has told what to do on conflict.

    Made once; executed with the values as parameters, its `rowcount` says what it did.
    """
    inserts: dict[str, Insert] = {"sqlite": sqlite.insert(table), "postgresql": postgresql.insert(table)}
    return {name: complete(insert).execution_options(preserve_rowcount=True) for name, insert in inserts.items()}


def column_values(table: Table, thing: object) -> dict[str, Any]:
    """The attributes of `thing` that are columns of `table`."""
    return {column.name: getattr(thing, column.name) for column in table.c}


class CorruptRowError(Exception):
    """A row holds what no server wrote. Nothing may be granted on it."""


def packed(moments_ms: Sequence[int]) -> bytes:
    """Moments as eight bytes each."""
    return struct.pack(f">{len(moments_ms)}q", *moments_ms)


def unpacked(data: bytes) -> tuple[int, ...]:
    """The moments that `packed` wrote. Raises `CorruptRowError` for anything else."""
    try:
        return struct.unpack(f">{len(data) // 8}q", data)
    except struct.error as error:
        raise CorruptRowError("moments that are not whole") from error
