"""API keys: shown once, kept as hashes, and held to their permissions, expiry and limit."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from mudguard.store.tables import api_keys
from tests.support.answers import refusal
from tests.support.people import Player, first_project
from tests.support.server import Server

pytestmark = pytest.mark.both_databases

READ_AUTH = [{"resource": "auth", "actions": ["read"]}]


@dataclass
class Key:
    """A key, and the one thing that it can do."""

    owner: Player
    made: dict[str, Any]
    secret: str

    @property
    def path(self) -> str:
        return f"/api/api-keys/{self.made['_id']}"

    def use(self) -> httpx2.Response:
        """Look at its project."""
        project_path = f"/api/projects/{self.owner.org_id}/projects/{self.made['project']['_id']}"
        return self.owner.client.get(project_path, headers={"X-API-Key": self.secret})

    def usage(self) -> dict[str, Any]:
        found: dict[str, Any] = self.owner.get(f"{self.path}/usage").json()
        return found


def new_key(owner: Player, **wanted: object) -> Key:
    """A key of the owner's first project."""
    response = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner), **wanted})
    assert response.status_code == 201, response.text
    made = response.json()["apiKey"]
    return Key(owner, made, made.pop("secret"))


def moment(owner: Player, seconds: float) -> str:
    """The moment `seconds` from now, by the server's clock."""
    return datetime.fromtimestamp(owner.clock.seconds() + seconds, UTC).isoformat()


def test_a_key_has_exactly_the_documented_keys(owner: Player) -> None:
    assert set(new_key(owner, expiresAt=moment(owner, 60)).made) == {
        "_id", "name", "project", "permissions", "rateLimit", "usage", "isActive", "expiresAt", "createdBy",
        "createdAt",
    }  # fmt: skip


def test_a_key_says_what_it_is_for_and_who_made_it(owner: Player) -> None:
    made = new_key(owner).made
    assert made["project"] == {"_id": first_project(owner), "name": "First project", "slug": "first-project"}
    assert made["createdBy"] == {
        "_id": owner.person_id, "firstName": "Olga", "lastName": "Operator", "email": owner.email,
    }  # fmt: skip


def test_a_key_lasts_for_ever_with_a_thousand_requests_an_hour_and_all_permissions_by_default(owner: Player) -> None:
    made = new_key(owner).made
    assert (made["permissions"], made["rateLimit"]) == ([], {"requests": 1000, "window": 3600})
    assert (made["usage"], made["isActive"], "expiresAt" in made) == ({"requests": 0}, True, False)


def test_the_secret_is_256_random_bits_behind_its_prefix(owner: Player) -> None:
    first, second = new_key(owner).secret, new_key(owner).secret
    assert first.startswith("mb_live_")
    assert len(first) == len("mb_live_") + 43
    assert first != second


def test_the_secret_is_shown_once(owner: Player) -> None:
    key = new_key(owner)
    shown_later = [
        owner.get("/api/api-keys").text,
        owner.patch(key.path, {"name": "Front end"}).text,
        owner.get(f"{key.path}/usage").text,
        owner.get("/api/users/me/export").text,
    ]
    assert [text for text in shown_later if key.secret in text or '"secret"' in text] == []


def test_the_database_holds_a_hash_of_the_secret(owner: Player, server: Server) -> None:
    key = new_key(owner)
    with server.inspect().connection() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == key.made["_id"])).one()
    assert len(row.secret_hash) == 32
    assert [value for value in row if key.secret in str(value) or key.secret.encode() == value] == []


@pytest.mark.parametrize("as_bearer", [False, True], ids=["X-API-Key", "Authorization"])
def test_a_key_opens_its_project_in_either_header(owner: Player, as_bearer: bool) -> None:
    key = new_key(owner)
    headers = {"Authorization": f"Bearer {key.secret}"} if as_bearer else {"X-API-Key": key.secret}
    path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
    assert owner.client.get(path, headers=headers).json()["name"] == "First project"


def test_a_key_does_not_open_another_project_of_its_organisation(owner: Player) -> None:
    key = new_key(owner)
    other = owner.post(f"/api/projects/{owner.org_id}/projects", {"name": "Other"}).json()["project"]
    path = f"/api/projects/{owner.org_id}/projects/{other['_id']}"
    assert refusal(owner.client.get(path, headers={"X-API-Key": key.secret})) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "permissions",
    [[], READ_AUTH, [{"resource": "auth", "actions": ["update", "read"]}],
     [{"resource": "storage", "actions": ["read"]}, *READ_AUTH]],
)  # fmt: skip
def test_no_permissions_are_all_and_read_auth_is_enough(owner: Player, permissions: list[dict[str, Any]]) -> None:
    assert new_key(owner, permissions=permissions).use().status_code == 200


@pytest.mark.parametrize(
    "permissions",
    [[{"resource": "auth", "actions": ["create", "update", "delete"]}], [{"resource": "database", "actions": ["read"]}],
     [{"resource": "auth", "actions": []}]],
)  # fmt: skip
def test_a_key_without_the_permission_is_forbidden(owner: Player, permissions: list[dict[str, Any]]) -> None:
    key = new_key(owner, permissions=permissions)
    assert refusal(key.use()) == (403, "FORBIDDEN")
    assert key.usage()["usage"] == {"requests": 0}


def test_an_expired_key_is_no_key(owner: Player) -> None:
    key = new_key(owner, expiresAt=moment(owner, 60))
    assert key.use().status_code == 200
    owner.clock.advance(61)
    assert key.use().status_code == 401


@pytest.mark.parametrize(
    "expires_at",
    [
        "2020-01-01T00:00:00Z", "2099-01-01T00:00:00", "2099-01-01", "tomorrow", "", 4102444800, True,
        "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    ],
    ids=["past", "no offset", "no time", "word", "empty", "number", "boolean", "after the last year", "year 1"],
)  # fmt: skip
def test_an_expiry_that_is_no_moment_to_come_is_refused(owner: Player, expires_at: object) -> None:
    wish = {"name": "Back end", "projectId": first_project(owner), "expiresAt": expires_at}
    response = owner.post("/api/api-keys", wish)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["expiresAt"]


def test_an_expiry_may_have_any_offset(owner: Player) -> None:
    assert new_key(owner, expiresAt="2099-01-01T00:00:00+02:00").made["expiresAt"] == "2098-12-31T22:00:00.000Z"


def test_requests_over_the_limit_are_turned_away_until_the_window_is_over(owner: Player) -> None:
    key = new_key(owner, rateLimit={"requests": 3, "window": 60})
    assert [key.use().status_code for _ in range(3)] == [200, 200, 200]
    refused = key.use()
    assert refusal(refused) == (429, "RATE_LIMITED")
    assert 55 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] == str(refused.json()["retryAfter"])
    owner.clock.advance(int(refused.headers["Retry-After"]))
    assert key.use().status_code == 200


def test_one_key_at_its_limit_does_not_stop_another(owner: Player) -> None:
    limited, other = new_key(owner, rateLimit={"requests": 1}), new_key(owner)
    limited.use()
    assert (limited.use().status_code, other.use().status_code) == (429, 200)


def test_usage_counts_what_was_let_through_and_when_last(owner: Player) -> None:
    key = new_key(owner, rateLimit={"requests": 2, "window": 60})
    for _ in range(4):
        key.use()
    usage = key.usage()
    assert (usage["usage"]["requests"], usage["rateLimit"]) == (2, {"requests": 2, "window": 60})
    last_used = datetime.fromisoformat(usage["usage"]["lastUsed"])
    assert abs(last_used.timestamp() - owner.clock.seconds()) < 5


def test_usage_has_exactly_the_documented_keys(owner: Player) -> None:
    assert set(new_key(owner).usage()) == {"usage", "rateLimit", "isActive"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x"), ("name", "x" * 101), ("name", None), ("projectId", "first"), ("projectId", None),
        ("permissions", "all"), ("permissions", {}), ("rateLimit", 5), ("rateLimit", []),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_by_field(owner: Player, field: str, value: object) -> None:
    wish = {"name": "Back end", "projectId": first_project(owner), field: value}
    response = owner.post("/api/api-keys", wish)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == [field]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"permissions": [{"resource": "moon", "actions": ["read"]}]}, "permissions.0.resource"),
        ({"permissions": [{"resource": "auth", "actions": ["fly"]}]}, "permissions.0.actions.0"),
        ({"permissions": [{"resource": "auth"}]}, "permissions.0.actions"),
        ({"rateLimit": {"requests": 0}}, "rateLimit.requests"),
        ({"rateLimit": {"requests": 1.5}}, "rateLimit.requests"),
        ({"rateLimit": {"window": -1}}, "rateLimit.window"),
        ({"rateLimit": {"window": 10**30}}, "rateLimit.window"),
    ],
)  # fmt: skip
def test_what_is_wrong_deep_inside_is_named_by_its_path(owner: Player, wish: dict[str, Any], field: str) -> None:
    response = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner), **wish})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == [field]


def test_an_update_changes_what_it_names_and_nothing_else(owner: Player) -> None:
    key = new_key(owner, permissions=READ_AUTH, rateLimit={"requests": 5, "window": 60})
    changed = owner.patch(key.path, {"rateLimit": {"window": 90}}).json()["apiKey"]
    assert changed == {**key.made, "rateLimit": {"requests": 5, "window": 90}}


def test_a_key_that_is_switched_off_is_no_key_until_it_is_switched_on(owner: Player) -> None:
    key = new_key(owner)
    assert owner.patch(key.path, {"isActive": False}).json()["apiKey"]["isActive"] is False
    assert key.use().status_code == 401
    owner.patch(key.path, {"isActive": True})
    assert key.use().status_code == 200


def test_permissions_that_are_taken_away_count_at_once(owner: Player) -> None:
    key = new_key(owner)
    owner.patch(key.path, {"permissions": [{"resource": "storage", "actions": ["read"]}]})
    assert refusal(key.use()) == (403, "FORBIDDEN")


def test_a_regenerated_key_opens_with_its_new_secret_only(owner: Player) -> None:
    key = new_key(owner)
    answer = owner.post(f"{key.path}/regenerate").json()
    assert set(answer) == {"message", "secret"}
    assert key.use().status_code == 401
    key.secret = answer["secret"]
    assert key.use().status_code == 200


def test_a_deleted_key_is_gone(owner: Player) -> None:
    key = new_key(owner)
    assert owner.delete(key.path).json() == {"message": "API key deleted."}
    assert key.use().status_code == 401
    assert refusal(owner.delete(key.path)) == (404, "NOT_FOUND")
    assert refusal(owner.get(f"{key.path}/usage")) == (404, "NOT_FOUND")
    assert refusal(owner.patch(key.path, {})) == (404, "NOT_FOUND")
    assert refusal(owner.post(f"{key.path}/regenerate")) == (404, "NOT_FOUND")
