"""Tampering with the audit trail shows, whatever somebody without the key ring does to the tables."""

from typing import Any

import pytest
from sqlalchemy import and_

from mudguard.security.field_cipher import FieldCipher
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database
from mudguard.store.tables import audit_streams, instance, security_events
from tests.store import records
from tests.store.calls import write
from tests.support.inspection import Inspection
from tests.support.trail import Row, Tampering, problems, rows

LENGTH = 4


@pytest.fixture
def events(database: Database, other_server: Database, trail: AuditTrail, inspection: Inspection) -> list[Row]:
    """Two streams of four events; the rows of the first."""
    for server in (database, other_server) * LENGTH:
        write(server, trail.append, records.event())
    return rows(inspection)[:LENGTH]


@pytest.fixture
def heads(inspection: Inspection, events: list[Row]) -> list[Row]:
    """The heads of both streams, that of `events` first."""
    found = rows(inspection, audit_streams)
    return sorted(found, key=lambda head: head["id"] != events[0]["stream"])


@pytest.fixture
def older_heads(database: Database, trail: AuditTrail, heads: list[Row]) -> list[Row]:
    """The heads as they were before two more events."""
    for _ in range(2):
        write(database, trail.append, records.event())
    return heads


@pytest.fixture
def tampering(inspection: Inspection, events: list[Row]) -> Tampering:
    """The way past the triggers."""
    return Tampering(inspection)


def this(event: Row) -> Any:
    return and_(security_events.c.stream == event["stream"], security_events.c.position == event["position"])


def test_without_tampering_nothing_is_found(tampering: Tampering, inspection: Inspection, seal: FieldCipher) -> None:
    assert problems(inspection, seal) == []


@pytest.mark.parametrize(
    "change",
    [
        ("id", "0" * 24),
        ("person_id", "b" * 24),
        ("project_id", None),
        ("at", records.NOW + 1),
        ("type", "two_factor.reset"),
        ("outcome", "refused"),
        ("reason", "INVALID_TWO_FACTOR_CODE"),
        ("factor", "totp"),
        ("actor", "command line"),
        ("address", "198.51.100.1"),
        ("request_id", "another"),
        ("link", b"\0" * 32),
    ],
    ids=lambda change: change[0],
)
def test_an_altered_event_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row], change: tuple[str, object]
) -> None:
    column, value = change
    tampering.set(security_events, this(events[1]), **{column: value})
    stream, event_id = events[1]["stream"], value if column == "id" else events[1]["id"]
    assert problems(inspection, seal)[0] == f"stream {stream}: event 2 (id {event_id}) was altered"


@pytest.mark.parametrize("position", [1, 2, 3])
def test_an_event_that_is_removed_is_missed(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row], position: int
) -> None:
    tampering.remove(security_events, this(events[position - 1]))
    told = f"event {position} was removed or moved (event {position + 1} stands in its place)"
    assert problems(inspection, seal) == [f"stream {events[0]['stream']}: {told}"]


@pytest.mark.parametrize("left", [3, 1, 0])
def test_an_end_that_is_cut_off_is_missed(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row], left: int
) -> None:
    for event in events[left:]:
        tampering.remove(security_events, this(event))
    assert problems(inspection, seal) == [
        f"stream {events[0]['stream']}: its last {LENGTH - left} of {LENGTH} events were removed"
    ]


def test_two_events_that_changed_places_are_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row]
) -> None:
    for event, position in ((events[1], 99), (events[2], 2), ({**events[1], "position": 99}, 3)):
        tampering.set(security_events, this(event), position=position)
    stream = events[0]["stream"]
    assert [problem.partition(" (")[0] for problem in problems(inspection, seal)][:2] == [
        f"stream {stream}: event 2", f"stream {stream}: event 3"
    ]  # fmt: skip


def test_events_renumbered_over_a_gap_are_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row]
) -> None:
    tampering.remove(security_events, this(events[1]))
    for event in events[2:]:
        tampering.set(security_events, this(event), position=event["position"] - 1)
    assert any("event 2 (id" in problem for problem in problems(inspection, seal))
    assert any("its last 1 of 4 events were removed" in problem for problem in problems(inspection, seal))


def test_an_event_that_moved_to_another_stream_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row], heads: list[Row]
) -> None:
    tampering.set(security_events, this(events[-1]), stream=heads[1]["id"], position=LENGTH + 1)
    told = problems(inspection, seal)
    assert f"stream {heads[0]['id']}: its last 1 of 4 events were removed" in told
    assert f"stream {heads[1]['id']}: its head is older than its last 1 events" in told


@pytest.mark.parametrize("position", [1, 2, LENGTH, LENGTH + 1])
def test_an_event_that_is_slipped_in_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row], position: int
) -> None:
    tampering.insert(security_events, {**events[0], "id": "0" * 24, "position": position})
    assert problems(inspection, seal) != []


def test_an_event_in_a_stream_that_nobody_began_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, events: list[Row]
) -> None:
    tampering.insert(security_events, {**events[0], "id": "0" * 24, "stream": "0" * 24})
    assert f"stream {'0' * 24}: its head was removed" in problems(inspection, seal)


@pytest.mark.parametrize("change", [{"length": LENGTH - 1}, {"last_link": b"\0" * 32}, {"seal": b""}], ids=list)
def test_an_altered_head_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, heads: list[Row], change: dict[str, object]
) -> None:
    tampering.set(audit_streams, audit_streams.c.id == heads[0]["id"], **change)
    assert f"stream {heads[0]['id']}: its head was altered" in problems(inspection, seal)


def test_an_older_head_put_back_over_its_events_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, older_heads: list[Row]
) -> None:
    for head in older_heads:
        tampering.set(audit_streams, audit_streams.c.id == head["id"], **head)
    (told,) = problems(inspection, seal)
    assert told.endswith(": its head is older than its last 2 events")


def test_a_head_that_is_removed_is_missed(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, heads: list[Row]
) -> None:
    tampering.remove(audit_streams, audit_streams.c.id == heads[0]["id"])
    assert problems(inspection, seal) == [
        "2 streams were begun, and 1 are there",
        f"stream {heads[0]['id']}: its head was removed",
    ]


def test_a_whole_stream_that_is_removed_with_its_head_is_missed(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, heads: list[Row]
) -> None:
    tampering.remove(security_events, security_events.c.stream == heads[0]["id"])
    tampering.remove(audit_streams, audit_streams.c.id == heads[0]["id"])
    assert problems(inspection, seal) == ["2 streams were begun, and 1 are there"]


def test_a_trail_that_is_removed_whole_is_missed(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, heads: list[Row]
) -> None:
    for head in heads:
        tampering.remove(security_events, security_events.c.stream == head["id"])
        tampering.remove(audit_streams, audit_streams.c.id == head["id"])
    assert problems(inspection, seal) == ["2 streams were begun, and 0 are there"]


def test_a_number_of_streams_that_was_made_to_fit_is_found(
    tampering: Tampering, inspection: Inspection, seal: FieldCipher, heads: list[Row]
) -> None:
    tampering.remove(security_events, security_events.c.stream == heads[0]["id"])
    tampering.remove(audit_streams, audit_streams.c.id == heads[0]["id"])
    tampering.set(instance, instance.c.id == 1, audit_streams=1)
    assert problems(inspection, seal) == ["the number of streams was altered"]
