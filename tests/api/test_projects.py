"""Projects: made, listed, changed, and deleted with everything in them."""

from typing import Any

import pytest
from sqlalchemy import select

from mudguard.store.tables import api_keys, emails, people, projects, sessions, two_factor
from tests.support.answers import refusal
from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.server import Server

pytestmark = pytest.mark.both_databases


def path_of(owner: Player, project_id: str = "") -> str:
    """Where the projects of the owner's organisation are, or one of them."""
    return f"/api/projects/{owner.org_id}/projects" + (f"/{project_id}" if project_id else "")


def make(owner: Player, **wanted: object) -> dict[str, Any]:
    """A new project."""
    response = owner.post(path_of(owner), {"name": "Northwind Shop", **wanted})
    assert response.status_code == 201, response.text
    project: dict[str, Any] = response.json()["project"]
    return project


def test_a_project_has_exactly_the_documented_keys(owner: Player) -> None:
    assert set(make(owner, description="Where we sell")) == {
        "_id", "name", "description", "slug", "org", "settings", "createdAt", "updatedAt",
    }  # fmt: skip


def test_a_project_without_a_description_has_no_such_key(owner: Player) -> None:
    assert "description" not in make(owner)
    assert "description" not in make(owner, description="")


def test_an_organisation_starts_with_one_project(owner: Player) -> None:
    listed = owner.get(path_of(owner)).json()
    assert (listed["total"], [project["name"] for project in listed["projects"]]) == (1, ["First project"])


def test_projects_are_listed_with_the_oldest_first(owner: Player) -> None:
    made = [make(owner, name=name) for name in ("Second", "Third")]
    assert owner.get(path_of(owner)).json()["projects"][1:] == made


def test_a_slug_is_made_of_the_name(owner: Player) -> None:
    assert make(owner, name="Käse & Brot GmbH")["slug"] == "kase-brot-gmbh"


def test_a_made_slug_that_is_taken_is_made_different(owner: Player) -> None:
    assert make(owner)["slug"] == "northwind-shop"
    assert make(owner)["slug"].startswith("northwind-shop-")


def test_a_slug_that_was_asked_for_and_is_taken_is_a_conflict(owner: Player) -> None:
    make(owner, slug="shop")
    assert refusal(owner.post(path_of(owner), {"name": "Other", "slug": "shop"})) == (409, "CONFLICT")


def test_two_organisations_may_have_the_same_slug(owner: Player, server: Server) -> None:
    assert make(owner, slug="shop")["slug"] == make(operator(server), slug="shop")["slug"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "  "), ("name", "x" * 101), ("name", 7), ("name", None),
        ("slug", "Shop"), ("slug", "shop!"), ("slug", "-shop"), ("slug", "a" * 61), ("slug", ""),
        ("description", "x" * 1001), ("description", 7),
    ],
)  # fmt: skip
def test_what_is_no_project_is_refused_by_field(owner: Player, field: str, value: object) -> None:
    response = owner.post(path_of(owner), {"name": "Shop", field: value})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == [field]


def test_an_update_changes_what_it_names_and_nothing_else(owner: Player) -> None:
    before = make(owner, description="Where we sell")
    owner.clock.advance(1)
    changed = owner.patch(path_of(owner, before["_id"]), {"name": "Renamed"}).json()["project"]
    assert changed == {**before, "name": "Renamed", "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > before["updatedAt"]


def test_settings_start_with_accounts_active_and_no_verification(owner: Player) -> None:
    assert make(owner)["settings"] == {
        "allowAnonymousAuth": False, "requireEmailVerification": False, "requirePhoneVerification": False,
        "defaultUserAccountStatus": "active", "enableRealtime": False, "enableStorage": False,
        "enableFunctions": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [
        {
            "allowAnonymousAuth": True, "requireEmailVerification": True, "requirePhoneVerification": True,
            "defaultUserAccountStatus": "pending", "enableRealtime": True, "enableStorage": True,
            "enableFunctions": True,
        },
        {"requireEmailVerification": True},
        {"defaultUserAccountStatus": "pending"},
        {},
    ],
    ids=["all, as the official client sends them", "one", "another", "none"],
)  # fmt: skip
def test_settings_come_back_as_they_were_set_and_the_others_stay(owner: Player, settings: dict[str, object]) -> None:
    before = make(owner)
    path = path_of(owner, before["_id"])
    changed = owner.patch(path, {"settings": settings}).json()["project"]
    assert changed["settings"] == {**before["settings"], **settings}
    assert owner.get(path).json() == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requireEmailVerification", "yes"), ("requireEmailVerification", 1), ("allowAnonymousAuth", []),
        ("defaultUserAccountStatus", "disabled"), ("defaultUserAccountStatus", ""),
    ],
)  # fmt: skip
def test_a_setting_of_the_wrong_kind_is_refused_by_name(owner: Player, field: str, value: object) -> None:
    response = owner.patch(path_of(owner, first_project(owner)), {"settings": {field: value}})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == [f"settings.{field}"]


@pytest.mark.parametrize("field", ["auth", "logoUrl"])
def test_what_is_not_offered_is_refused_and_not_ignored(owner: Player, field: str) -> None:
    response = owner.patch(path_of(owner, first_project(owner)), {field: {"providers": []}})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == [field]


def test_people_of_a_pending_project_wait_for_approval(owner: Player, server: Server) -> None:
    project_id = first_project(owner)
    owner.patch(path_of(owner, project_id), {"settings": {"defaultUserAccountStatus": "pending"}})
    made = sign_up(server, project_id)
    assert (made["requireVerification"], "token" in made) == (False, False)
    login = {"email": made["user"]["email"], "password": PASSWORD, "projectId": project_id}
    assert refusal(server.client.post("/api/auth/local/login", json=login)) == (403, "ACCOUNT_DISABLED")


def test_people_of_a_project_that_verifies_addresses_wait_for_it(owner: Player, server: Server) -> None:
    project_id = first_project(owner)
    owner.patch(path_of(owner, project_id), {"settings": {"requireEmailVerification": True}})
    made = sign_up(server, project_id)
    assert (made["requireVerification"], "token" in made) == (True, False)
    login = {"email": made["user"]["email"], "password": PASSWORD, "projectId": project_id}
    assert refusal(server.client.post("/api/auth/local/login", json=login)) == (403, "EMAIL_VERIFICATION_REQUIRED")


def test_a_deleted_project_is_gone(owner: Player) -> None:
    project_id = first_project(owner)
    assert owner.delete(path_of(owner, project_id)).json() == {"message": "Project deleted."}
    assert refusal(owner.get(path_of(owner, project_id))) == (404, "NOT_FOUND")
    assert refusal(owner.delete(path_of(owner, project_id))) == (404, "NOT_FOUND")
    assert owner.get(path_of(owner)).json() == {"projects": [], "total": 0}


def test_people_of_a_deleted_project_are_out_at_once(owner: Player, member: Player) -> None:
    owner.delete(path_of(owner, first_project(owner)))
    assert refusal(member.get("/api/users/me")) == (401, "SESSION_REVOKED")
    assert refusal(member.refresh()) == (401, "INVALID_REFRESH_TOKEN")
    assert refusal(member.login()) == (401, "INVALID_CREDENTIALS")


def test_keys_of_a_deleted_project_open_nothing(owner: Player, server: Server) -> None:
    project_id = first_project(owner)
    secret = owner.post("/api/api-keys", {"name": "Back end", "projectId": project_id}).json()["apiKey"]["secret"]
    owner.delete(path_of(owner, project_id))
    assert server.client.get(path_of(owner, project_id), headers={"X-API-Key": secret}).status_code == 401
    assert owner.get("/api/api-keys").json() == {"apiKeys": [], "total": 0}


def test_nothing_of_a_deleted_project_is_left_in_the_database(owner: Player, member: Player, server: Server) -> None:
    project_id = first_project(owner)
    owner.post("/api/api-keys", {"name": "Back end", "projectId": project_id})
    member.enrol()
    owner.delete(path_of(owner, project_id))
    left = [
        select(projects).where(projects.c.id == project_id),
        select(people).where(people.c.project_id == project_id),
        select(emails).where(emails.c.realm == project_id),
        select(sessions).where(sessions.c.person_id == member.person_id),
        select(two_factor).where(two_factor.c.person_id == member.person_id),
        select(api_keys).where(api_keys.c.project_id == project_id),
    ]
    with server.inspect().connection() as connection:
        assert [connection.execute(query).all() for query in left] == [[]] * len(left)


def test_people_of_other_projects_stay(owner: Player, server: Server) -> None:
    other = person(server, make(owner)["_id"])
    owner.delete(path_of(owner, first_project(owner)))
    assert other.get("/api/users/me").status_code == 200


def test_nobody_can_sign_up_to_a_deleted_project(owner: Player, server: Server) -> None:
    project_id = first_project(owner)
    owner.delete(path_of(owner, project_id))
    wish = {"email": "late@x.test", "password": PASSWORD, "firstName": "L", "lastName": "L", "projectId": project_id}
    assert refusal(server.client.post("/api/auth/local/register", json=wish)) == (404, "NOT_FOUND")


def sign_up(server: Server, project_id: str) -> dict[str, Any]:
    """What a sign-up answers."""
    body = {"email": f"{project_id}@x.test", "password": PASSWORD, "firstName": "P", "lastName": "P"}
    response = server.client.post("/api/auth/local/register", json={**body, "projectId": project_id})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made
