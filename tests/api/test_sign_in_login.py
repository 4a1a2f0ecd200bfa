"""The password step of a sign-in: who gets in, who does not, and how little a refusal tells."""

import timeit
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.server import Server
from tests.support.tampering import set_person, stored_person

pytestmark = pytest.mark.usefixtures("still_clock")


def body_of(response: httpx2.Response) -> dict[str, object]:
    """An answer without what is different in every answer."""
    return {key: value for key, value in response.json().items() if key not in ("timestamp", "requestId")}


def seconds_of_a_login(player: Player) -> float:
    """How long a login takes when nothing else is in its way: the least of three."""
    return min(timeit.repeat(player.login, number=1, repeat=3))


def demand(owner: Player, **settings: object) -> str:
    """Set settings of the owner's first project; its id."""
    project_id = first_project(owner)
    response = owner.patch(f"/api/projects/{owner.org_id}/projects/{project_id}", {"settings": settings})
    assert response.status_code == 200, response.text
    return project_id


def test_an_operator_gets_exactly_the_documented_keys(owner: Player) -> None:
    answer = owner.login().json()
    assert set(answer) == {"message", "token", "refreshToken", "expiresIn", "user"}
    assert answer["user"]["_id"] == owner.person_id


def test_a_person_of_a_project_gets_exactly_the_documented_keys(member: Player) -> None:
    answer = member.login().json()
    assert set(answer) == {"message", "token", "refreshToken", "expiresIn", "user"}
    assert answer["user"] == {
        "id": member.person_id, "email": member.email, "firstName": "Pia", "lastName": "Person", "role": "viewer",
        "emailVerified": False, "twoFactorEnabled": False,
    }  # fmt: skip


def test_a_wrong_password_is_401(player: Player) -> None:
    player.password = "not the password"
    assert refusal(player.login()) == (401, "INVALID_CREDENTIALS")


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(player: Player) -> None:
    player.password = "not the password"
    wrong_password = player.login()
    player.email = "nobody@nowhere.test"
    unknown = player.login()
    assert unknown.status_code == wrong_password.status_code
    assert body_of(unknown) == body_of(wrong_password)


def test_an_unknown_project_gets_the_same_answer_too(member: Player) -> None:
    member.password = "not the password"
    wrong_password = member.login()
    member.project_id = "0" * 24
    assert body_of(member.login()) == body_of(wrong_password)


@pytest.mark.parametrize("unknown", ["address", "project"])
def test_what_is_unknown_takes_as_long_as_a_wrong_password(tmp_path: Path, unknown: str) -> None:
    with Server(tmp_path, argon2_memory_kib=65_536, argon2_passes=3) as server:
        member = person(server, first_project(operator(server)))
        member.password = "not the password"
        stranger = replace(member, email="nobody@nowhere.test")
        if unknown == "project":
            stranger = replace(member, project_id="0" * 24)
        assert seconds_of_a_login(stranger) > seconds_of_a_login(member) / 2


def test_the_right_password_of_somebody_of_another_project_is_401(owner: Player, member: Player) -> None:
    made = owner.post(f"/api/projects/{owner.org_id}/projects", {"name": "Another"}).json()
    member.project_id = made["project"]["_id"]
    assert refusal(member.login()) == (401, "INVALID_CREDENTIALS")


def test_an_operator_is_nobody_in_their_own_project(owner: Player) -> None:
    owner.project_id = first_project(owner)
    assert refusal(owner.login()) == (401, "INVALID_CREDENTIALS")


def test_a_person_of_a_project_is_no_operator(member: Player) -> None:
    member.project_id = None
    assert refusal(member.login()) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "spelling", ["UPPER.Case@Northwind.TEST", "upper.case@northwind.test", "\uff35pper.case@northwind.test"]
)
def test_an_address_compares_without_case_after_nfkc(member: Player, server: Server, spelling: str) -> None:
    somebody = person(server, str(member.project_id), email="Upper.Case@Northwind.test")
    somebody.email = spelling
    assert somebody.login().status_code == 200


def test_a_password_compares_after_nfkc(server: Server, owner: Player) -> None:
    composed, decomposed = "pâte à crêpes", "pa\u0302te a\u0300 cre\u0302pes"
    body = {"email": "chef@customers.test", "firstName": "C", "lastName": "C", "projectId": first_project(owner)}
    owner.client.post("/api/auth/local/register", json={**body, "password": composed})
    chef = {"email": "chef@customers.test", "password": decomposed, "projectId": body["projectId"]}
    assert owner.client.post("/api/auth/local/login", json=chef).status_code == 200


@pytest.mark.parametrize("status", ["disabled", "pending"])
def test_an_account_that_is_not_active_is_403(server: Server, player: Player, status: str) -> None:
    set_person(server, player.person_id, status=status)
    assert refusal(player.login()) == (403, "ACCOUNT_DISABLED")


def test_that_an_account_is_disabled_is_told_to_the_right_password_alone(server: Server, player: Player) -> None:
    set_person(server, player.person_id, status="disabled")
    player.password = "not the password"
    assert refusal(player.login()) == (401, "INVALID_CREDENTIALS")


def test_a_disabled_account_with_two_factor_gets_no_challenge(server: Server, player: Player) -> None:
    player.enrol()
    set_person(server, player.person_id, status="disabled")
    assert refusal(player.login()) == (403, "ACCOUNT_DISABLED")


def test_a_project_may_demand_a_verified_address(owner: Player, member: Player) -> None:
    demand(owner, requireEmailVerification=True)
    assert refusal(member.login()) == (403, "EMAIL_VERIFICATION_REQUIRED")


def test_with_a_verified_address_that_demand_is_met(server: Server, owner: Player, member: Player) -> None:
    demand(owner, requireEmailVerification=True)
    set_person(server, member.person_id, email_verified=True)
    assert member.login().status_code == 200


def test_a_demand_for_a_verified_address_comes_before_any_challenge(owner: Player, member: Player) -> None:
    member.enrol()
    demand(owner, requireEmailVerification=True)
    assert refusal(member.login()) == (403, "EMAIL_VERIFICATION_REQUIRED")


def test_no_project_can_demand_it_of_operators(owner: Player) -> None:
    demand(owner, requireEmailVerification=True)
    assert owner.login().status_code == 200


@pytest.mark.parametrize("missing", ["email", "password"])
def test_address_and_password_are_required(player: Player, missing: str) -> None:
    body = {"email": player.email, "password": player.password}
    del body[missing]
    response = player.client.post("/api/auth/login", json=body)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json()["details"] == {missing: "is required"}


@pytest.mark.parametrize("project_id", ["", "first-project", "z" * 24, "0" * 23, None])
def test_a_project_id_must_be_one(member: Player, project_id: str | None) -> None:
    body = {"email": member.email, "password": PASSWORD, "projectId": project_id}
    response = member.client.post("/api/auth/local/login", json=body)
    assert refusal(response) == (400, "VALIDATION_ERROR")


def test_a_project_id_in_capitals_is_the_same(member: Player) -> None:
    member.project_id = str(member.project_id).upper()
    assert member.login().status_code == 200


def test_a_login_gives_the_password_today_s_cost(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
        assert "$m=8,t=1,p=1$" in str(stored_person(server, owner.person_id).password_hash)
    with Server(tmp_path, argon2_memory_kib=16, argon2_passes=2) as server:
        owner.client = server.client
        assert owner.login().status_code == 200
        assert "$m=16,t=2,p=1$" in str(stored_person(server, owner.person_id).password_hash)
        assert owner.login().status_code == 200


def test_a_wrong_password_changes_no_hash(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
        before = stored_person(server, owner.person_id).password_hash
    with Server(tmp_path, argon2_memory_kib=16) as server:
        owner.client, owner.password = server.client, "not the password"
        owner.login()
        assert stored_person(server, owner.person_id).password_hash == before


def test_sessions_go_on_when_the_password_gets_today_s_cost(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        owner = operator(server)
    with Server(tmp_path, argon2_memory_kib=16) as server:
        owner.client = server.client
        owner.login()
        assert owner.get("/api/users/me").status_code == 200
