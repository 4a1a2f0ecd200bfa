"""The audit trail: written with what it records or not at all, read page by page, whole whoever writes."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, NoReturn

import pytest
from sqlalchemy import delete, update

from mudguard.rules.events import Event, EventType, Outcome
from mudguard.security.field_cipher import FieldCipher
from mudguard.store import audit, audit_check, instance
from mudguard.store.audit import AuditTrail, Filter
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import StaleWriteError, StatementError
from mudguard.store.tables import audit_streams, security_events
from tests.store import records
from tests.store.calls import count, execute, how_many, read, transact, write
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.races import at_once
from tests.support.trail import problems, rows


def found(database: Database, *, most: int = 100, **wanted: Any) -> list[Event]:
    return read(database, audit.events, Filter(**wanted), most=most)


def totals(database: Database) -> tuple[int, int]:
    """How many events there are, and how many streams."""
    return count(database, security_events), count(database, audit_streams)


async def fail(connection: Connection, trail: AuditTrail) -> NoReturn:
    await trail.append(connection, records.event())
    raise KeyError("no")


def test_an_event_is_found_as_it_was_written(database: Database, trail: AuditTrail) -> None:
    event = records.event(outcome=Outcome.REFUSED, reason="INVALID_TWO_FACTOR_CODE", factor="totp")
    write(database, trail.append, event)
    assert found(database) == [event]


def test_an_empty_trail_is_whole(database: Database, inspection: Inspection, seal: FieldCipher) -> None:
    assert problems(inspection, seal) == []
    assert totals(database) == (0, 0)


def test_a_trail_of_many_events_is_whole(
    database: Database, inspection: Inspection, trail: AuditTrail, seal: FieldCipher
) -> None:
    for _ in range(10):
        write(database, trail.append, records.event())
    assert problems(inspection, seal) == []
    assert totals(database) == (10, 1)


def test_several_events_of_one_transaction_are_linked_in_their_order(
    database: Database, inspection: Inspection, trail: AuditTrail, seal: FieldCipher
) -> None:
    async def append_three(connection: Connection) -> None:
        for _ in range(3):
            await trail.append(connection, records.event())

    transact(database, append_three)
    assert [row["position"] for row in rows(inspection)] == [1, 2, 3]
    assert problems(inspection, seal) == []


def test_the_newest_events_come_first(database: Database, trail: AuditTrail) -> None:
    events = [records.event(at=records.NOW + number) for number in (2, 1, 3)]
    for event in events:
        write(database, trail.append, event)
    assert found(database) == [events[2], events[0], events[1]]


@pytest.mark.parametrize(
    "wanted",
    [
        {"person_id": "b" * 24},
        {"project_id": "c" * 24},
        {"type": EventType.TWO_FACTOR_DISABLE},
        {"outcome": Outcome.REFUSED},
        {"since": records.NOW + 1},
        {"person_id": "b" * 24, "outcome": Outcome.REFUSED},
    ],
    ids=" and ".join,
)
def test_only_wanted_events_are_found(database: Database, trail: AuditTrail, wanted: dict[str, Any]) -> None:
    other = records.event()
    match = records.event(
        person_id="b" * 24, project_id="c" * 24, type=EventType.TWO_FACTOR_DISABLE, outcome=Outcome.REFUSED,
        at=records.NOW + 1,
    )  # fmt: skip
    for event in (other, match):
        write(database, trail.append, event)
    assert found(database, **wanted) == [match]


def test_pages_follow_one_another_without_gap_or_overlap_also_within_a_millisecond(
    database: Database, trail: AuditTrail
) -> None:
    events = [records.event(at=records.NOW + number // 4) for number in range(10)]
    for event in events:
        write(database, trail.append, event)
    pages: list[Event] = []
    while page := found(database, most=3, before=(pages[-1].at, pages[-1].id) if pages else None):
        pages += page
    assert pages == events[::-1]


def test_an_event_of_a_transaction_that_is_rolled_back_was_never_there(
    database: Database, inspection: Inspection, trail: AuditTrail, seal: FieldCipher
) -> None:
    with pytest.raises(KeyError):
        write(database, fail, trail)
    assert count(database, security_events) == count(database, audit_streams) == 0
    assert problems(inspection, seal) == []


def test_after_a_rollback_the_stream_goes_on_whole(
    database: Database, inspection: Inspection, trail: AuditTrail, seal: FieldCipher
) -> None:
    tries: list[int] = []

    async def stale_at_first(connection: Connection) -> None:
        await trail.append(connection, records.event())
        tries.append(1)
        if len(tries) < 3:
            raise StaleWriteError

    for _ in range(2):
        tries.clear()
        transact(database, stale_at_first)
    assert totals(database) == (2, 1)
    assert problems(inspection, seal) == []


def test_servers_write_streams_of_their_own(
    database: Database, inspection: Inspection, other_server: Database, trail: AuditTrail, seal: FieldCipher
) -> None:
    for server in (database, other_server, database, other_server):
        write(server, trail.append, records.event())
    assert totals(database) == (4, 2)
    assert [row["position"] for row in rows(inspection)] == [1, 2, 1, 2]
    assert problems(inspection, seal) == []


def test_the_trail_is_whole_when_many_write_at_once_and_some_roll_back(
    database: Database, inspection: Inspection, other_server: Database, trail: AuditTrail, seal: FieldCipher
) -> None:
    def write_and_fail(server: Database) -> None:
        for _ in range(5):
            write(server, trail.append, records.event())
            with pytest.raises(KeyError):
                write(server, fail, trail)

    at_once([partial(write_and_fail, server) for server in (database, other_server) * 3])
    assert totals(database)[0] == 30
    assert problems(inspection, seal) == []


def test_a_check_sees_one_moment_while_others_write(
    database: Database, inspection: Inspection, other_server: Database, trail: AuditTrail, seal: FieldCipher
) -> None:
    key = read(database, instance.audit_key, seal)
    for _ in range(5):
        write(database, trail.append, records.event())

    async def check_while_another_writes() -> tuple[int, list[str], int]:
        async with database.snapshot() as connection:
            before = await how_many(connection, security_events)
            await other_server.transact(lambda other: trail.append(other, records.event()))
            found = [problem async for problem in audit_check.problems(connection, key)]
            return before, found, await how_many(connection, security_events)

    assert wait(check_while_another_writes()) == (5, [], 5)
    assert problems(inspection, seal) == []


def test_no_two_places_of_the_trail_have_one_link(
    database: Database, inspection: Inspection, trail: AuditTrail
) -> None:
    event = records.event()
    for number in range(3):
        write(database, trail.append, replace(event, id=f"{number:024x}"))
    assert all(before["link"] != after["link"] for before, after in pairwise(rows(inspection)))


@pytest.mark.parametrize("statement", [update(security_events).values(reason="none"), delete(security_events)])
def test_the_database_refuses_to_alter_or_remove_events(
    database: Database, inspection: Inspection, trail: AuditTrail, seal: FieldCipher, statement: Any
) -> None:
    write(database, trail.append, records.event())
    with pytest.raises(StatementError, match="security_events is append-only"):
        write(database, execute, statement)
    assert count(database, security_events) == 1
    assert problems(inspection, seal) == []
