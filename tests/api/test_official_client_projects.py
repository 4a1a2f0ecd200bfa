"""Mudbase's own Python client, unchanged: projects, API keys and health."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from mudbase import (
    ApiKeyPermission,
    ApiKeyWithSecret,
    CreateApiKeyRequest,
    CreateProjectRequest,
    ProjectSettings,
    RateLimit,
    UpdateApiKeyRequest,
    UpdateProjectRequest,
)
from mudbase.exceptions import NotFoundException

from mudguard import __version__
from tests.support.official import Official, official_client
from tests.support.people import Player, first_project
from tests.support.server import Server


@pytest.fixture
def official(server: Server, owner: Player) -> Iterator[Official]:
    """The client, signed in as `owner`."""
    with official_client(server) as client:
        yield client.signed_in_as(owner)


@pytest.fixture
def org_id(owner: Player) -> str:
    """The owner's organisation."""
    return str(owner.org_id)


@pytest.fixture
def key(official: Official, owner: Player) -> ApiKeyWithSecret:
    """A new API key of the owner's first project."""
    made = official.keys.create_api_key(
        CreateApiKeyRequest(
            name="Back end",
            project_id=first_project(owner),
            permissions=[ApiKeyPermission(resource="auth", actions=["read"])],
            rate_limit=RateLimit(requests=500, window=60),
            expires_at=datetime.now(UTC) + timedelta(days=90),
        )
    )
    assert made.api_key is not None
    return made.api_key


def test_list_projects_lists_those_of_the_organisation(official: Official, org_id: str) -> None:
    found = official.projects.list_projects(org_id)
    assert found.projects is not None
    assert (found.total, [project.name for project in found.projects]) == (1, ["First project"])


def test_create_project_makes_one(official: Official, org_id: str) -> None:
    wanted = CreateProjectRequest(name="Northwind Shop", description="Where we sell", slug="shop")
    made = official.projects.create_project(org_id, wanted).project
    assert made is not None
    assert (made.name, made.description, made.slug, made.org) == ("Northwind Shop", "Where we sell", "shop", org_id)
    assert official.projects.get_project(org_id, str(made.id)) == made


def test_get_project_gives_its_settings(official: Official, owner: Player, org_id: str) -> None:
    settings = official.projects.get_project(org_id, first_project(owner)).settings
    assert settings is not None
    assert (settings.require_email_verification, settings.default_user_account_status) == (False, "active")


def test_update_project_changes_name_description_and_settings(official: Official, owner: Player, org_id: str) -> None:
    wanted = UpdateProjectRequest(
        name="Renamed", description="Described", settings=ProjectSettings(default_user_account_status="pending")
    )
    changed = official.projects.update_project(org_id, first_project(owner), wanted).project
    assert changed is not None
    assert (changed.name, changed.description, changed.settings) == ("Renamed", "Described", wanted.settings)


def test_delete_project_deletes_it(official: Official, owner: Player, org_id: str) -> None:
    project_id = first_project(owner)
    assert official.projects.delete_project(org_id, project_id).message == "Project deleted."
    with pytest.raises(NotFoundException):
        official.projects.get_project(org_id, project_id)


def test_create_api_key_shows_its_secret(key: ApiKeyWithSecret, owner: Player) -> None:
    assert (key.secret or "").startswith("mb_live_")
    assert key.project is not None
    assert key.created_by is not None
    assert (key.project.id, key.created_by.id) == (first_project(owner), owner.person_id)
    assert (key.permissions, key.rate_limit) == (
        [ApiKeyPermission(resource="auth", actions=["read"])],
        RateLimit(requests=500, window=60),
    )
    assert key.expires_at is not None
    assert timedelta(days=89) < key.expires_at - datetime.now(UTC) < timedelta(days=91)


def test_list_api_keys_lists_them_without_secrets(official: Official, key: ApiKeyWithSecret) -> None:
    found = official.keys.list_api_keys()
    assert found.api_keys is not None
    assert (found.total, [each.name for each in found.api_keys]) == (1, ["Back end"])
    assert found.api_keys[0].id == key.id
    assert not hasattr(found.api_keys[0], "secret")


def test_update_api_key_changes_it(official: Official, key: ApiKeyWithSecret) -> None:
    wanted = UpdateApiKeyRequest(name="Front end", permissions=[], rate_limit=RateLimit(requests=7), is_active=False)
    changed = official.keys.update_api_key(str(key.id), wanted).api_key
    assert changed is not None
    assert (changed.name, changed.permissions, changed.is_active) == ("Front end", [], False)
    assert changed.rate_limit == RateLimit(requests=7, window=60)


def test_regenerate_api_key_gives_another_secret(official: Official, key: ApiKeyWithSecret) -> None:
    fresh = official.keys.regenerate_api_key(str(key.id)).secret
    assert (fresh or "").startswith("mb_live_")
    assert fresh != key.secret


def test_get_api_key_usage_counts_the_requests(
    official: Official, server: Server, owner: Player, key: ApiKeyWithSecret
) -> None:
    path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
    assert server.client.get(path, headers={"X-API-Key": str(key.secret)}).status_code == 200
    used = official.keys.get_api_key_usage(str(key.id))
    assert used.usage is not None
    assert used.usage.last_used is not None
    assert (used.usage.requests, used.rate_limit, used.is_active) == (1, RateLimit(requests=500, window=60), True)
    assert used.expires_at == key.expires_at


def test_delete_api_key_deletes_it(official: Official, key: ApiKeyWithSecret) -> None:
    assert official.keys.delete_api_key(str(key.id)).message == "API key deleted."
    assert official.keys.list_api_keys().total == 0


def test_health_check_says_healthy(official: Official) -> None:
    health = official.health.health_check()
    assert health.services is not None
    assert (health.status, health.services.database, health.version) == ("healthy", "healthy", __version__)
    assert health.timestamp is not None
    assert abs(health.timestamp - datetime.now(UTC)) < timedelta(minutes=5)
