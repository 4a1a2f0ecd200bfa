"""What the files of queries share: upserts, and moments packed into bytes."""

import struct
from collections.abc import Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite


class CorruptRowError(Exception):
    """A row holds what no server wrote. Nothing may be granted on it."""


def upsert(_connection: Connection, table: Table) -> sqlite.Insert:
    """An insert into `table` that can say what to do on conflict."""
    return sqlite.insert(table)


def packed(moments_ms: Sequence[int]) -> bytes:
    """Moments as eight bytes each."""
    return struct.pack(f">{len(moments_ms)}q", *moments_ms)


def unpacked(data: bytes) -> tuple[int, ...]:
    """The moments that `packed` wrote. Raises `CorruptRowError` for anything else."""
    try:
        return struct.unpack(f">{len(data) // 8}q", data)
    except struct.error as error:
        raise CorruptRowError("moments that are not whole") from error
