"""The audit trail: append-only, written in the transaction of what it records, chained so that tampering shows.

Each database connection writes a stream of its own, so that writers never wait for one another: the events of a
stream are linked by keyed hashes in the order of their commits, a sealed head says where it ends, and a sealed roll
how many streams there are.
"""

import secrets
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, tuple_, update

from mudguard.rules.events import Event, EventType, Outcome, first_link, head_seal, link, roll_seal
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.store.prepared import Prepared
from mudguard.store.tables import audit_streams, instance, security_events

_STREAM = "mudguard.audit_stream"
_EVENT_FIELDS = tuple(field.name for field in fields(Event))
_EVENT_COLUMNS = tuple(security_events.c[name] for name in _EVENT_FIELDS)
_APPEND = Prepared(insert(security_events))
_ADVANCE = Prepared(
    update(audit_streams)
    .where(audit_streams.c.id == bindparam("stream"), audit_streams.c.length == bindparam("old_length"))
    .values(length=bindparam("new_length"), last_link=bindparam("last_link"), seal=bindparam("seal"))
)

_ROLL_LOCKED = select(instance.c.audit_streams).with_for_update()


@dataclass(frozen=True, slots=True)
class _Head:
    stream: str
    length: int
    last_link: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted; None where it does not matter.

    Moments are in milliseconds; `before` is moment and id of an event, which is not wanted itself.
    """

    person_id: str | None = None
    project_id: str | None = None
    type: EventType | None = None
    outcome: Outcome | None = None
    since: int | None = None
    before: tuple[int, str] | None = None


class AuditTrail:
    """Writes the trail. `load_key` reads its key, once, when the first event is written."""

    def __init__(self, load_key: Callable[[Connection], bytes]) -> None:
        self._load_key = load_key
        self._loaded: bytes | None = None

    def key(self, connection: Connection) -> bytes:
        """The key of the chain."""
        if self._loaded is None:
            self._loaded = self._load_key(connection)
        return self._loaded

    def append(self, connection: Connection, event: Event) -> None:
        """Add `event`. It stands when the transaction commits."""
        key = self.key(connection)
        previous = connection.info.get(_STREAM) or _new_stream(connection, key, event.at)
        head = _advanced(connection, key, previous, event)
        while head is None:
            previous = _stored_head(connection, previous.stream) or _new_stream(connection, key, event.at)
            head = _advanced(connection, key, previous, event)
        place = {"stream": head.stream, "position": head.length, "link": head.last_link}
        _APPEND.run(connection, {**{name: getattr(event, name) for name in _EVENT_FIELDS}, **place})
        connection.info[_STREAM] = head


def events(connection: Connection, wanted: Filter, *, most: int) -> list[Event]:
    """The newest `most` events that are wanted, the newest first."""
    query = select(*_EVENT_COLUMNS)
    conditions = {
        security_events.c.person_id: wanted.person_id,
        security_events.c.project_id: wanted.project_id,
        security_events.c.type: wanted.type,
        security_events.c.outcome: wanted.outcome,
    }
    for column, value in conditions.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(security_events.c.at >= wanted.since)
    order = tuple_(security_events.c.at, security_events.c.id)
    if wanted.before is not None:
        query = query.where(order < tuple_(*wanted.before))
    rows = connection.execute(query.order_by(security_events.c.at.desc(), security_events.c.id.desc()).limit(most))
    return [_event_from(tuple(row)) for row in rows]


def problems(connection: Connection, key: bytes) -> Iterator[str]:
    """What is wrong with the trail, a sentence each; nothing if it is whole."""
    heads = {row.id: row for row in connection.execute(select(audit_streams))}
    yield from _roll_problems(connection, key, len(heads))
    ends = dict.fromkeys(heads, 0)
    for stream, rows in groupby(_rows_in_order(connection), attrgetter("stream")):
        if stream not in heads:
            yield f"stream {stream}: its head was removed"
        ends[stream] = yield from _event_problems(key, stream, rows)
    for stream, head in heads.items():
        yield from _head_problems(key, head, ends[stream])


def count(connection: Connection) -> tuple[int, int]:
    """How many events the trail should have, in how many streams."""
    lengths = connection.scalars(select(audit_streams.c.length)).all()
    return sum(lengths), len(lengths)


def _roll_problems(connection: Connection, key: bytes, found: int) -> Iterator[str]:
    streams, seal = connection.execute(select(instance.c.audit_streams, instance.c.audit_seal)).one()
    if seal != roll_seal(key, streams):
        yield "the number of streams was altered"
    if streams != found:
        yield f"{streams} streams were begun, and {found} are there"


def _event_problems(key: bytes, stream: str, rows: Iterable[Any]) -> Generator[str, None, int]:
    """What is wrong with the events of a stream; returns where they end."""
    previous, position = first_link(key, stream), 0
    for row in rows:
        position += 1
        event = _event_from(tuple(row[: len(_EVENT_COLUMNS)]))
        if row.position != position:
            yield f"stream {stream}: event {position} was removed or moved (event {row.position} stands in its place)"
        elif row.link != link(key, previous, position, event):
            yield f"stream {stream}: event {position} (id {event.id}) was altered"
        previous, position = row.link, row.position
    return position


def _head_problems(key: bytes, head: Any, end: int) -> Iterator[str]:
    if head.seal != head_seal(key, head.id, head.length, head.last_link):
        yield f"stream {head.id}: its head was altered"
    if end < head.length:
        yield f"stream {head.id}: its last {head.length - end} of {head.length} events were removed"
    elif end > head.length:
        yield f"stream {head.id}: its head is older than its last {end - head.length} events"


def _rows_in_order(connection: Connection) -> Any:
    query: Select[Any] = select(
        *_EVENT_COLUMNS, security_events.c.stream, security_events.c.position, security_events.c.link
    ).order_by(security_events.c.stream, security_events.c.position)
    return connection.execution_options(yield_per=1_000).execute(query)


def _stored_head(connection: Connection, stream: str) -> _Head | None:
    row = connection.execute(
        select(audit_streams.c.id, audit_streams.c.length, audit_streams.c.last_link).where(
            audit_streams.c.id == stream
        )
    ).one_or_none()
    return None if row is None else _Head(*row)


def _event_from(row: tuple[Any, ...]) -> Event:
    values = dict(zip(_EVENT_FIELDS, row, strict=True))
    return Event(**{**values, "type": EventType(values["type"]), "outcome": Outcome(values["outcome"])})


def _advanced(connection: Connection, key: bytes, head: _Head, event: Event) -> _Head | None:
    """The head after `event`; None if the one remembered was rolled back."""
    length = head.length + 1
    last_link = link(key, head.last_link, length, event)
    moved = _ADVANCE.run(
        connection,
        {
            "stream": head.stream,
            "old_length": head.length,
            "new_length": length,
            "last_link": last_link,
            "seal": head_seal(key, head.stream, length, last_link),
        },
    )
    return _Head(head.stream, length, last_link) if moved == 1 else None


def _new_stream(connection: Connection, key: bytes, now_ms: int) -> _Head:
    stream = new_id(now_ms, secrets.token_bytes(RANDOM_ID_BYTES))
    streams = connection.scalars(_ROLL_LOCKED).one() + 1
    connection.execute(update(instance).values(audit_streams=streams, audit_seal=roll_seal(key, streams)))
    start = first_link(key, stream)
    seal = head_seal(key, stream, 0, start)
    connection.execute(insert(audit_streams).values(id=stream, started_at=now_ms, length=0, last_link=start, seal=seal))
    return _Head(stream, 0, start)
