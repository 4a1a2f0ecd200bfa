"""Signing up: operators with an organisation of their own, people with a project."""

from typing import Any

import httpx2
import pytest

from tests.support.answers import refusal
from tests.support.people import PASSWORD, Player, first_project
from tests.support.server import Server
from tests.support.tampering import stored_person


class Applicant:
    """Somebody who wants an account, of either kind."""

    def __init__(self, client: httpx2.Client, path: str, **body: object) -> None:
        self.client = client
        self.path = path
        self.body = {"password": PASSWORD, "firstName": "Ada", "lastName": "Applicant", **body}

    def apply(self, **more: object) -> httpx2.Response:
        body = {key: value for key, value in {**self.body, **more}.items() if value is not None}
        return self.client.post(self.path, json=body)


@pytest.fixture(params=["operator", "person of a project"])
def applicant(request: pytest.FixtureRequest, owner: Player) -> Applicant:
    """Once somebody who wants to be an operator, once somebody who wants to join a project."""
    email = f"ada.{owner.person_id}@customers.test"
    if request.param == "operator":
        return Applicant(owner.client, "/api/auth/register", email=email, agreedToTerms=True)
    return Applicant(owner.client, "/api/auth/local/register", email=email, projectId=first_project(owner))


def made_id(response: httpx2.Response) -> str:
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()["user"]
    return str(user.get("_id", user.get("id")))


def problem(response: httpx2.Response) -> dict[str, str]:
    """What was wrong, by field."""
    assert refusal(response) == (400, "VALIDATION_ERROR")
    details: dict[str, str] = response.json()["details"]
    return details


def demand(owner: Player, **settings: object) -> None:
    """Set settings of the owner's first project."""
    path = f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"
    assert owner.patch(path, {"settings": settings}).status_code == 200


def test_an_operator_gets_exactly_the_documented_keys(owner: Player) -> None:
    applicant = Applicant(owner.client, "/api/auth/register", email="new@northwind.test", agreedToTerms=True)
    response = applicant.apply()
    assert response.status_code == 201
    assert set(response.json()) == {"message", "token", "refreshToken", "expiresIn", "user"}


def test_a_person_of_a_project_gets_exactly_the_documented_keys(owner: Player) -> None:
    path, project_id = "/api/auth/local/register", first_project(owner)
    response = Applicant(owner.client, path, email="new@customers.test", projectId=project_id).apply()
    answer = response.json()
    assert response.status_code == 201
    assert set(answer) == {"message", "requireVerification", "token", "refreshToken", "expiresIn", "user"}
    assert set(answer["user"]) == {"id", "email", "firstName", "lastName", "emailVerified", "customRole"}


def test_an_operator_owns_a_new_organisation_with_a_first_project(owner: Player) -> None:
    projects = owner.get(f"/api/projects/{owner.org_id}/projects").json()["projects"]
    assert owner.get("/api/users/me").json()["user"]["role"] == "owner"
    assert [project["name"] for project in projects] == ["First project"]


def test_who_signed_up_is_signed_in(applicant: Applicant) -> None:
    token = applicant.apply().json()["token"]
    me = applicant.client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["user"]["email"] == applicant.body["email"]


@pytest.mark.parametrize("spelling", [str, str.upper, lambda email: email.replace("ada", "\uff41da")])
def test_an_address_that_is_taken_in_whatever_spelling_is_409(applicant: Applicant, spelling: Any) -> None:
    applicant.apply()
    again = applicant.apply(email=spelling(applicant.body["email"]))
    assert refusal(again) == (409, "CONFLICT")


def test_a_sign_up_refused_for_its_address_changes_nothing_of_the_account_that_has_it(
    server: Server, applicant: Applicant
) -> None:
    person_id = made_id(applicant.apply())
    before = stored_person(server, person_id)
    applicant.apply(password="another good password", firstName="Eve")
    assert stored_person(server, person_id) == before


def test_one_address_may_be_an_operator_and_in_several_projects(owner: Player) -> None:
    second = owner.post(f"/api/projects/{owner.org_id}/projects", {"name": "Second"}).json()["project"]["_id"]
    for project_id in (first_project(owner), second):
        applicant = Applicant(owner.client, "/api/auth/local/register", email=owner.email, projectId=project_id)
        assert applicant.apply().status_code == 201


@pytest.mark.parametrize("field", ["role", "customRole", "isAdmin", "status", "emailVerified", "_id", "org"])
def test_fields_that_would_raise_somebody_are_ignored(server: Server, applicant: Applicant, field: str) -> None:
    asked = {"role": "owner", "customRole": "chief", "isAdmin": True, "status": "disabled", "emailVerified": True}
    person_id = made_id(applicant.apply(**{field: asked.get(field, "0" * 24)}))
    made = stored_person(server, person_id)
    expected_role = "viewer" if made.project_id else "owner"
    assert (made.role, made.custom_role, made.status, made.email_verified) == (expected_role, None, "active", False)
    assert person_id != "0" * 24


@pytest.mark.parametrize("password", ["password", "PassWord1", "12345678", "qwertyuiop", "iloveyou1", "aaaaaaaaaaaa"])
def test_a_password_that_attackers_try_first_is_refused(applicant: Applicant, password: str) -> None:
    assert "attackers try first" in problem(applicant.apply(password=password))["password"]


def test_the_address_is_no_password(applicant: Applicant) -> None:
    assert "e-mail address" in problem(applicant.apply(password=applicant.body["email"]))["password"]


@pytest.mark.parametrize("length", [0, 7, 129, 5_000])
def test_a_password_that_is_too_short_or_too_long_is_refused(applicant: Applicant, length: int) -> None:
    assert list(problem(applicant.apply(password=("xyz!" * 1250)[:length]))) == ["password"]


@pytest.mark.parametrize("length", [8, 128])
def test_a_password_of_8_to_128_characters_will_do(applicant: Applicant, length: int) -> None:
    assert applicant.apply(password=("xyz!" * 32)[:length]).status_code == 201


def test_a_password_is_measured_in_characters_not_bytes(applicant: Applicant) -> None:
    assert applicant.apply(password="🦆🦢🦉🦜" * 32).status_code == 201


def test_no_kind_of_character_is_demanded_of_a_password(applicant: Applicant) -> None:
    assert applicant.apply(password="only lower case words").status_code == 201


def test_a_password_is_kept_as_an_argon2id_hash(server: Server, applicant: Applicant) -> None:
    person_id = made_id(applicant.apply())
    assert str(stored_person(server, person_id).password_hash).startswith("$argon2id$")


@pytest.mark.parametrize("agreed", [False, None, "true", 1])
def test_an_operator_must_agree_to_the_terms(owner: Player, agreed: object) -> None:
    applicant = Applicant(owner.client, "/api/auth/register", email="ada@northwind.test", agreedToTerms=agreed)
    assert list(problem(applicant.apply())) == ["agreedToTerms"]


@pytest.mark.parametrize("field", ["email", "password", "firstName", "lastName"])
def test_a_field_that_is_missing_is_named(applicant: Applicant, field: str) -> None:
    assert problem(applicant.apply(**{field: None})) == {field: "is required"}


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@customers.test", "a b@customers.test", "a@b@c.test", 17])
def test_an_address_must_be_one(applicant: Applicant, email: object) -> None:
    assert list(problem(applicant.apply(email=email))) == ["email"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, 17])
def test_a_name_must_have_1_to_100_characters(applicant: Applicant, name: object) -> None:
    assert list(problem(applicant.apply(firstName=name))) == ["firstName"]


def test_an_unknown_project_is_404(owner: Player) -> None:
    applicant = Applicant(owner.client, "/api/auth/local/register", email="ada@customers.test", projectId="0" * 24)
    assert refusal(applicant.apply()) == (404, "NOT_FOUND")


def test_where_a_verified_address_is_demanded_there_is_no_token_yet(owner: Player) -> None:
    demand(owner, requireEmailVerification=True)
    applicant = Applicant(
        owner.client, "/api/auth/local/register", email="ada@customers.test", projectId=first_project(owner)
    )
    answer = applicant.apply().json()
    assert set(answer) == {"message", "requireVerification", "user"}
    assert answer["requireVerification"] is True


def test_where_approval_is_demanded_there_is_no_token_yet(owner: Player) -> None:
    demand(owner, defaultUserAccountStatus="pending")
    applicant = Applicant(
        owner.client, "/api/auth/local/register", email="ada@customers.test", projectId=first_project(owner)
    )
    answer = applicant.apply().json()
    assert set(answer) == {"message", "requireVerification", "user"}
    assert "approval" in answer["message"]
