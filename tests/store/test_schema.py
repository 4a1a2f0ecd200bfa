"""The schema: brought up to date once and whole, the same as the tables say, and never taken from a newer server."""

from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from mudguard.store import organizations, schema
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.schema import NewerSchemaError
from mudguard.store.tables import metadata, people
from tests.store import records
from tests.store.calls import count, execute, read, write
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.races import at_once


def test_an_empty_database_has_no_version(empty_database: Database) -> None:
    assert schema.versions(empty_database) == (None, schema.latest())


def test_an_upgrade_brings_an_empty_database_to_the_latest_version(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    assert schema.versions(empty_database) == (schema.latest(), schema.latest())


def test_the_migrations_make_exactly_the_tables_that_the_queries_use(inspection: Inspection) -> None:
    with inspection.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_of_an_up_to_date_database_changes_nothing(database: Database) -> None:
    organization = records.organization()
    write(database, organizations.add, organization)
    schema.upgrade(database)
    assert schema.versions(database) == (schema.latest(), schema.latest())
    assert read(database, organizations.find, organization.id) == organization


def test_a_new_database_has_no_accounts(database: Database) -> None:
    assert count(database, people) == 0


def test_servers_that_start_at_once_upgrade_it_once(empty_database: Database) -> None:
    others = [Database(empty_database.url, connections=1) for _ in range(4)]
    at_once([partial(schema.upgrade, other) for other in others])
    for other in others:
        wait(other.close())
    assert schema.versions(empty_database) == (schema.latest(), schema.latest())


def test_an_upgrade_that_fails_half_way_leaves_nothing_behind(empty_database: Database) -> None:
    outside = Inspection(empty_database.url)
    outside.execute(text("CREATE TABLE two_factor (id INTEGER)"))
    with pytest.raises(DatabaseUnavailableError, match="already exists"):
        schema.upgrade(empty_database)
    with outside.connection() as connection:
        assert inspect(connection).get_table_names() == ["two_factor"]
    outside.close()
    assert schema.versions(empty_database) == (None, schema.latest())


def test_a_newer_schema_is_refused_and_left_as_it_is(database: Database) -> None:
    write(database, execute, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchemaError):
        schema.upgrade(database)
    assert schema.versions(database) == ("9999", schema.latest())


@pytest.mark.parametrize(("version", "expected"), [(None, False), (schema.latest(), False), ("9999", True)])
def test_a_version_that_this_server_does_not_know_is_newer(version: str | None, expected: bool) -> None:
    assert schema.is_newer(version) is expected


def test_what_belongs_to_a_person_is_keyed_by_the_person_first() -> None:
    owned = [table for table in metadata.tables.values() if "person_id" in table.c and table.name != "emails"]
    assert {table.name for table in owned} == {
        "sessions", "known_addresses", "two_factor", "challenges", "security_events"
    }  # fmt: skip
    assert [next(iter(table.primary_key)).name for table in owned] == ["person_id"] * len(owned)


def test_no_table_counts_its_rows_up_in_one_global_sequence() -> None:
    assert [table.name for table in metadata.tables.values() if table.autoincrement_column is not None] == []
