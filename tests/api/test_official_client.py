"""Mudbase's own Python client, unchanged: accounts, sessions and the second factor."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from mudbase import (
    ChangePasswordRequest,
    Disable2FARequest,
    EraseUserDataRequest,
    LoginLocalUserRequest,
    LoginRequest,
    RefreshTokenRequest,
    RegisterLocalUserRequest,
    RegisterRequest,
    UpdateUserRequest,
    Verify2FARequest,
)
from mudbase.exceptions import ForbiddenException, UnauthorizedException

from tests.support.authenticator import Authenticator
from tests.support.official import Official, official_client, told
from tests.support.people import PASSWORD, Player, first_project
from tests.support.scanner import scanned
from tests.support.server import Server


@pytest.fixture
def official(server: Server) -> Iterator[Official]:
    """The client, not signed in."""
    with official_client(server) as client:
        yield client


def test_register_user_makes_an_owner_with_an_organisation(official: Official) -> None:
    made = official.auth.register_user(
        RegisterRequest(
            email="morgan@register.test", password=PASSWORD, first_name="Morgan", last_name="Chen",
            org_name="Northwind", agreed_to_terms=True,
        )
    )  # fmt: skip
    assert made.user is not None
    assert made.user.org is not None
    assert (made.user.role, made.user.full_name, made.user.org.name) == ("owner", "Morgan Chen", "Northwind")
    assert official.with_token(str(made.token)).users.get_current_user().user == made.user


def test_login_user_gives_tokens_and_the_operator(official: Official, owner: Player) -> None:
    done = official.auth.login_user(LoginRequest(email=owner.email, password=PASSWORD))
    assert done.user is not None
    assert (done.user.id, done.user.email, done.expires_in) == (owner.person_id, owner.email, 1800)
    assert official.with_token(str(done.token)).auth.get_current_session().authenticated is True


def test_get_current_session_says_who_is_signed_in(official: Official, owner: Player) -> None:
    session = official.signed_in_as(owner).auth.get_current_session()
    assert session.user is not None
    assert (session.authenticated, session.user.id, session.user.role) == (True, owner.person_id, "owner")


def test_logout_user_ends_the_session(official: Official, owner: Player) -> None:
    assert official.signed_in_as(owner).auth.logout_user().message == "Signed out."
    with pytest.raises(UnauthorizedException) as refused:
        official.auth.get_current_session()
    assert told(refused.value)["code"] == "SESSION_REVOKED"


def test_register_local_user_signs_a_person_up_and_in(official: Official, owner: Player) -> None:
    made = official.auth.register_local_user(
        RegisterLocalUserRequest(
            email="pia@register.test", password=PASSWORD, first_name="Pia", last_name="Person",
            project_id=first_project(owner), agreed_to_terms=True,
        )
    )  # fmt: skip
    assert made.user is not None
    assert (made.require_verification, made.user.email, made.user.first_name) == (False, "pia@register.test", "Pia")
    assert official.with_token(str(made.token)).auth.get_local_session().authenticated is True


def test_login_local_user_gives_tokens_and_the_person(official: Official, member: Player) -> None:
    done = official.auth.login_local_user(
        LoginLocalUserRequest(email=member.email, password=PASSWORD, project_id=member.project_id)
    )
    assert done.user is not None
    assert (done.user.id, done.user.role, done.user.two_factor_enabled) == (member.person_id, "viewer", False)
    assert official.with_token(str(done.token)).auth.get_local_session().authenticated is True


def test_get_local_session_says_who_is_signed_in(official: Official, member: Player) -> None:
    session = official.signed_in_as(member).auth.get_local_session(project_id=member.project_id)
    assert session.user == {
        "id": member.person_id, "email": member.email, "firstName": "Pia", "lastName": "Person", "role": "viewer",
        "customRole": None, "emailVerified": False, "twoFactorEnabled": False,
    }  # fmt: skip


def test_logout_local_user_ends_the_session(official: Official, member: Player) -> None:
    assert official.signed_in_as(member).auth.logout_local_user().message == "Signed out."
    with pytest.raises(UnauthorizedException):
        official.auth.get_local_session()


def test_refresh_token_gives_a_new_pair(official: Official, player: Player) -> None:
    renewed = official.auth.refresh_token(RefreshTokenRequest(refresh_token=player.refresh_token))
    assert renewed.expires_in == 1800
    assert renewed.refresh_token != player.refresh_token
    again = official.auth.refresh_token(RefreshTokenRequest(refresh_token=str(renewed.refresh_token)))
    assert official.with_token(str(again.token)).users.get_current_user().user is not None


def test_get_current_user_describes_the_person(official: Official, player: Player) -> None:
    user = official.signed_in_as(player).users.get_current_user().user
    assert user is not None
    assert (user.id, user.email, user.role) == (player.person_id, player.email, "owner" if player.org_id else "viewer")
    assert (user.custom_role, user.is_anonymous, user.email_verified) == (None, False, False)
    assert (user.phone_verified, user.two_factor_enabled, user.avatar) == (False, False, None)
    assert user.created_at is not None
    assert abs(user.created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_update_user_profile_changes_names_and_avatar(official: Official, player: Player) -> None:
    wanted = UpdateUserRequest(first_name="Zoë", last_name="Ångström", avatar="https://pictures.example/z.png")
    updated = official.signed_in_as(player).users.update_user_profile(wanted).user
    assert updated is not None
    assert (updated.full_name, updated.avatar) == ("Zoë Ångström", "https://pictures.example/z.png")
    assert official.users.get_current_user().user == updated


def test_change_password_changes_it(official: Official, player: Player) -> None:
    wanted = ChangePasswordRequest(current_password=PASSWORD, new_password="staple horse correct")
    assert official.signed_in_as(player).users.change_password(wanted).message == "Password changed."
    player.password = "staple horse correct"
    assert player.login().status_code == 200


def test_export_user_data_holds_the_person(official: Official, player: Player) -> None:
    exported = official.signed_in_as(player).users.export_user_data()
    assert exported.exported_at is not None
    assert exported.user == official.users.get_current_user().user
    assert [project["name"] for project in exported.projects or []] == ["First project"] * bool(player.org_id)
    assert (exported.api_keys, exported.transactions, exported.files, exported.integrations) == ([], [], [], [])


def test_erase_user_data_erases_the_person(official: Official, player: Player) -> None:
    official.signed_in_as(player)
    if player.org_id:
        official.projects.delete_project(player.org_id, first_project(player))
    erased = official.users.erase_user_data(EraseUserDataRequest(confirm="DELETE", current_password=PASSWORD))
    assert erased.success is True
    assert erased.data is not None
    assert (erased.data.subject_id, erased.data.already_erased) == (player.person_id, False)
    assert (erased.data.anonymized, erased.data.sessions_revoked) == (True, True)
    with pytest.raises(UnauthorizedException):
        official.users.get_current_user()


def test_setup2_fa_gives_secret_key_and_qr_code(official: Official, player: Player) -> None:
    setup = official.signed_in_as(player).users.setup2_fa()
    assert len(setup.secret or "") == 32
    assert (setup.manual_entry_key or "").replace(" ", "") == setup.secret
    assert f"secret={setup.secret}" in scanned(setup.qr_code or "")


def test_verify2_fa_turns_two_factor_on(official: Official, player: Player) -> None:
    enrolled(official, player)
    user = official.users.get_current_user().user
    assert user is not None
    assert user.two_factor_enabled is True


def test_disable2_fa_turns_two_factor_off(official: Official, player: Player) -> None:
    enrolled(official, player)
    wanted = Disable2FARequest(password=PASSWORD, token=player.fresh_code())
    assert official.users.disable2_fa(wanted).message == "Two-factor authentication is off."
    user = official.users.get_current_user().user
    assert user is not None
    assert user.two_factor_enabled is False


def test_login_user_is_forbidden_until_the_second_factor_is_shown(official: Official, owner: Player) -> None:
    enrolled(official, owner)
    with pytest.raises(ForbiddenException) as refused:
        official.auth.login_user(LoginRequest(email=owner.email, password=PASSWORD))
    assert told(refused.value)["code"] == "TWO_FACTOR_REQUIRED"
    challenge = told(refused.value)["challengeToken"]
    token = owner.answer(challenge, owner.fresh_code()).json()["token"]
    assert official.with_token(token).auth.get_current_session().authenticated is True


def test_login_local_user_is_forbidden_until_the_second_factor_is_shown(official: Official, member: Player) -> None:
    enrolled(official, member)
    with pytest.raises(ForbiddenException) as refused:
        official.auth.login_local_user(
            LoginLocalUserRequest(email=member.email, password=PASSWORD, project_id=member.project_id)
        )
    assert refused.value.data is not None
    assert refused.value.data.code == "TWO_FACTOR_REQUIRED"
    token = member.answer(told(refused.value)["challengeToken"], member.fresh_code()).json()["token"]
    assert official.with_token(token).auth.get_local_session().authenticated is True


def enrolled(official: Official, player: Player) -> None:
    """Set up and verify by the client alone."""
    setup = official.signed_in_as(player).users.setup2_fa()
    player.authenticator = Authenticator.scanning(scanned(setup.qr_code or ""), player.clock.seconds)
    done = official.users.verify2_fa(Verify2FARequest(token=player.code()))
    assert done.message == "Two-factor authentication is on."
