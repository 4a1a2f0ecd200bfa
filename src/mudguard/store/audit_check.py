"""Checks the audit trail for events that somebody with write access altered, removed or moved."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields

from sqlalchemy import select

from mudguard.rules.events import Event, first_link, head_mac, link, stream_count_mac
from mudguard.store.connection import Connection
from mudguard.store.records import Record
from mudguard.store.statements import Query
from mudguard.store.tables import audit_streams, instance, security_events


@dataclass(frozen=True, slots=True)
class _Stream:
    """The end of a stream, according to its head."""

    id: str
    length: int
    last_link: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event in its place."""

    event: Event
    stream: str
    position: int
    link: bytes


@dataclass(frozen=True, slots=True)
class _Roll:
    """The number of streams that there should be."""

    streams: int
    seal: bytes


_STREAM = Record(_Stream, audit_streams.c.id, audit_streams.c.length, audit_streams.c.last_link, audit_streams.c.seal)
_ENTRY = Record(
    _Entry,
    Record(Event, *(security_events.c[field.name] for field in fields(Event))),
    security_events.c.stream,
    security_events.c.position,
    security_events.c.link,
)
_ROLL = Record(_Roll, instance.c.audit_streams, instance.c.audit_seal)
_READ_STREAMS = Query(select(*_STREAM.columns), _STREAM.read)
_READ_ENTRIES = Query(
    select(*_ENTRY.columns).order_by(security_events.c.stream, security_events.c.position), _ENTRY.read
)
_READ_ROLL = Query(select(*_ROLL.columns), _ROLL.read)


async def problems(connection: Connection, key: bytes) -> AsyncIterator[str]:
    """Sentences that say what is wrong with the trail; none if it is whole. `connection` has a snapshot."""
    streams = {stream.id: stream async for stream in connection.stream(_READ_STREAMS)}
    roll = await connection.first(_READ_ROLL)
    for problem in _roll_problems(key, roll, len(streams)):
        yield problem
    ends = dict.fromkeys(streams, 0)
    current, previous, position = "", b"", 0
    async for entry in connection.stream(_READ_ENTRIES):
        if entry.stream != current:
            current, previous, position = entry.stream, first_link(key, entry.stream), 0
            if current not in streams:
                yield f"stream {current}: its head was removed"
        position += 1
        if entry.position != position:
            yield (
                f"stream {current}: event {position} was removed or moved (event {entry.position} stands in its place)"
            )
        elif entry.link != link(key, previous, position, entry.event):
            yield f"stream {current}: event {position} (id {entry.event.id}) was altered"
        previous, position = entry.link, entry.position
        ends[current] = position
    for stream in streams.values():
        for problem in _head_problems(key, stream, ends[stream.id]):
            yield problem


def _roll_problems(key: bytes, roll: _Roll | None, found: int) -> Iterator[str]:
    if roll is None or roll.seal != stream_count_mac(key, roll.streams):
        yield "the number of streams was altered"
    if roll is not None and roll.streams != found:
        yield f"{roll.streams} streams were begun, and {found} are there"


def _head_problems(key: bytes, head: _Stream, end: int) -> Iterator[str]:
    if head.seal != head_mac(key, head.id, head.length, head.last_link):
        yield f"stream {head.id}: its head was altered"
    if end < head.length:
        yield f"stream {head.id}: its last {head.length - end} of {head.length} events were removed"
    elif end > head.length:
        yield f"stream {head.id}: its head is older than its last {end - head.length} events"
