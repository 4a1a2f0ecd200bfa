"""Who may do what with projects and API keys: by role, and never in a foreign organisation."""

from collections.abc import Callable

import httpx2
import pytest

from mudguard.rules.roles import Role
from tests.support.answers import refusal
from tests.support.colleagues import colleague
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

NOBODYS_ID = "f" * 24
PROJECTS = "/api/projects/{org}/projects"
PROJECT = PROJECTS + "/{project}"
KEYS = "/api/api-keys"
KEY = KEYS + "/{key}"

Operation = tuple[str, str, dict[str, object] | None]

LIST: Operation = ("GET", PROJECTS, None)
GET: Operation = ("GET", PROJECT, None)
CREATE: Operation = ("POST", PROJECTS, {"name": "Shop"})
UPDATE: Operation = ("PATCH", PROJECT, {"name": "Renamed"})
DELETE: Operation = ("DELETE", PROJECT, None)
LIST_KEYS: Operation = ("GET", KEYS, None)
CREATE_KEY: Operation = ("POST", KEYS, {"name": "Back end", "projectId": "{project}"})
UPDATE_KEY: Operation = ("PATCH", KEY, {"name": "Renamed"})
REGENERATE_KEY: Operation = ("POST", KEY + "/regenerate", None)
USAGE_OF_KEY: Operation = ("GET", KEY + "/usage", None)
DELETE_KEY: Operation = ("DELETE", KEY, None)

OF_ONE_PROJECT = [GET, UPDATE, DELETE]
OF_PROJECTS = [LIST, CREATE, *OF_ONE_PROJECT]
OF_ONE_KEY = [UPDATE_KEY, REGENERATE_KEY, USAGE_OF_KEY, DELETE_KEY]
OF_KEYS = [LIST_KEYS, CREATE_KEY, *OF_ONE_KEY]

ALLOWED = [
    *((role, operation) for operation in (LIST, GET) for role in Role),
    *((role, operation) for operation in (CREATE, UPDATE, *OF_KEYS) for role in (Role.OWNER, Role.ADMIN)),
    (Role.OWNER, DELETE),
]
FORBIDDEN = [
    (role, operation) for operation in OF_PROJECTS + OF_KEYS for role in Role if (role, operation) not in ALLOWED
]

Request = Callable[[Player, Operation], httpx2.Response]


def named(value: object) -> str:
    """How a case is called in the list of tests."""
    return " ".join(value[:2]) if isinstance(value, tuple) else str(value)


@pytest.fixture
def request_of(owner: Player) -> Request:
    """Makes requests about the owner's first project and a key of it, by whoever is asked to."""
    project_id = first_project(owner)
    key_id = owner.post(KEYS, {"name": "Back end", "projectId": project_id}).json()["apiKey"]["_id"]
    ids = {"org": owner.org_id, "project": project_id, "key": key_id}

    def make(player: Player, operation: Operation) -> httpx2.Response:
        method, path, body = operation
        if body is not None and "projectId" in body:
            body = {**body, "projectId": project_id}
        return player.client.request(method, path.format(**ids), headers=player.headers, json=body)

    return make


@pytest.mark.parametrize(("role", "operation"), ALLOWED, ids=named)
def test_it_is_allowed(role: Role, operation: Operation, owner: Player, server: Server, request_of: Request) -> None:
    assert request_of(colleague(server, owner, role), operation).is_success


@pytest.mark.parametrize(("role", "operation"), FORBIDDEN, ids=named)
def test_it_is_forbidden(role: Role, operation: Operation, owner: Player, server: Server, request_of: Request) -> None:
    response = request_of(colleague(server, owner, role), operation)
    assert refusal(response) == (403, "FORBIDDEN")
    assert role in response.json()["error"]


@pytest.mark.parametrize("operation", OF_PROJECTS + OF_ONE_KEY, ids=named)
def test_a_foreign_organisation_is_not_to_be_found(operation: Operation, server: Server, request_of: Request) -> None:
    assert refusal(request_of(operator(server), operation)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("operation", OF_ONE_PROJECT, ids=named)
def test_a_foreign_project_is_not_to_be_found_under_ones_own_organisation(
    operation: Operation, owner: Player, server: Server
) -> None:
    method, path, body = operation
    foreign = path.format(org=owner.org_id, project=first_project(operator(server)))
    response = owner.client.request(method, foreign, headers=owner.headers, json=body)
    assert refusal(response) == (404, "NOT_FOUND")


def test_a_key_for_a_foreign_project_is_refused_as_one_that_does_not_exist(owner: Player, server: Server) -> None:
    foreign = owner.post(KEYS, {"name": "Mine", "projectId": first_project(operator(server))})
    missing = owner.post(KEYS, {"name": "Mine", "projectId": NOBODYS_ID})
    assert refusal(foreign) == refusal(missing) == (400, "VALIDATION_ERROR")
    assert foreign.json()["details"] == missing.json()["details"]


def test_foreign_keys_are_not_listed(request_of: Request, server: Server) -> None:
    assert request_of(operator(server), LIST_KEYS).json() == {"apiKeys": [], "total": 0}


@pytest.mark.parametrize("operation", [op for op in OF_PROJECTS + OF_KEYS if op is not GET], ids=named)
def test_people_of_a_project_manage_nothing(operation: Operation, member: Player, request_of: Request) -> None:
    assert refusal(request_of(member, operation)) == (403, "FORBIDDEN")


def test_people_of_a_project_may_look_at_their_own(member: Player, request_of: Request) -> None:
    assert request_of(member, GET).json()["_id"] == member.project_id


def test_people_of_a_project_may_not_look_at_another_of_the_same_organisation(
    owner: Player, server: Server, request_of: Request
) -> None:
    other = owner.post(PROJECTS.format(org=owner.org_id), {"name": "Other"}).json()["project"]["_id"]
    assert refusal(request_of(person(server, other), GET)) == (404, "NOT_FOUND")


def test_ids_may_be_written_in_capitals(owner: Player) -> None:
    path = PROJECT.format(org=str(owner.org_id).upper(), project=first_project(owner).upper())
    assert owner.get(path).status_code == 200


@pytest.mark.parametrize("org_id", ["1", "g" * 24, "f" * 23, "f" * 25, "%00", "f" * 24 + "%0a"])
def test_what_is_no_id_is_refused_by_name(owner: Player, org_id: str) -> None:
    response = owner.get(PROJECTS.format(org=org_id))
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["orgId"]
