"""The audit trail: append-only, written in the transaction of the change, chained so that tampering shows.

Each database connection writes its own stream, so that writers never wait for each other. Keyed hashes link the events
of a stream in the order of their commits. A head with a keyed hash says where the stream ends, and another keyed hash
protects the number of streams.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from functools import cache

from sqlalchemy import bindparam, func, insert, select, tuple_, update

from mudguard.rules.events import Event, EventType, Outcome, first_link, head_mac, link, stream_count_mac
from mudguard.security.ids import fresh_id
from mudguard.store.connection import Connection
from mudguard.store.faults import StaleWriteError
from mudguard.store.records import Record, first_column
from mudguard.store.statements import Query, Statement
from mudguard.store.tables import audit_streams, instance, security_events

_STREAM = "audit stream"
_EVENT = Record(Event, *(security_events.c[field.name] for field in fields(Event)))
_APPEND = Statement(insert(security_events))
_ADVANCE = Statement(
    update(audit_streams)
    .where(audit_streams.c.id == bindparam("stream"), audit_streams.c.length == bindparam("old_length"))
    .values(length=bindparam("new_length"), last_link=bindparam("new_link"), seal=bindparam("new_seal"))
)
_LOCK_ROLL = Query(select(instance.c.audit_streams).with_for_update(), first_column)
_SET_ROLL = Statement(update(instance).values(audit_streams=bindparam("streams"), audit_seal=bindparam("new_seal")))
_ADD_STREAM = Statement(insert(audit_streams))


@dataclass(frozen=True, slots=True)
class _Head:
    stream: str
    length: int
    last_link: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to find. None does not filter.

    Moments are in milliseconds. `before` is moment and id of an event; it is excluded.
    """

    person_id: str | None = None
    project_id: str | None = None
    type: EventType | None = None
    outcome: Outcome | None = None
    since: int | None = None
    before: tuple[int, str] | None = None


class AuditTrail:
    """Writes the trail. `load_key` reads its key once, at the first event."""

    def __init__(self, load_key: Callable[[Connection], Awaitable[bytes]]) -> None:
        self._load_key = load_key
        self._loaded: bytes | None = None

    async def key(self, connection: Connection) -> bytes:
        """The key of the chain."""
        if self._loaded is None:
            self._loaded = await self._load_key(connection)
        return self._loaded

    async def append(self, connection: Connection, event: Event) -> None:
        """Add `event`. It becomes durable when the transaction commits.

        Raises `StaleWriteError` if another writer moved the stream. The next attempt begins a new stream.
        """
        key = await self.key(connection)
        previous: _Head = connection.state.get(_STREAM) or await _new_stream(connection, key, event.at)
        length = previous.length + 1
        last_link = link(key, previous.last_link, length, event)
        moved, _ = await connection.run_together(
            (
                _ADVANCE,
                {
                    "stream": previous.stream,
                    "old_length": previous.length,
                    "new_length": length,
                    "new_link": last_link,
                    "new_seal": head_mac(key, previous.stream, length, last_link),
                },
            ),
            (
                _APPEND,
                {
                    **_EVENT.values(event, security_events),
                    "stream": previous.stream,
                    "position": length,
                    "link": last_link,
                },
            ),
        )
        if moved != 1:
            connection.state.pop(_STREAM, None)
            raise StaleWriteError
        connection.state[_STREAM] = _Head(previous.stream, length, last_link)


async def events(connection: Connection, wanted: Filter, *, most: int) -> list[Event]:
    """At most `most` matching events, the newest first."""
    given = {
        "person_id": wanted.person_id,
        "project_id": wanted.project_id,
        "type": wanted.type,
        "outcome": wanted.outcome,
        "since": wanted.since,
    }
    values: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    query = _events_query(frozenset(values), is_after_another=wanted.before is not None)
    if wanted.before is not None:
        values["before_at"], values["before_id"] = wanted.before
    return await connection.all(query, {**values, "most": most})


@cache  # at most one for each set of conditions
def _events_query(conditions: frozenset[str], *, is_after_another: bool) -> Query[Event]:
    query = select(*_EVENT.columns)
    for name in sorted(conditions):
        if name == "since":
            query = query.where(security_events.c.at >= bindparam("since"))
        else:
            column = security_events.c[name]
            query = query.where(column == bindparam(name, type_=column.type))
    if is_after_another:
        order = tuple_(security_events.c.at, security_events.c.id)
        query = query.where(order < tuple_(bindparam("before_at"), bindparam("before_id")))
    query = query.order_by(security_events.c.at.desc(), security_events.c.id.desc()).limit(bindparam("most"))
    return Query(query, _EVENT.read)


async def count(connection: Connection) -> tuple[int, int]:
    """The number of events that the trail should have, and of streams."""
    return await connection.first(_COUNT) or (0, 0)


_COUNT: Query[tuple[int, int]] = Query(
    select(func.coalesce(func.sum(audit_streams.c.length), 0), func.count()).select_from(audit_streams),
    lambda row: (int(row[0]), row[1]),
)


async def _new_stream(connection: Connection, key: bytes, now_ms: int) -> _Head:
    stream = fresh_id(now_ms)
    streams: int = (await connection.first(_LOCK_ROLL) or 0) + 1
    start = first_link(key, stream)
    head = {"id": stream, "started_at": now_ms, "length": 0, "last_link": start}
    await connection.run_together(
        (_SET_ROLL, {"streams": streams, "new_seal": stream_count_mac(key, streams)}),
        (_ADD_STREAM, {**head, "seal": head_mac(key, stream, 0, start)}),
    )
    return _Head(stream, 0, start)
