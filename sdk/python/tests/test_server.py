"""The client and a real server: what a person does, from sign-up to erasure."""

import time
from typing import Any, NamedTuple

import pytest
from support.clients import Player
from support.people import PASSWORD, code_of, new_email, operator, wrong_code_for

from mudguard_client import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    PermissionDeniedError,
    TwoFactorRequired,
)


class Person(NamedTuple):
    """Somebody with a client, and what they enrolled."""

    player: Any
    email: str
    secret: str = ""
    backup_codes: tuple[str, ...] = ()


@pytest.fixture
def owner(play: Player, server: str) -> Any:
    """A new operator, signed in."""
    email = new_email()
    with play(server) as player:
        player.call("auth.register", **operator(email))
        yield Person(player, email)


@pytest.fixture
def enrolled(owner: Person) -> Person:
    """An operator whose second factor is on; the codes of this step and before are spent."""
    setup = owner.player.call("users.setup2fa")
    owner.player.call("users.verify2fa", code_of(setup.secret))
    return Person(owner.player, owner.email, setup.secret, setup.backup_codes)


def challenged(player: Any, email: str) -> TwoFactorRequired:
    with pytest.raises(TwoFactorRequired) as caught:
        player.call("auth.login", email=email, password=PASSWORD)
    return caught.value


def first_project(owner: Person) -> tuple[str, str]:
    org_id = owner.player.call("users.get").user.org.id
    return org_id, owner.player.call("projects.list", org_id).projects[0].id


def test_a_sign_up_signs_in(owner: Person) -> None:
    session = owner.player.call("auth.get_session")
    assert (session.user.email, session.user.role, session.authenticated) == (owner.email, "owner", True)


def test_a_person_of_a_project_signs_up_in_and_is_erased(play: Player, server: str, owner: Person) -> None:
    _, project_id = first_project(owner)
    who = {"email": new_email(), "password": PASSWORD, "project_id": project_id}
    with play(server) as player:
        player.call("auth.register", first_name="Robin", last_name="Ode", **who)
        assert player.call("auth.login", **who).user.two_factor_enabled is False
        player.call("users.erase", confirm="DELETE", current_password=PASSWORD)
        assert player.tokens() is None
        with pytest.raises(AuthenticationError):
            player.call("auth.login", **who)


def test_a_taken_address_is_a_conflict(owner: Person) -> None:
    with pytest.raises(ConflictError):
        owner.player.call("auth.register", **operator(owner.email))


def test_an_enrolment_gives_secret_picture_and_ten_backup_codes(owner: Person) -> None:
    setup = owner.player.call("users.setup2fa")
    assert setup.manual_entry_key.replace(" ", "") == setup.secret
    assert setup.qr_code.startswith("data:image/png;base64,")
    assert len(set(setup.backup_codes)) == 10
    assert setup.extra == {}


def test_a_verified_enrolment_is_on_and_raises_the_session_at_its_refresh(enrolled: Person) -> None:
    status = enrolled.player.call("users.two_factor")
    enrolled.player.call("auth.refresh")
    assert (status.enabled, status.pending, status.backup_codes_remaining) == (True, False, 10)
    assert abs(status.enabled_at.timestamp() - time.time()) < 60
    assert enrolled.player.call("users.sessions").sessions[0].aal == "aal2"


def test_a_wrong_enrolment_code_is_a_bad_request(owner: Person) -> None:
    setup = owner.player.call("users.setup2fa")
    with pytest.raises(BadRequestError) as caught:
        owner.player.call("users.verify2fa", wrong_code_for(setup.secret))
    assert caught.value.code == "INVALID_TWO_FACTOR_CODE"
    assert caught.value.request_id


def test_a_sign_in_with_a_second_factor_tells_what_it_wants(enrolled: Person) -> None:
    required = challenged(enrolled.player, enrolled.email)
    assert required.methods == ("totp", "backup_code")
    assert required.expires_in == 300
    assert isinstance(required, PermissionDeniedError)


def test_a_wrong_code_can_be_mended_within_the_same_challenge(play: Player, server: str, enrolled: Person) -> None:
    with play(server) as player:
        required = challenged(player, enrolled.email)
        with pytest.raises(AuthenticationError, match=r".") as caught:
            player.complete(required, wrong_code_for(enrolled.secret))
        signed_in = player.complete(required, code_of(enrolled.secret, 1))
        assert caught.value.code == "INVALID_TWO_FACTOR_CODE"
        assert player.call("users.get").user.id == signed_in.user.id


def test_a_challenge_carried_elsewhere_is_completed_there(play: Player, server: str, enrolled: Person) -> None:
    required = challenged(enrolled.player, enrolled.email)
    with play(server) as player:
        proof = {"challenge_token": required.challenge_token, "token": enrolled.backup_codes[0]}
        player.call("auth.complete_two_factor", **proof)
        assert player.call("users.two_factor").backup_codes_remaining == 9


def test_both_steps_can_be_done_at_once(play: Player, server: str, enrolled: Person) -> None:
    with play(server) as player:
        token = enrolled.backup_codes[0]
        player.call("auth.login", email=enrolled.email, password=PASSWORD, totp_token=token)
        assert player.call("users.get").user.two_factor_enabled is True


def test_new_backup_codes_replace_the_old_and_one_turns_the_factor_off(enrolled: Person) -> None:
    renewed = enrolled.player.call("users.regenerate_backup_codes", code_of(enrolled.secret, 1)).backup_codes
    enrolled.player.call("users.disable2fa", password=PASSWORD, token=renewed[0])
    assert not set(renewed) & set(enrolled.backup_codes)
    assert enrolled.player.call("users.two_factor").enabled is False


def test_profile_and_password_are_changed(owner: Person) -> None:
    owner.player.call("users.update", first_name="Robin")
    changed = "staple correct horse"
    owner.player.call("users.change_password", current_password=PASSWORD, new_password=changed)
    assert owner.player.call("auth.login", email=owner.email, password=changed).user.first_name == "Robin"


def test_a_revoked_session_is_over_and_the_client_signed_out(play: Player, server: str, owner: Person) -> None:
    with play(server) as other:
        other.call("auth.login", email=owner.email, password=PASSWORD)
        [revoked] = [one.id for one in owner.player.call("users.sessions").sessions if not one.current]
        owner.player.call("users.revoke_session", revoked)
        with pytest.raises(AuthenticationError):
            other.call("users.get")
        assert other.tokens() is None


def test_a_sign_out_over_an_ended_session_is_a_sign_out(owner: Person) -> None:
    kept = owner.player.tokens()
    owner.player.call("auth.logout")
    owner.player.client.set_tokens(kept)
    assert owner.player.call("auth.logout") is None
    assert owner.player.tokens() is None


def test_security_events_come_page_by_page_and_an_export_holds_the_person(owner: Person) -> None:
    owner.player.call("auth.login", email=owner.email, password=PASSWORD)
    first = owner.player.call("users.security_events", limit=1)
    second = owner.player.call("users.security_events", limit=1, before=first.next_before)
    assert first.events[0].id != second.events[0].id
    assert owner.player.call("users.export_data").user.email == owner.email


def test_a_project_is_made_changed_and_removed(owner: Person) -> None:
    org_id, _ = first_project(owner)
    made = owner.player.call("projects.create", org_id, name="Shop").project
    owner.player.call("projects.update", org_id, made.id, settings={"enable_storage": True})
    assert owner.player.call("projects.get", org_id, made.id).settings.enable_storage is True
    owner.player.call("projects.security_events", org_id, made.id)
    owner.player.call("projects.delete", org_id, made.id)
    assert made.id not in [project.id for project in owner.player.call("projects.list", org_id).projects]


def test_an_api_key_is_made_used_renewed_and_removed(play: Player, server: str, owner: Person) -> None:
    org_id, project_id = first_project(owner)
    made = owner.player.call("api_keys.create", name="Back end", project_id=project_id).api_key
    with play(server) as back_end:
        back_end.client.set_api_key(made.secret)
        assert back_end.call("projects.get", org_id, project_id).id == project_id
        with pytest.raises(PermissionDeniedError) as caught:
            back_end.call("users.setup2fa")
    assert caught.value.code == "API_KEY_NOT_SUPPORTED"
    assert owner.player.call("api_keys.usage", made.id).usage.requests == 1
    assert owner.player.call("api_keys.regenerate", made.id).secret != made.secret
    owner.player.call("api_keys.update", made.id, is_active=False)
    assert owner.player.call("api_keys.list").api_keys[0].is_active is False
    owner.player.call("api_keys.delete", made.id)
    assert owner.player.call("api_keys.list").total == 0


def test_the_server_says_how_it_is(owner: Person) -> None:
    assert owner.player.call("health").status == "healthy"
