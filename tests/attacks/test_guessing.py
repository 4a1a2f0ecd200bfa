"""Attacks 10 to 18: guessing, and the ways round what stops it."""

from collections import Counter
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.conftest import DatabaseSettings
from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.hashes import counted_hashes
from tests.support.pairs import Pair
from tests.support.people import Player, operator
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = pytest.mark.both_databases

LOCKED = 429, "TOO_MANY_ATTEMPTS"
WRONG = 401, "INVALID_TWO_FACTOR_CODE"
NO_BACKUP_CODE = "no-backup-code"


def wrong_answers(player: Player, count: int) -> list[tuple[int, str]]:
    """What came of `count` wrong TOTP codes, each in a challenge of its own."""
    return [refusal(player.answer(player.challenge(), player.wrong_code())) for _ in range(count)]


def wrong_passwords(player: Player, count: int, **headers: str) -> list[int]:
    """What came of `count` wrong passwords from this address."""
    body = {"email": player.email, "password": "not the password", "projectId": player.project_id}
    sent = [player.client.post("/api/auth/local/login", json=body, headers=headers) for _ in range(count)]
    return [response.status_code for response in sent]


def test_10_guessing_within_one_challenge(victim: Player) -> None:
    """Fails when `challenge.failures >= MAX_CHALLENGE_FAILURES` in sign_in/service.py _answered() is dropped."""
    challenge = victim.challenge()
    guesses = [victim.wrong_code()] * 4 + [NO_BACKUP_CODE]  # no kind of factor has spent its own budget yet
    assert [refusal(victim.answer(challenge, guess)) for guess in guesses] == [WRONG] * 5
    assert refusal(victim.answer(challenge, victim.fresh_code())) == (401, "INVALID_CHALLENGE")


def test_11_guessing_across_challenges(victim: Player) -> None:
    """CVE-2024-32868. Fails when `_locked` in authn/codes.py judge() is dropped."""
    assert wrong_answers(victim, 7) == [WRONG] * 5 + [LOCKED] * 2
    assert refusal(victim.answer(victim.challenge(), victim.fresh_code())) == LOCKED


def test_12_alternating_endpoints_and_factor_kinds(victim: Player) -> None:
    """Fails when one endpoint, here factors/service.py regenerate_backup_codes(), does not save the failure."""
    rounds = [
        (endpoint(victim, victim.wrong_code()).status_code, endpoint(victim, NO_BACKUP_CODE).status_code)
        for _ in range(2)
        for endpoint in code_endpoints.ALL
    ]
    judged = Counter(kind for statuses in rounds for kind, status in enumerate(statuses) if status != 429)
    assert judged == {0: 5, 1: 5}
    assert [refusal(endpoint(victim, victim.fresh_code())) for endpoint in code_endpoints.ALL] == [LOCKED] * 6


def test_13_guessing_in_a_parallel_burst(pair: Pair, racer: Player) -> None:
    """CVE-2023-47111. Fails on PostgreSQL when `with_for_update()` and the version in `_SAVE` go from
    store/two_factor.py, on SQLite when `BEGIN IMMEDIATE` is `BEGIN`.
    """
    challenges = [racer.challenge() for _ in range(12)]
    guesses = zip(pair.turns(racer, 12), challenges, strict=True)
    burst = at_once([partial(player.answer, challenge, racer.wrong_code()) for player, challenge in guesses])
    assert Counter(refusal(response) for response in burst) == {WRONG: 5, LOCKED: 7}
    assert refusal(racer.login(totpToken=racer.code(steps=1))) == LOCKED


def test_14_a_counter_is_rolled_back_with_the_failed_request(server: Server, victim: Player) -> None:
    """CVE-2026-35597. Fails when store/database.py transact() rolls back what ended in a refusal."""
    counted = []
    for _ in range(3):
        victim.login(totpToken=victim.wrong_code())
        counted.append(len(stored_two_factor(server, victim.person_id)["totp_failures"]) // 8)
    assert counted == [1, 2, 3]


def test_15_a_counter_is_cleared_by_the_password_step(victim: Player) -> None:
    """Fails when sign_in/service.py _challenge() saves the state with `totp_failures=()`."""
    assert wrong_answers(victim, 4) == [WRONG] * 4
    for _ in range(3):
        victim.challenge()
    assert wrong_answers(victim, 2) == [WRONG, LOCKED]


def test_15_a_counter_is_cleared_by_another_account_s_success(victim: Player, stranger: Player) -> None:
    """Fails when sign_in/service.py _begin_session() clears everybody's failures."""
    assert wrong_answers(victim, 4) == [WRONG] * 4
    stranger.signed_in_again()
    assert wrong_answers(victim, 2) == [WRONG, LOCKED]


def test_15_a_counter_is_cleared_by_a_success_with_the_other_kind_of_factor(victim: Player) -> None:
    """Fails when authn/codes.py _judge_backup_code() returns a state with `totp_failures=()`."""
    assert wrong_answers(victim, 4) == [WRONG] * 4
    assert victim.login(totpToken=victim.backup_codes[0]).status_code == 200
    assert wrong_answers(victim, 2) == [WRONG, LOCKED]


def test_16_aliases_of_one_email_have_one_budget(victim: Player) -> None:
    """CVE-2025-24806. Fails when `email_key` in authn/passwords.py check() is dropped."""
    name, _, domain = victim.email.partition("@")
    fullwidth = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    aliases = [victim.email.upper(), victim.email.title(), f"{fullwidth}@{domain}", f"{name}@{domain.upper()}"]
    spellings = [Player(**{**vars(victim), "email": alias}) for alias in aliases]
    assert sorted(wrong_passwords(spelling, 3)[0] for spelling in spellings) == [401] * 4  # 12 attempts in all
    assert refusal(victim.login()) == LOCKED


def test_16_an_alias_of_a_taken_email_signs_up(victim: Player) -> None:
    """CVE-2025-24806. Fails when rules/identity.py email_key() does not fold case."""
    names = {"firstName": "Eve", "lastName": "Eavesdropper", "password": victim.password}
    body = {**names, "email": victim.email.upper(), "projectId": victim.project_id}
    assert refusal(victim.client.post("/api/auth/local/register", json=body)) == (409, "CONFLICT")


def test_17_a_forged_forwarded_address_gives_no_new_budget(victim: Player) -> None:
    """Fails when web/visitors.py of() looks at X-Forwarded-For without trusted proxies."""
    statuses = [wrong_passwords(victim, 1, **{"X-Forwarded-For": f"203.0.113.{turn}"})[0] for turn in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_17_an_address_forged_before_a_trusted_proxy_gives_no_new_budget(
    tmp_path: Path, own_database: DatabaseSettings
) -> None:
    """Fails when web/visitors.py _behind_proxies() reads the hops from the left."""
    with Server(tmp_path, trusted_proxies="127.0.0.1", **own_database) as server:
        player = operator(server)
        body = {"email": player.email, "password": "not the password"}
        statuses = [
            server.client.post(
                "/api/auth/login", json=body, headers={"X-Forwarded-For": f"203.0.113.{turn}, 198.51.100.7"}
            ).status_code
            for turn in range(12)
        ]
    assert statuses == [401] * 10 + [429] * 2


def test_18_a_lock_out_leaves_live_sessions_alone(victim: Player) -> None:
    """CVE-2024-1722. Fails when authn/session_guard.py active_session() refuses people who are locked out."""
    wrong_answers(victim, 8)
    wrong_passwords(victim, 12)
    assert victim.get("/api/users/me").status_code == 200
    assert victim.refresh().status_code == 200


def test_18_a_lock_out_is_not_drawn_out_by_more_guesses(victim: Player) -> None:
    """CVE-2024-1722. Fails when authn/codes.py _locked() counts one more failure."""
    begun = victim.clock.seconds()
    wrong_answers(victim, 5)
    for _ in range(9):
        victim.clock.advance(30)
        assert wrong_answers(victim, 1) == [LOCKED]
    victim.clock.advance(300 - (victim.clock.seconds() - begun))
    assert victim.answer(victim.challenge(), victim.code()).status_code == 200


def test_18_a_stranger_cannot_lock_somebody_out_of_their_own_address(
    tmp_path: Path, own_database: DatabaseSettings
) -> None:
    """CVE-2024-1722. Fails when authn/passwords.py check() counts the strangers' budget for known addresses too."""
    with Server(tmp_path, trusted_proxies="127.0.0.1", **own_database) as server:
        player = operator(server)
        attempts = [_login_from(player, f"203.0.113.{turn}", "not the password") for turn in range(101)]
        assert Counter(response.status_code for response in attempts) == {401: 100, 429: 1}
        assert _login_from(player, "203.0.113.250", player.password).status_code == 429
        assert player.login().status_code == 200


def _login_from(player: Player, address: str, password: str) -> httpx2.Response:
    body = {"email": player.email, "password": password}
    return player.client.post("/api/auth/login", json=body, headers={"X-Forwarded-For": address})


@pytest.mark.parametrize("right", ["first", "last"])
def test_guesses_sent_at_once_are_hashed_no_more_often_than_one_after_the_other(victim: Player, right: str) -> None:
    """A right guess takes longer than a wrong one, also if it is refused. Fails when `one_at_a_time` is dropped."""
    codes = [f"{number:08}" for number in range(20)]
    codes[0 if right == "first" else -1] = victim.backup_codes[0]
    with counted_hashes() as hashed:
        at_once([partial(victim.post, "/api/users/2fa/backup-codes", {"token": code}) for code in codes])
    assert hashed.count(1) <= 6
