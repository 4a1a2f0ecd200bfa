"""Attacks 1 to 9: codes that are used again, respelt, borrowed or outlived."""

from collections import Counter
from functools import partial

import pytest

from tests.attacks.conftest import Serve
from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.code_endpoints import CodeEndpoint, wrong_code_answer
from tests.support.pairs import Pair
from tests.support.people import Player, operator
from tests.support.races import at_once
from tests.support.scanner import scanned
from tests.support.server import Server
from tests.support.tampering import alter_last_byte, set_two_factor

pytestmark = pytest.mark.both_databases

WRONG = 401, "INVALID_TWO_FACTOR_CODE"
BACKUP_CODES = "/api/users/2fa/backup-codes"


@pytest.mark.parametrize("second", code_endpoints.ALL)
@pytest.mark.parametrize("first", code_endpoints.LASTING)
def test_01_a_totp_code_is_used_twice_on_any_two_endpoints(
    first: CodeEndpoint, second: CodeEndpoint, victim: Player
) -> None:
    """CVE-2025-69197. Fails when `step > last_step` in rules/totp.py judge() is dropped."""
    code = victim.fresh_code()
    assert first(victim, code).status_code == 200
    assert refusal(second(victim, code)) == wrong_code_answer(second)


@pytest.mark.parametrize("separator", [" ", "-", " - ", "--"])
def test_02_a_code_is_replayed_by_respelling_it(separator: str, victim: Player) -> None:
    """Fails when `step > last_step` in rules/totp.py judge() is dropped."""
    code = victim.fresh_code()
    assert victim.login(totpToken=code).status_code == 200
    for respelt in (f"{code[:3]}{separator}{code[3:]}", f" {separator.join(code)} "):
        assert refusal(victim.login(totpToken=respelt)) == WRONG


def test_02_a_backup_code_is_replayed_by_respelling_it(victim: Player) -> None:
    """Fails when `not backup_codes.is_used(...)` in authn/codes.py _judge_backup_code() is dropped."""
    code = victim.backup_codes[0]
    assert victim.login(totpToken=code).status_code == 200
    for respelt in (f"{code[:4]} {code[4:]}", f"{code[:4]}-{code[4:]}", f" {'-'.join(code)} "):
        assert refusal(victim.login(totpToken=respelt)) == WRONG


def test_03_the_enrolment_code_is_used_at_the_first_sign_in(victim: Player) -> None:
    """Fails when `last_step=verdict.step` in authn/codes.py judge_pending() is dropped."""
    assert refusal(victim.answer(victim.challenge(), victim.code())) == WRONG
    assert refusal(victim.login(totpToken=victim.code())) == WRONG


def test_04_the_replay_memory_is_lost_by_a_restart(serve: Serve) -> None:
    """Fails when `last_step` in store/two_factor.py save() is not written."""
    with serve() as server:
        player = operator(server).enrol()
        code = player.code(steps=1)
        assert player.login(totpToken=code).status_code == 200
        server.process.kill()
        server.wait()
    with serve() as server:
        player = player.at(server)
        assert refusal(player.login(totpToken=code)) == WRONG


def test_04_the_replay_memory_is_shorter_than_the_window(victim: Player) -> None:
    """Fails when rules/totp.py judge() forgets `last_step` once the current step is past it."""
    victim.clock.next_step()
    code_of_a_fast_clock = victim.code(steps=1)
    assert victim.login(totpToken=code_of_a_fast_clock).status_code == 200
    answers = []
    for _ in range(3):
        answers.append(refusal(victim.login(totpToken=code_of_a_fast_clock)))
        victim.clock.next_step()
    assert answers == [WRONG] * 3


def test_05_a_backup_code_is_spent_twice_in_a_race(pair: Pair, racer: Player) -> None:
    """CVE-2026-33624. Fails on PostgreSQL when `with_for_update()` and the version in `_SAVE` go from
    store/two_factor.py, on SQLite when `BEGIN IMMEDIATE` is `BEGIN`.
    """
    challenges = [racer.challenge() for _ in range(6)]
    answers = zip(pair.turns(racer, 6), challenges, strict=True)
    responses = at_once([partial(player.answer, token, racer.backup_codes[0]) for player, token in answers])
    assert Counter(response.status_code for response in responses) == {200: 1, 401: 5}
    assert racer.two_factor()["backupCodesRemaining"] == 9


@pytest.mark.parametrize("second", code_endpoints.ALL)
def test_05_a_backup_code_is_never_consumed(second: CodeEndpoint, victim: Player) -> None:
    """CVE-2026-31875. Fails when `not backup_codes.is_used(...)` in authn/codes.py is dropped."""
    code = victim.backup_codes[0]
    assert victim.login(totpToken=code).status_code == 200
    assert refusal(second(victim, code)) == wrong_code_answer(second)
    assert victim.two_factor()["backupCodesRemaining"] == 9


@pytest.mark.parametrize("kind", ["backup code", "TOTP code"])
def test_06_another_person_s_code(kind: str, victim: Player, stranger: Player) -> None:
    """GHSA-p6x6-9mx6-26wj. Fails when `person_id` is dropped from `_ROW` in store/two_factor.py."""
    foreign = stranger.backup_codes[0] if kind == "backup code" else stranger.fresh_code()
    assert refusal(victim.answer(victim.challenge(), foreign)) == WRONG
    assert stranger.answer(stranger.challenge(), foreign).status_code == 200


def test_07_codes_from_before_a_regeneration(victim: Player) -> None:
    """Fails when `codes=codes` in factors/transitions.py with_new_codes() is dropped."""
    old = victim.backup_codes
    response = victim.post(BACKUP_CODES, {"token": victim.fresh_code()})
    assert response.status_code == 200
    assert [refusal(victim.login(totpToken=code)) for code in old[:3]] == [WRONG] * 3
    assert victim.login(totpToken=response.json()["backupCodes"][0]).status_code == 200


def test_07_codes_from_before_a_disable(victim: Player) -> None:
    """Fails when factors/transitions.py on() keeps secret and codes that off() left in place."""
    old_code, old_authenticator = victim.backup_codes[0], victim.authenticator
    assert code_endpoints.disable(victim, victim.fresh_code()).status_code == 200
    victim.signed_in_again().enrol()
    assert old_authenticator is not None
    victim.clock.next_step()
    assert refusal(victim.login(totpToken=old_code)) == WRONG
    assert refusal(victim.login(totpToken=old_authenticator.code())) == WRONG


def test_08_a_short_or_repeated_secret(member: Player, owner: Player) -> None:
    """CVE-2024-8796. Fails when `SECRET_BYTES` in rules/totp.py is 10."""
    setups = [player.begin_setup() for player in (member, owner) for _ in range(10)]
    secrets = {setup["secret"] for setup in setups}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {32}
    assert all(f"secret={setup['secret']}&" in scanned(setup["qrCode"]) for setup in setups[:3])
    assert len({code for setup in setups for code in setup["backupCodes"]}) > 195


@pytest.mark.parametrize("column", ["secret", "totp_failures"])
def test_09_a_verifier_that_throws_and_lets_pass(column: str, server: Server, victim: Player) -> None:
    """Fails when authn/codes.py _judge_totp() catches what `FieldCipher.decrypt` raises and accepts the code."""
    challenge, code = victim.challenge(), victim.fresh_code()
    if column == "secret":
        alter_last_byte(server, victim.person_id, "secret")
    else:
        set_two_factor(server, victim.person_id, totp_failures=b"no moments")
    for response in (victim.answer(challenge, code), victim.login(totpToken=code)):
        assert refusal(response) == (503, "SERVICE_UNAVAILABLE")
        assert "token" not in response.json()
