"""API keys: found by id and by secret, counted against their limit, and gone with their project."""

from typing import Any

import pytest

from mudguard.store import api_keys, people, projects
from mudguard.store.api_keys import ApiKey
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.tables import api_keys as api_keys_table
from tests.store import records
from tests.store.calls import count, read, write
from tests.store.records import NOW
from tests.support.races import at_once

WINDOW = 10_000


@pytest.fixture
def columns(project: Project, operator: Person) -> dict[str, Any]:
    return records.api_key(project, operator.id)


@pytest.fixture
def key(database: Database, columns: dict[str, Any]) -> ApiKey:
    """A key that allows three requests in ten seconds."""
    write(database, api_keys.add, **columns)
    return stored(database, columns["org_id"], columns["id"])


def stored(database: Database, org_id: str, key_id: str) -> ApiKey:
    key = read(database, api_keys.find, org_id, key_id)
    assert key is not None
    return key


def claims(database: Database, key: ApiKey, *moments: int) -> list[bool]:
    return [write(database, api_keys.claim_request, key, now_ms=moment) for moment in moments]


def test_a_new_key_is_in_force_and_has_counted_nothing(key: ApiKey) -> None:
    assert (key.is_active, key.requests, key.window_started_at, key.last_used_at) == (True, 0, 0, None)


def test_a_key_comes_with_the_names_of_its_project_and_its_maker(
    key: ApiKey, project: Project, operator: Person
) -> None:
    assert (key.project_name, key.project_slug) == (project.name, project.slug)
    assert (key.creator_email, key.creator_first_name, key.creator_last_name) == (operator.email, "Pia", "Person")


@pytest.mark.parametrize("permissions", [[], [{"resource": "users", "actions": ["read", "write"]}]])
def test_permissions_are_kept_as_they_were_given(
    database: Database, columns: dict[str, Any], permissions: list[dict[str, Any]]
) -> None:
    write(database, api_keys.add, **{**columns, "permissions": permissions})
    assert stored(database, columns["org_id"], columns["id"]).permissions == permissions


def test_a_key_is_found_by_the_hash_of_its_secret(database: Database, key: ApiKey, columns: dict[str, Any]) -> None:
    assert read(database, api_keys.find_by_secret, columns["secret_hash"]) == key
    assert read(database, api_keys.find_by_secret, b"x" * 32) is None


def test_a_key_is_not_found_from_another_organisation(database: Database, key: ApiKey) -> None:
    assert read(database, api_keys.find, "e" * 24, key.id) is None


def test_an_organisation_s_keys_come_oldest_first(database: Database, project: Project, operator: Person) -> None:
    made = [records.api_key(project, operator.id, created_at=NOW + age) for age in (3, 1, 2)]
    for columns in made:
        write(database, api_keys.add, **columns)
    expected = [made[1]["id"], made[2]["id"], made[0]["id"]]
    assert [key.id for key in read(database, api_keys.of_organization, project.org_id)] == expected
    assert [key.id for key in read(database, api_keys.made_by, operator.id)] == expected


def test_as_many_requests_as_the_limit_fit_a_window(database: Database, key: ApiKey) -> None:
    assert claims(database, key, NOW, NOW, NOW + 1, NOW + 2) == [True, True, True, False]


def test_the_next_window_begins_when_the_last_is_over(database: Database, key: ApiKey) -> None:
    claims(database, key, NOW, NOW + 1, NOW + 2)
    assert claims(database, key, NOW + WINDOW - 1, NOW + WINDOW) == [False, True]
    assert stored(database, key.org_id, key.id).window_started_at == NOW + WINDOW


def test_a_window_begins_with_its_first_request_and_not_with_the_clock(database: Database, key: ApiKey) -> None:
    claims(database, key, NOW + 9_999)
    assert claims(database, key, NOW + 10_000, NOW + 10_001, NOW + 19_998) == [True, True, False]


def test_with_the_clock_set_back_a_new_window_begins(database: Database, key: ApiKey) -> None:
    claims(database, key, NOW, NOW, NOW)
    assert claims(database, key, NOW - 1, NOW, NOW, NOW) == [True, True, True, False]


def test_counted_requests_show_in_the_key_s_usage_and_refused_ones_do_not(database: Database, key: ApiKey) -> None:
    claims(database, key, *range(NOW, NOW + 5))
    usage = stored(database, key.org_id, key.id)
    assert (usage.requests, usage.last_used_at) == (3, NOW + 2)


def test_servers_that_count_at_once_let_no_more_through_than_the_limit(
    database: Database, other_server: Database, key: ApiKey
) -> None:
    def ask(server: Database) -> bool:
        return write(server, api_keys.claim_request, key, now_ms=NOW)

    outcomes = at_once([lambda: ask(database), lambda: ask(other_server)] * 5)
    assert outcomes.count(True) == 3


def test_a_raised_limit_counts_for_keys_that_were_read_before(database: Database, key: ApiKey) -> None:
    write(database, api_keys.change, key.org_id, key.id, limit_requests=4)
    assert claims(database, key, *range(NOW, NOW + 5)) == [True] * 4 + [False]


def test_a_key_that_was_switched_off_meanwhile_is_good_for_nothing(database: Database, key: ApiKey) -> None:
    write(database, api_keys.change, key.org_id, key.id, is_active=False)
    assert claims(database, key, NOW) == [False]


def test_one_key_s_requests_are_not_another_s(
    database: Database, key: ApiKey, project: Project, operator: Person
) -> None:
    other = records.api_key(project, operator.id)
    write(database, api_keys.add, **other)
    claims(database, key, NOW, NOW, NOW)
    assert claims(database, stored(database, other["org_id"], other["id"]), NOW) == [True]


def test_a_change_to_another_organisation_s_key_is_none(database: Database, key: ApiKey) -> None:
    assert not write(database, api_keys.change, "e" * 24, key.id, name="Mine now")
    assert stored(database, key.org_id, key.id) == key


def test_a_removed_key_is_gone(database: Database, key: ApiKey) -> None:
    assert not write(database, api_keys.remove, "e" * 24, key.id)
    assert write(database, api_keys.remove, key.org_id, key.id)
    assert not write(database, api_keys.remove, key.org_id, key.id)
    assert count(database, api_keys_table) == 0


def test_keys_that_a_person_made_are_switched_off_and_others_are_not(
    database: Database, key: ApiKey, project: Project
) -> None:
    colleague = records.person(org_id=project.org_id)
    write(database, people.add, colleague)
    theirs = records.api_key(project, colleague.id)
    write(database, api_keys.add, **theirs)
    write(database, api_keys.deactivate_made_by, key.created_by)
    assert not stored(database, key.org_id, key.id).is_active
    assert stored(database, theirs["org_id"], theirs["id"]).is_active


def test_a_key_of_a_project_that_is_being_deleted_is_not_found(
    database: Database, key: ApiKey, columns: dict[str, Any]
) -> None:
    write(database, projects.change, key.project_id, deleted_at=NOW)
    assert read(database, api_keys.find, key.org_id, key.id) is None
    assert read(database, api_keys.find_by_secret, columns["secret_hash"]) is None
    assert read(database, api_keys.of_organization, key.org_id) == []


def test_keys_go_with_their_project(database: Database, key: ApiKey) -> None:
    write(database, projects.remove, key.project_id)
    assert count(database, api_keys_table) == 0
