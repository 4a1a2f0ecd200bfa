"""COMMIT on PostgreSQL: what nobody knows the outcome of is not acknowledged, and not done again."""

import asyncio
import time

import psycopg
import pytest

from mudguard.security.field_cipher import FieldCipher
from mudguard.store.audit import AuditTrail
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError, StatementError
from mudguard.store.postgresql import connection as connection_module
from mudguard.store.tables import organizations as organizations_table
from tests.store import records
from tests.store.calls import count, execute, transact, write
from tests.store.test_sqlite_writer import add_one
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.trail import problems

KINDS = ["PostgreSQL"]

OtherClient = psycopg.Connection[tuple[object, ...]]

WARNING = "RAISE WARNING 'it is on this server only'"
CUT = "PERFORM pg_terminate_backend(pg_backend_pid())"
SLEEP = "PERFORM pg_sleep(0.5)"


def at_each_commit(other: OtherClient, act: str) -> None:
    """Let the server do something while it commits what adds an organisation."""
    other.execute(
        f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; RETURN NULL; END $$".encode()
    )
    other.execute(
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON organizations DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION at_commit()"
    )


class Counting:
    """A transaction that counts how often it is done."""

    def __init__(self) -> None:
        self.tries = 0

    async def __call__(self, connection: Connection) -> None:
        self.tries += 1
        await add_one(connection)


def test_a_warning_during_the_commit_is_not_acknowledged_and_it_is_not_done_again(
    database: Database, other: OtherClient
) -> None:
    at_each_commit(other, WARNING)
    adding = Counting()
    with pytest.raises(
        DatabaseUnavailableError, match="nobody knows whether it was committed: it is on this server only"
    ):
        transact(database, adding)
    assert adding.tries == 1


def test_a_warning_before_the_commit_is_no_reason_to_doubt_it(database: Database) -> None:
    async def warn(connection: Connection) -> None:
        await execute(connection, f"DO $$ BEGIN {WARNING}; END $$")
        await add_one(connection)

    transact(database, warn)
    assert count(database, organizations_table) == 1


def test_a_connection_that_is_lost_during_the_commit_is_not_tried_again(database: Database, other: OtherClient) -> None:
    at_each_commit(other, CUT)
    adding = Counting()
    with pytest.raises(DatabaseUnavailableError, match="the connection was lost while it committed"):
        transact(database, adding)
    assert adding.tries == 1
    assert count(database, organizations_table) == 0


def test_a_commit_is_given_the_time_it_takes(database: Database, other: OtherClient) -> None:
    async def add_with_little_time(connection: Connection) -> None:
        await execute(connection, "SET LOCAL statement_timeout = '100ms'")
        await add_one(connection)

    at_each_commit(other, SLEEP)
    transact(database, add_with_little_time)
    assert count(database, organizations_table) == 1


def test_without_an_answer_to_the_commit_nothing_is_acknowledged_and_it_is_not_done_again(
    database: Database, other: OtherClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_each_commit(other, "PERFORM pg_sleep(3)")
    monkeypatch.setattr(connection_module, "COMMIT_SECONDS", 0.2)
    adding = Counting()
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailableError, match="no answer to COMMIT"):
        transact(database, adding)
    assert adding.tries == 1
    assert time.monotonic() - begun < 2


def test_after_a_doubtful_commit_the_next_transaction_goes_through(database: Database, other: OtherClient) -> None:
    at_each_commit(other, CUT)
    with pytest.raises(DatabaseUnavailableError):
        transact(database, add_one)
    other.execute("DROP TRIGGER at_commit ON organizations")
    transact(database, add_one)
    assert count(database, organizations_table) == 1


def test_a_transaction_that_the_server_undid_at_the_commit_is_not_acknowledged(database: Database) -> None:
    async def pass_over_a_mistake(connection: Connection) -> None:
        await add_one(connection)
        with pytest.raises(StatementError, match="division by zero"):
            await execute(connection, "SELECT 1 / 0")

    with pytest.raises(DatabaseUnavailableError, match="current transaction is aborted"):
        transact(database, pass_over_a_mistake)
    assert count(database, organizations_table) == 0


def test_after_a_doubtful_commit_the_trail_of_events_stays_whole(
    database: Database, other: OtherClient, trail: AuditTrail, seal: FieldCipher, inspection: Inspection
) -> None:
    async def append_and_add(connection: Connection) -> None:
        await trail.append(connection, records.event())
        await add_one(connection)

    write(database, trail.append, records.event())
    at_each_commit(other, WARNING)
    with pytest.raises(DatabaseUnavailableError):
        transact(database, append_and_add)
    write(database, trail.append, records.event())
    assert problems(inspection, seal) == []


def test_a_transaction_is_committed_although_who_awaited_it_left_meanwhile(
    database: Database, other: OtherClient
) -> None:
    at_each_commit(other, SLEEP)

    async def leave_while_it_commits() -> None:
        transaction = asyncio.ensure_future(database.transact(add_one))
        await asyncio.sleep(0.2)
        transaction.cancel()
        with pytest.raises(asyncio.CancelledError):
            await transaction
        await database.close()

    wait(leave_while_it_commits())
    assert count(database, organizations_table) == 1
