"""Attacks 26 to 33: ways in that go round the second factor, and credentials used for what they are not."""

from collections.abc import Callable, Iterator

import pytest

from mudguard.rules.roles import Status
from tests.support import code_endpoints
from tests.support.answers import claims, refusal
from tests.support.operations import OF_A_PERSON
from tests.support.people import Player, first_project
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = pytest.mark.both_databases

ME = "/api/users/me"
RESETS = [
    f"/api/auth/{kind}{path}"
    for kind in ("", "local/")
    for path in ("forgot-password", "reset-password", "password/reset", "password-reset", "recover", "magic-link")
]


def test_26_a_password_change_signs_in_or_drops_2fa(victim: Player) -> None:
    """Fails when accounts/service.py change_password() turns 2FA off."""
    new = "another horse battery"
    changed = victim.patch("/api/users/password", {"currentPassword": victim.password, "newPassword": new})
    assert changed.json().keys() == {"message"}
    victim.password = new
    assert refusal(victim.login()) == (403, "TWO_FACTOR_REQUIRED")
    assert "mfa" not in claims(victim.refreshed().token)["amr"] or victim.two_factor()["enabled"]
    assert victim.answer(victim.challenge(), victim.fresh_code()).status_code == 200


def test_26_a_forgotten_password_is_a_way_in(victim: Player) -> None:
    """Fails when any route of such a name is added, which this test must then follow to its end."""
    answers = {refusal(victim.client.post(path, json={"email": victim.email})) for path in RESETS}
    assert answers == {(404, "NOT_FOUND")}


def test_27_a_session_from_before_2fa_lives_on(still_clock: object, member: Player) -> None:
    """Fails when `sessions.revoke_all` in factors/service.py verify() is dropped."""
    other = member.signed_in_again()
    member.enrol()
    assert refusal(other.get(ME)) == (401, "SESSION_REVOKED")
    assert refusal(other.refresh()) == (401, "INVALID_REFRESH_TOKEN")
    assert claims(member.refreshed().token)["aal"] == "aal2"


def test_28_a_refresh_raises_amr(victim: Player, owner: Player) -> None:
    """Fails when sign_in/service.py _signed_in() claims more `amr` than the session's methods."""
    owner.begin_setup()
    assert claims(owner.refreshed().token)["amr"] == ["pwd"]
    with_backup_code = victim.in_session_of(victim.login(totpToken=victim.backup_codes[0]))
    assert claims(with_backup_code.refreshed().token)["amr"] == ["pwd", "mfa"]


def test_28_a_refresh_token_is_used_twice(victim: Player) -> None:
    """Fails when `is_used or` in sign_in/service.py refresh() is dropped."""
    thief = victim.refreshed()
    assert refusal(victim.refresh()) == (401, "INVALID_REFRESH_TOKEN")
    assert refusal(thief.refresh()) == (401, "INVALID_REFRESH_TOKEN")
    assert refusal(thief.get(ME)) == (401, "SESSION_REVOKED")


def test_29_anything_in_the_password_step_s_answer_authenticates(victim: Player) -> None:
    """GHSA-xg6x-h9c9-2m83. Fails when sign_in/service.py _challenge() puts an access token into its answer."""
    response = victim.login()
    assert "set-cookie" not in response.headers
    found = [*_texts(response.json()), *response.headers.values()]
    opened = [
        text
        for text in found
        if victim.client.get(ME, headers={"Authorization": f"Bearer {text}"}).status_code != 401
        or victim.client.get(ME, headers={"X-API-Key": text}).status_code != 401
        or victim.client.post("/api/auth/refresh", json={"refreshToken": text}).status_code != 401
    ]
    assert opened == []


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    else:
        yield str(value)


def test_30_a_challenge_is_used_as_a_bearer(victim: Player) -> None:
    """Fails when web/credentials.py caller() takes a challenge for its person's token."""
    victim.token = victim.challenge()
    assert refusal(victim.get(ME)) == (401, "INVALID_TOKEN")
    assert refusal(code_endpoints.disable(victim, victim.fresh_code())) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("kind", ["token", "refresh_token"])
def test_30_a_bearer_is_used_as_a_challenge(kind: str, victim: Player) -> None:
    """Fails when sign_in/service.py complete_challenge() begins a challenge for who holds a token."""
    code = victim.fresh_code()
    assert refusal(victim.answer(getattr(victim, kind), code)) == (401, "INVALID_CHALLENGE")
    assert victim.login(totpToken=code).status_code == 200


def test_30_a_challenge_of_one_is_answered_with_a_code_of_another(victim: Player, stranger: Player) -> None:
    """Fails when `person_id` is dropped from `_ROW` in store/two_factor.py."""
    challenge, code = victim.challenge(), stranger.fresh_code()
    assert refusal(victim.answer(challenge, code)) == (401, "INVALID_TWO_FACTOR_CODE")
    assert stranger.login(totpToken=code).status_code == 200


def test_30_a_challenge_is_used_twice(victim: Player) -> None:
    """Fails when store/challenges.py claim() does not delete the row."""
    challenge = victim.challenge()
    assert victim.answer(challenge, victim.fresh_code()).status_code == 200
    code = victim.fresh_code()
    assert refusal(victim.answer(challenge, code)) == (401, "INVALID_CHALLENGE")
    assert victim.login(totpToken=code).status_code == 200


def _change_password(player: Player) -> None:
    new = "another horse battery"
    assert player.patch("/api/users/password", {"currentPassword": player.password, "newPassword": new}).is_success


def _disable_and_enrol_again(player: Player) -> None:
    assert code_endpoints.disable(player, player.fresh_code()).is_success
    player.enrol()


def _erase(player: Player) -> None:
    assert code_endpoints.erase(player, player.fresh_code()).is_success


@pytest.mark.parametrize("change", [_change_password, _disable_and_enrol_again, _erase])
def test_31_a_challenge_outlives_a_change(change: Callable[[Player], None], victim: Player) -> None:
    """Fails when `challenge.credentials_version != person.credentials_version` in sign_in/service.py is dropped; for
    an erased account when erase() in accounts/service.py keeps sessions, challenges and second factor.
    """
    challenge = victim.challenge()
    change(victim)
    assert refusal(victim.answer(challenge, victim.fresh_code())) == (401, "INVALID_CHALLENGE")


@pytest.mark.parametrize("header", ["X-API-Key: {}", "Authorization: Bearer {}"])
def test_32_an_api_key_on_a_person_s_endpoint(header: str, server: Server, owner: Player) -> None:
    """Fails when `token is None and key is not None` in web/credentials.py is dropped."""
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)})
    name, _, value = header.format(made.json()["apiKey"]["secret"]).partition(": ")
    answers = {
        refusal(server.client.request(operation.method, operation.path, headers={name: value}, json=operation.body))
        for operation in OF_A_PERSON
    }
    assert answers == {(403, "API_KEY_NOT_SUPPORTED")}


def test_33_tokens_of_an_erased_person(victim: Player) -> None:
    """Fails when `sessions.revoke_all` and the status in store/people.py erase() are dropped."""
    _erase(victim)
    assert refusal(victim.get(ME)) == (401, "SESSION_REVOKED")
    assert refusal(victim.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_33_tokens_of_a_disabled_person(server: Server, victim: Player) -> None:
    """Fails when `inactive(found.person)` in authn/session_guard.py active_session() is dropped."""
    set_person(server, victim.person_id, status=Status.DISABLED.value)
    disabled = 403, "ACCOUNT_DISABLED"
    assert [refusal(answer) for answer in (victim.get(ME), victim.refresh(), victim.login())] == [disabled] * 3


def test_33_tokens_of_a_logged_out_person(victim: Player) -> None:
    """Fails when store/sessions.py revoke() leaves the row in place."""
    assert victim.post("/api/auth/local/logout").status_code == 200
    assert refusal(victim.get(ME)) == (401, "SESSION_REVOKED")
    assert refusal(victim.refresh()) == (401, "INVALID_REFRESH_TOKEN")
