"""A person's own profile and the export of their data."""

import pytest

from mudguard.rules.roles import Role
from tests.support.answers import refusal
from tests.support.colleagues import added_operator
from tests.support.people import PASSWORD, Player, first_project
from tests.support.server import Server
from tests.support.tampering import stored_person

OF_EVERYBODY = {
    "_id", "email", "firstName", "lastName", "fullName", "role", "customRole", "isAnonymous", "emailVerified",
    "phoneVerified", "twoFactorEnabled", "lastLogin", "createdAt", "updatedAt",
}  # fmt: skip


def test_an_operator_is_described_with_their_organisation(owner: Player) -> None:
    user = owner.get("/api/users/me").json()["user"]
    assert set(user) == OF_EVERYBODY | {"org"}
    assert user["org"] == {"_id": owner.org_id, "name": "Olga's organization", "slug": user["org"]["slug"]}


def test_a_person_of_a_project_is_described_without_an_organisation(member: Player) -> None:
    assert set(member.get("/api/users/me").json()["user"]) == OF_EVERYBODY


def test_a_person_of_a_project_has_the_role_viewer_and_no_custom_role(member: Player) -> None:
    user = member.get("/api/users/me").json()["user"]
    assert (user["role"], user["customRole"]) == ("viewer", None)


def test_dates_are_utc_with_milliseconds(player: Player) -> None:
    created = player.get("/api/users/me").json()["user"]["createdAt"]
    assert (len(created), created[10], created[19], created[23]) == (24, "T", ".", "Z")


def test_me_shows_whether_two_factor_is_on(player: Player) -> None:
    assert player.get("/api/users/me").json()["user"]["twoFactorEnabled"] is False
    player.enrol()
    assert player.get("/api/users/me").json()["user"]["twoFactorEnabled"] is True


def test_somebody_who_never_signed_in_has_no_last_login(owner: Player, server: Server) -> None:
    made = added_operator(server, owner, Role.MEMBER)
    assert made.last_login_at is None
    assert stored_person(server, made.id).last_login_at is None


def test_a_sign_in_is_the_last_login(player: Player) -> None:
    first = player.get("/api/users/me").json()["user"]["lastLogin"]
    player.clock.advance(60)
    player.login()
    assert player.get("/api/users/me").json()["user"]["lastLogin"] > first


def test_names_can_be_changed(player: Player) -> None:
    changed = player.patch("/api/users/update", {"firstName": "Zoë", "lastName": "Ångström"})
    assert changed.json()["user"]["fullName"] == "Zoë Ångström"
    assert player.get("/api/users/me").json()["user"] == changed.json()["user"]


def test_what_is_left_out_of_an_update_stays(player: Player) -> None:
    before = player.get("/api/users/me").json()["user"]
    player.patch("/api/users/update", {"firstName": "Zoë"})
    after = player.get("/api/users/me").json()["user"]
    assert after == {**before, "firstName": "Zoë", "fullName": after["fullName"], "updatedAt": after["updatedAt"]}


def test_an_update_moves_updated_at(player: Player) -> None:
    before = player.get("/api/users/me").json()["user"]["updatedAt"]
    player.clock.advance(1)
    player.patch("/api/users/update", {})
    assert player.get("/api/users/me").json()["user"]["updatedAt"] > before


def test_space_around_and_within_names_is_tidied(player: Player) -> None:
    changed = player.patch("/api/users/update", {"firstName": "  Anna \n Maria "})
    assert changed.json()["user"]["firstName"] == "Anna Maria"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, 7, ["Zoë"], True])
def test_what_is_no_name_is_refused(player: Player, name: object) -> None:
    response = player.patch("/api/users/update", {"firstName": name})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["firstName"]


def test_an_avatar_is_a_web_address(player: Player) -> None:
    changed = player.patch("/api/users/update", {"avatar": "https://pictures.example/z.png"})
    assert changed.json()["user"]["avatar"] == "https://pictures.example/z.png"


def test_an_empty_avatar_removes_it(player: Player) -> None:
    player.patch("/api/users/update", {"avatar": "https://pictures.example/z.png"})
    changed = player.patch("/api/users/update", {"avatar": ""})
    assert "avatar" not in changed.json()["user"]


@pytest.mark.parametrize(
    "avatar", ["javascript:alert(1)", "data:image/png;base64,AAAA", "ftp://pictures.example/z", "z.png", "//host/z", 1]
)
def test_an_avatar_that_is_no_web_address_is_refused(player: Player, avatar: object) -> None:
    response = player.patch("/api/users/update", {"avatar": avatar})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["avatar"]


@pytest.mark.parametrize(
    "wish",
    [
        {"role": "owner"}, {"customRole": "root"}, {"email": "else@where.test"}, {"emailVerified": True},
        {"_id": "f" * 24}, {"org": "f" * 24}, {"twoFactorEnabled": True}, {"isAnonymous": True},
    ],
    ids=lambda wish: next(iter(wish)),
)  # fmt: skip
def test_an_update_changes_nothing_but_names_and_avatar(player: Player, wish: dict[str, object]) -> None:
    before = player.get("/api/users/me").json()["user"]
    assert player.patch("/api/users/update", wish).status_code == 200
    after = player.get("/api/users/me").json()["user"]
    assert after == {**before, "updatedAt": after["updatedAt"]}


def test_an_export_holds_the_person_and_the_documented_lists(player: Player) -> None:
    exported = player.get("/api/users/me/export").json()
    assert set(exported) == {
        "exportedAt", "user", "projects", "transactions", "files", "integrations", "apiKeys",
    }  # fmt: skip
    assert exported["user"] == player.get("/api/users/me").json()["user"]


def test_an_export_of_an_operator_holds_their_projects_and_the_keys_they_made(owner: Player) -> None:
    project_id = first_project(owner)
    key = owner.post("/api/api-keys", {"name": "Back end", "projectId": project_id}).json()["apiKey"]
    exported = owner.get("/api/users/me/export").json()
    assert [project["_id"] for project in exported["projects"]] == [project_id]
    del key["secret"]
    assert exported["apiKeys"] == [key]


def test_an_export_holds_no_secrets(player: Player, server: Server) -> None:
    player.enrol()
    exported = player.get("/api/users/me/export").text
    assert player.authenticator is not None
    secrets = [PASSWORD, player.authenticator.secret, *player.backup_codes, player.token, player.refresh_token]
    assert [secret for secret in [*secrets, "$argon2"] if secret in exported] == []
