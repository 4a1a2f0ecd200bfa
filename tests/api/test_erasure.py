"""Erasing oneself: what it takes, and that nothing of the person is left."""

import httpx2
import pytest
from sqlalchemy import select

from mudguard.rules.roles import Role, Status
from mudguard.store import organizations
from mudguard.store.tables import emails, known_addresses, sessions, two_factor
from tests.support.answers import refusal
from tests.support.colleagues import colleague
from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.server import Server
from tests.support.tampering import stored_person

pytestmark = pytest.mark.both_databases


def erase(player: Player, **more: object) -> httpx2.Response:
    return player.post("/api/users/me/erase", {"confirm": "DELETE", "currentPassword": PASSWORD, **more})


def without_projects(owner: Player) -> Player:
    """An owner whose organisation is not in use."""
    assert owner.delete(f"/api/projects/{owner.org_id}/projects/{first_project(owner)}").status_code == 200
    return owner


@pytest.fixture(params=["operator", "person of a project"])
def leaver(request: pytest.FixtureRequest, server: Server) -> Player:
    """Somebody whom nothing stops from going."""
    owner = operator(server)
    return without_projects(owner) if request.param == "operator" else person(server, first_project(owner))


def test_an_erasure_says_what_was_done(leaver: Player) -> None:
    assert erase(leaver).json() == {
        "success": True, "message": "Your account is erased.",
        "data": {
            "alreadyErased": False, "subjectId": leaver.person_id, "anonymized": True, "sessionsRevoked": True,
        },
    }  # fmt: skip


def test_tokens_are_dead_at_once(leaver: Player) -> None:
    elsewhere = leaver.signed_in_again()
    erase(leaver)
    assert refusal(leaver.get("/api/users/me")) == (401, "SESSION_REVOKED")
    assert refusal(elsewhere.get("/api/users/me")) == (401, "SESSION_REVOKED")
    assert refusal(leaver.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_an_erased_person_cannot_sign_in(leaver: Player) -> None:
    erase(leaver)
    assert refusal(leaver.login()) == (401, "INVALID_CREDENTIALS")


def test_the_address_is_free_again(server: Server) -> None:
    leaver = without_projects(operator(server))
    erase(leaver)
    assert operator(server, email=leaver.email).person_id != leaver.person_id


def test_the_address_is_free_again_within_a_project(member: Player, server: Server) -> None:
    erase(member)
    assert person(server, str(member.project_id), email=member.email).person_id != member.person_id


def test_nothing_of_the_person_is_left_but_the_id(leaver: Player, server: Server) -> None:
    leaver.patch("/api/users/update", {"avatar": "https://pictures.example/z.png"})
    leaver.enrol()
    erase(leaver, totpToken=leaver.fresh_code())
    left = stored_person(server, leaver.person_id)
    assert (left.email, left.first_name, left.last_name) == (f"{leaver.person_id}@erased.invalid", "", "")
    assert (left.avatar, left.password_hash, left.last_login_at, left.status) == (None, None, None, Status.ERASED)
    with server.inspect().connection() as connection:
        for table in (emails, known_addresses, sessions, two_factor):
            assert connection.execute(select(table).where(table.c.person_id == leaver.person_id)).all() == []


@pytest.mark.parametrize("confirm", ["delete", "YES", "", True, None, 1])
def test_without_the_word_delete_nothing_is_erased(leaver: Player, confirm: object) -> None:
    response = erase(leaver, confirm=confirm)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["confirm"]
    assert leaver.get("/api/users/me").status_code == 200


def test_without_the_password_nothing_is_erased(leaver: Player) -> None:
    response = leaver.post("/api/users/me/erase", {"confirm": "DELETE"})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json()["details"] == {"currentPassword": "is required"}


def test_with_a_wrong_password_nothing_is_erased(leaver: Player) -> None:
    assert refusal(erase(leaver, currentPassword="not my password")) == (400, "INVALID_PASSWORD")
    assert leaver.get("/api/users/me").status_code == 200


def test_with_two_factor_on_a_code_is_needed(leaver: Player) -> None:
    leaver.enrol()
    assert refusal(erase(leaver)) == (400, "INVALID_TWO_FACTOR_CODE")
    assert refusal(erase(leaver, totpToken=leaver.wrong_code())) == (400, "INVALID_TWO_FACTOR_CODE")
    assert leaver.get("/api/users/me").status_code == 200


def test_with_two_factor_on_a_code_of_the_authenticator_will_do(leaver: Player) -> None:
    leaver.enrol()
    assert erase(leaver, totpToken=leaver.fresh_code()).status_code == 200


def test_with_two_factor_on_a_backup_code_will_do(leaver: Player) -> None:
    leaver.enrol()
    assert erase(leaver, totpToken=leaver.backup_codes[0]).status_code == 200


def test_a_wrong_password_does_not_use_the_code_up(leaver: Player) -> None:
    leaver.enrol()
    code = leaver.fresh_code()
    assert refusal(erase(leaver, currentPassword="not my password", totpToken=code)) == (400, "INVALID_PASSWORD")
    assert erase(leaver, totpToken=code).status_code == 200


def test_with_two_factor_off_a_code_is_not_looked_at(leaver: Player) -> None:
    assert erase(leaver, totpToken="000000").status_code == 200


def test_the_sole_owner_of_an_organisation_with_projects_is_refused(owner: Player) -> None:
    refused = erase(owner)
    assert refusal(refused) == (409, "CONFLICT")
    assert refused.json()["soleOwnedOrgs"] == [owner.org_id]
    assert owner.get("/api/users/me").status_code == 200


def test_the_sole_owner_of_an_organisation_with_other_operators_is_refused(owner: Player, server: Server) -> None:
    colleague(server, without_projects(owner), Role.ADMIN)
    assert refusal(erase(owner)) == (409, "CONFLICT")


def test_a_refused_erasure_does_not_use_the_code_up(owner: Player) -> None:
    owner.enrol()
    code = owner.fresh_code()
    assert refusal(erase(owner, totpToken=code)) == (409, "CONFLICT")
    without_projects(owner)
    assert erase(owner, totpToken=code).status_code == 200


def test_one_of_two_owners_may_go_and_the_organisation_stays(owner: Player, server: Server) -> None:
    other = colleague(server, owner, Role.OWNER)
    assert erase(owner).status_code == 200
    assert other.get(f"/api/projects/{owner.org_id}/projects").json()["total"] == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_an_operator_who_is_no_owner_may_go(owner: Player, server: Server, role: Role) -> None:
    assert erase(colleague(server, owner, role)).status_code == 200
    assert owner.get("/api/users/me").status_code == 200


def test_an_owner_may_go_after_the_other_operators_went(owner: Player, server: Server) -> None:
    erase(colleague(server, owner, Role.ADMIN))
    assert erase(without_projects(owner)).status_code == 200


def test_an_empty_organisation_goes_with_its_last_operator(owner: Player, server: Server) -> None:
    erase(without_projects(owner))
    assert server.inspect().read(organizations.find, str(owner.org_id)) is None


def test_api_keys_that_the_person_made_are_switched_off(owner: Player, server: Server) -> None:
    admin = colleague(server, owner, Role.ADMIN)
    project_id = first_project(owner)
    secret = admin.post("/api/api-keys", {"name": "Theirs", "projectId": project_id}).json()["apiKey"]["secret"]
    kept = owner.post("/api/api-keys", {"name": "Mine", "projectId": project_id}).json()["apiKey"]["secret"]
    erase(admin)
    path = f"/api/projects/{owner.org_id}/projects/{project_id}"
    assert server.client.get(path, headers={"X-API-Key": secret}).status_code == 401
    assert server.client.get(path, headers={"X-API-Key": kept}).status_code == 200
    assert [key["isActive"] for key in owner.get("/api/api-keys").json()["apiKeys"]] == [False, True]
