"""Security events, page by page: a person's own, and a project's for its owners and admins."""

from typing import Any

import pytest

from mudguard.rules.roles import Role
from tests.support.answers import refusal
from tests.support.colleagues import colleague
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

pytestmark = pytest.mark.both_databases

OWN = "/api/users/me/security-events"


def project_events(owner: Player, project_id: str = "") -> str:
    """The path of the events of a project, the owner's first if none is named."""
    return f"/api/projects/{owner.org_id}/projects/{project_id or first_project(owner)}/security-events"


def page(player: Player, path: str, **query: object) -> dict[str, Any]:
    response = player.get(path, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def types(player: Player, path: str = OWN) -> list[str]:
    return [event["type"] for event in page(player, path)["events"]]


def test_a_person_sees_what_happened_to_their_account_the_newest_first(player: Player) -> None:
    player.enrol()
    assert types(player) == ["two_factor.verify", "two_factor.setup", "account.register"]


def test_an_event_has_exactly_the_documented_keys(player: Player) -> None:
    (event,) = page(player, OWN)["events"]
    assert set(event) == {"_id", "type", "outcome", "personId", "actor", "address", "requestId", "at"}
    assert (event["outcome"], event["personId"], event["actor"]) == ("success", player.person_id, player.person_id)


def test_a_refused_event_says_why_and_with_which_factor(player: Player) -> None:
    player.enrol()
    player.login(totpToken=player.wrong_code())
    event = page(player, OWN)["events"][0]
    assert (event["outcome"], event["reason"], event["factor"]) == ("refused", "INVALID_TWO_FACTOR_CODE", "totp")


def test_a_person_sees_nothing_of_others(server: Server, member: Player) -> None:
    person(server, str(member.project_id))
    assert {event["personId"] for event in page(member, OWN)["events"]} == {member.person_id}


def test_pages_go_on_by_next_before_until_the_oldest(player: Player) -> None:
    player.enrol()
    first = page(player, OWN, limit=2)
    second = page(player, OWN, limit=2, before=first["nextBefore"])
    assert [event["type"] for event in first["events"] + second["events"]] == [
        "two_factor.verify", "two_factor.setup", "account.register"
    ]  # fmt: skip
    assert "nextBefore" not in second


def test_a_page_that_ends_with_the_oldest_event_names_no_next(player: Player) -> None:
    assert "nextBefore" not in page(player, OWN, limit=1)


@pytest.mark.parametrize("limit", [1, 200])
def test_a_page_may_have_from_1_to_200_events(player: Player, limit: int) -> None:
    assert len(page(player, OWN, limit=limit)["events"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 201}, {"limit": -1}, {"limit": "many"}, {"limit": "1e1"}, {"limit": "٣"},
        {"before": ""}, {"before": "1"}, {"before": f"-1-{'a' * 24}"}, {"before": f"1-{'A' * 24}"},
        {"before": f"1-{'a' * 23}"}, {"before": f"{'9' * 16}-{'a' * 24}"}, {"before": f"1-{'a' * 24}\n"},
    ],
    ids=str,
)  # fmt: skip
def test_a_query_that_will_not_do_is_400(player: Player, query: dict[str, object]) -> None:
    assert refusal(player.get(OWN, params=query)) == (400, "VALIDATION_ERROR")


def test_the_largest_cursor_is_the_newest_page(player: Player) -> None:
    assert len(page(player, OWN, before=f"{'9' * 15}-{'f' * 24}")["events"]) == 1


def test_an_owner_sees_the_events_of_a_project_s_people(owner: Player, member: Player) -> None:
    event = page(owner, project_events(owner))["events"][0]
    assert (event["type"], event["personId"]) == ("account.register", member.person_id)


def test_a_project_s_events_are_also_what_operators_did_with_it(owner: Player) -> None:
    body = {"name": "Shop"}
    project_id = owner.post(f"/api/projects/{owner.org_id}/projects", body).json()["project"]["_id"]
    owner.patch(f"/api/projects/{owner.org_id}/projects/{project_id}", {"name": "Store"})
    assert types(owner, project_events(owner, project_id)) == ["project.update", "project.create"]


def test_an_operator_s_events_are_also_refused_operations_on_projects(owner: Player) -> None:
    path = f"/api/projects/{owner.org_id}/projects"
    for _ in range(2):
        owner.post(path, {"name": "Shop", "slug": "shop"})
    event = page(owner, OWN)["events"][0]
    assert (event["type"], event["outcome"], event["reason"]) == ("project.create", "refused", "CONFLICT")


def test_an_operator_s_events_are_also_refused_operations_on_keys(owner: Player) -> None:
    owner.delete(f"/api/api-keys/{'0' * 24}")
    event = page(owner, OWN)["events"][0]
    assert (event["type"], event["outcome"], event["reason"]) == ("api_key.delete", "refused", "NOT_FOUND")


def test_what_is_refused_for_the_role_alone_is_no_event(server: Server, owner: Player) -> None:
    viewer = colleague(server, owner, Role.VIEWER)
    assert refusal(viewer.post(f"/api/projects/{owner.org_id}/projects", {"name": "Shop"})) == (403, "FORBIDDEN")
    assert "project.create" not in types(viewer)


def test_a_project_s_events_are_also_what_was_done_with_its_keys(owner: Player) -> None:
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)}).json()["apiKey"]
    path = f"/api/api-keys/{made['_id']}"
    owner.patch(path, {"name": "Front end"})
    owner.post(f"{path}/regenerate")
    owner.delete(path)
    assert types(owner, project_events(owner))[:4] == [
        "api_key.delete", "api_key.regenerate", "api_key.update", "api_key.create"
    ]  # fmt: skip


def test_a_project_s_events_are_also_attempts_at_addresses_that_nobody_has(server: Server, owner: Player) -> None:
    body = {"projectId": first_project(owner), "email": "nobody@customers.test", "password": "not my password"}
    server.client.post("/api/auth/local/login", json=body)
    event = page(owner, project_events(owner))["events"][0]
    assert (event["type"], event["personId"], event["reason"]) == ("sign_in.password", "", "INVALID_CREDENTIALS")


def test_a_project_s_events_are_no_other_project_s(server: Server, owner: Player, member: Player) -> None:
    other = operator(server)
    assert member.person_id not in {event["personId"] for event in page(other, project_events(other))["events"]}


def test_a_project_s_pages_go_on_by_next_before(server: Server, owner: Player) -> None:
    people = [person(server, first_project(owner)) for _ in range(3)]
    path = project_events(owner)
    first = page(owner, path, limit=2)
    second = page(owner, path, limit=2, before=first["nextBefore"])
    seen = [event["personId"] for event in first["events"] + second["events"]]
    assert seen[:3] == [one.person_id for one in reversed(people)]


def test_an_admin_sees_a_project_s_events(server: Server, owner: Player) -> None:
    assert colleague(server, owner, Role.ADMIN).get(project_events(owner)).status_code == 200


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_members_and_viewers_do_not_see_a_project_s_events(server: Server, owner: Player, role: Role) -> None:
    refused = colleague(server, owner, role).get(project_events(owner))
    assert refusal(refused) == (403, "FORBIDDEN")


def test_people_of_a_project_do_not_see_its_events(owner: Player, member: Player) -> None:
    assert refusal(member.get(project_events(owner))) == (403, "FORBIDDEN")


def test_an_owner_of_another_organisation_finds_no_such_project(server: Server, owner: Player) -> None:
    assert refusal(operator(server).get(project_events(owner))) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path_of", [lambda _: OWN, project_events], ids=["own", "of a project"])
def test_an_api_key_sees_no_events(owner: Player, path_of: Any) -> None:
    body = {"name": "Back end", "projectId": first_project(owner)}
    secret = owner.post("/api/api-keys", body).json()["apiKey"]["secret"]
    response = owner.client.get(path_of(owner), headers={"X-API-Key": secret})
    assert refusal(response) == (403, "API_KEY_NOT_SUPPORTED")
