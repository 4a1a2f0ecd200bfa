"""Attacks 19 to 25: turning 2FA on and off other than its owner means it."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.support.answers import refusal
from tests.support.authenticator import Authenticator
from tests.support.pairs import Pair
from tests.support.people import Player, operator
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = pytest.mark.both_databases

SETUP = "/api/users/2fa/setup"
VERIFY = "/api/users/2fa/verify"
DISABLE = "/api/users/2fa/disable"


def with_setup(player: Player, setup: dict[str, Any]) -> Player:
    """`player` with the authenticator and the codes of one setup's answer."""
    authenticator = Authenticator(setup["secret"], player.clock.seconds)
    return replace(player, authenticator=authenticator, backup_codes=setup["backupCodes"])


@pytest.mark.parametrize("proof", ["none", "password", "wrong code", "spent code"])
def test_19_setup_over_a_live_secret(proof: str, server: Server, victim: Player) -> None:
    """Fails when `where=two_factor.c.enabled_at.is_(None)` in store/two_factor.py is dropped."""
    spent, wrong = victim.code(), victim.wrong_code()
    bodies = {"none": {}, "password": {"password": victim.password}, "wrong code": {"token": wrong}}
    before = stored_two_factor(server, victim.person_id)["secret"]
    response = victim.post(SETUP, bodies.get(proof, {"token": spent}))
    assert response.status_code == 400
    assert not {"secret", "qrCode", "manualEntryKey", "backupCodes"} & response.json().keys()
    assert victim.two_factor()["pending"] is False
    assert stored_two_factor(server, victim.person_id)["secret"] == before


def test_19_a_secret_is_disclosed_again(victim: Player) -> None:
    """Fails when factors/service.py setup() with a right code hands out the secret that is in force."""
    assert victim.authenticator is not None
    live = victim.authenticator.secret
    replacement = victim.post(SETUP, {"token": victim.fresh_code()}).json()
    assert replacement["secret"] != live
    shown = [victim.get(path).text for path in ("/api/users/2fa", "/api/users/me", "/api/users/me/export")]
    assert [text for text in shown if live in text or replacement["secret"] in text] == []


def test_20_the_older_of_two_setups_is_verified(still_clock: object, member: Player) -> None:
    """Fails when a second setup in store/two_factor.py leaves `pending_secret` as it was."""
    older = with_setup(member, member.begin_setup())
    newer = with_setup(member, member.begin_setup())
    assert refusal(member.post(VERIFY, {"token": older.code()})) == (400, "INVALID_TWO_FACTOR_CODE")
    assert member.two_factor()["enabled"] is False
    assert member.post(VERIFY, {"token": newer.code()}).status_code == 200


def test_21_an_expired_setup_is_verified(still_clock: object, member: Player) -> None:
    """Fails when `state.pending.until <= now_ms` in factors/transitions.py is dropped."""
    member.begin_setup()
    member.clock.advance(900)
    assert refusal(member.post(VERIFY, {"token": member.code()})) == (400, "TWO_FACTOR_SETUP_EXPIRED")
    assert member.two_factor()["enabled"] is False


def test_22_concurrent_setups_mix_their_secret_and_codes(pair: Pair) -> None:
    """Fails when a second setup in store/two_factor.py leaves `pending_codes` as they were."""
    newcomer = operator(pair.first)
    answers = at_once([partial(player.post, SETUP) for player in pair.turns(newcomer, 4)])
    candidates = [with_setup(newcomer, answer.json()) for answer in answers]
    (chosen,) = [one for one in candidates if one.post(VERIFY, {"token": one.code()}).status_code == 200]
    others = [one for one in candidates if one is not chosen]
    foreign = [newcomer.login(totpToken=other.backup_codes[0]).status_code for other in others]
    assert foreign == [401] * 3
    assert newcomer.login(totpToken=chosen.backup_codes[0]).status_code == 200


@pytest.mark.parametrize("missing", ["password", "token"])
@pytest.mark.parametrize("how", ["left out", "empty", "wrong"])
def test_23_disable_with_one_proof_only(missing: str, how: str, victim: Player) -> None:
    """GHSA-wqfw-rqj7-fv9m. Fails when either refusal in factors/service.py disable() is dropped."""
    proofs = {"password": victim.password, "token": victim.fresh_code()}
    wrong = {"password": "not the password", "token": victim.wrong_code()}[missing]
    changed = {"left out": {}, "empty": {missing: ""}, "wrong": {missing: wrong}}[how]
    others = {name: proof for name, proof in proofs.items() if name != missing}
    assert victim.post(DISABLE, {**others, **changed}).status_code == 400
    assert victim.two_factor()["enabled"] is True


@pytest.mark.parametrize("factor", ["totp", "backup code"])
def test_24_the_sign_in_s_code_is_reused_to_disable(factor: str, victim: Player) -> None:
    """Fails when sign_in/service.py _answered() does not save the judgement of a right code."""
    code = victim.fresh_code() if factor == "totp" else victim.backup_codes[0]
    thief = victim.in_session_of(victim.answer(victim.challenge(), code))
    disabled = thief.post(DISABLE, {"password": victim.password, "token": code})
    assert refusal(disabled) == (400, "INVALID_TWO_FACTOR_CODE")
    assert victim.two_factor()["enabled"] is True


def test_25_an_enrolment_or_disable_leaves_no_audit_event(victim: Player) -> None:
    """Fails when `self.record(...)` in authn/session_guard.py run_audited() leaves one kind of event out."""
    wrong = victim.post(DISABLE, {"password": victim.password, "token": victim.wrong_code()})
    right = victim.post(DISABLE, {"password": victim.password, "token": victim.fresh_code()})
    events = victim.get("/api/users/me/security-events").json()["events"]
    told = {(event["type"], event["outcome"]) for event in events if event["type"].startswith("two_factor.")}
    assert told == {
        ("two_factor.setup", "success"),
        ("two_factor.verify", "success"),
        ("two_factor.disable", "refused"),
        ("two_factor.disable", "success"),
    }
    by_request = {event["requestId"] for event in events}
    assert {response.headers["X-Request-Id"] for response in (wrong, right)} <= by_request
