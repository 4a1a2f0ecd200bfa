"""Wrong codes count per person, wherever they are typed: 5 in 5 minutes, 20 an hour, 50 a day, then nothing opens."""

from pathlib import Path

import httpx2
import pytest

from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.code_endpoints import CodeEndpoint, wrong_code_answer
from tests.support.people import Player, operator
from tests.support.server import Server

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

LOCKED = 429, "TOO_MANY_ATTEMPTS"
MINUTES = 60
HOURS = 3_600

at_every_endpoint = pytest.mark.parametrize("endpoint", code_endpoints.ALL)
of_both_kinds = pytest.mark.parametrize("kind", ["totp", "backup code"])


@pytest.fixture
def enrolled(member: Player) -> Player:
    """A person of a project with 2FA on."""
    return member.enrol()


def wrong(enrolled: Player, kind: str) -> str:
    return enrolled.wrong_code() if kind == "totp" else "00000000"


def right(enrolled: Player, kind: str) -> str:
    return enrolled.code(steps=1) if kind == "totp" else enrolled.backup_codes[0]


def miss(enrolled: Player, times: int, kind: str = "totp") -> None:
    """Type wrong codes, each of which is still looked at."""
    for _ in range(times):
        assert refusal(enrolled.login(totpToken=wrong(enrolled, kind))) == (401, "INVALID_TWO_FACTOR_CODE")


def wait_told(response: httpx2.Response) -> int:
    """The seconds that a refusal says to wait, in its body and its header alike."""
    assert refusal(response) == LOCKED
    seconds: int = response.json()["retryAfter"]
    assert response.headers["Retry-After"] == str(seconds)
    return seconds


@of_both_kinds
def test_after_four_wrong_codes_the_right_one_is_accepted(enrolled: Player, kind: str) -> None:
    miss(enrolled, 4, kind)
    assert enrolled.login(totpToken=right(enrolled, kind)).status_code == 200


@of_both_kinds
def test_after_five_wrong_codes_the_right_one_is_refused_too(enrolled: Player, kind: str) -> None:
    miss(enrolled, 5, kind)
    assert refusal(enrolled.login(totpToken=right(enrolled, kind))) == LOCKED


@of_both_kinds
def test_right_and_wrong_codes_get_the_same_answer_while_locked(enrolled: Player, kind: str) -> None:
    miss(enrolled, 5, kind)
    answers = [enrolled.login(totpToken=code(enrolled, kind)).json() for code in (right, wrong)]
    assert {(answer["error"], answer["code"], answer["retryAfter"]) for answer in answers} == {
        ("Too many wrong codes. Wait, then enter a fresh one.", "TOO_MANY_ATTEMPTS", 300)
    }


@at_every_endpoint
def test_every_endpoint_is_locked(enrolled: Player, endpoint: CodeEndpoint) -> None:
    miss(enrolled, 5)
    assert wait_told(endpoint(enrolled, enrolled.code(steps=1))) == 300


@at_every_endpoint
def test_every_endpoint_counts(enrolled: Player, endpoint: CodeEndpoint) -> None:
    answers = [refusal(endpoint(enrolled, enrolled.wrong_code())) for _ in range(5)]
    assert answers == [wrong_code_answer(endpoint)] * 5
    assert refusal(enrolled.login(totpToken=enrolled.fresh_code())) == LOCKED


def test_one_wrong_code_at_each_of_five_endpoints_is_five(enrolled: Player) -> None:
    for endpoint in code_endpoints.ALL[:5]:
        endpoint(enrolled, enrolled.wrong_code())
    assert refusal(code_endpoints.erase(enrolled, enrolled.fresh_code())) == LOCKED


def test_a_new_setup_does_not_unlock_verify(member: Player) -> None:
    member.begin_setup()
    for _ in range(5):
        member.post("/api/users/2fa/verify", {"token": member.wrong_code()})
    member.begin_setup()
    assert refusal(member.post("/api/users/2fa/verify", {"token": member.code()})) == LOCKED


def test_a_new_challenge_brings_no_new_budget(enrolled: Player) -> None:
    for _ in range(5):
        enrolled.answer(enrolled.challenge(), enrolled.wrong_code())
    assert wait_told(enrolled.answer(enrolled.challenge(), enrolled.fresh_code())) == 270


def test_a_new_session_brings_no_new_budget(enrolled: Player) -> None:
    elsewhere = enrolled.signed_in_again()
    for session in (enrolled, elsewhere, enrolled, elsewhere, enrolled):
        code_endpoints.new_backup_codes(session, enrolled.wrong_code())
    assert refusal(code_endpoints.new_backup_codes(elsewhere, enrolled.fresh_code())) == LOCKED


def test_other_people_are_not_locked(enrolled: Player, owner: Player) -> None:
    owner.enrol()
    miss(enrolled, 5)
    assert owner.login(totpToken=owner.fresh_code()).status_code == 200


@of_both_kinds
def test_the_kinds_have_separate_budgets(enrolled: Player, kind: str) -> None:
    miss(enrolled, 5, kind)
    other = "backup code" if kind == "totp" else "totp"
    assert enrolled.login(totpToken=right(enrolled, other)).status_code == 200


def test_the_wait_grows_shorter_second_by_second(enrolled: Player) -> None:
    miss(enrolled, 5)
    enrolled.clock.advance(299)
    assert wait_told(enrolled.login(totpToken=enrolled.code())) == 1


def test_after_five_minutes_it_unlocks_by_itself(enrolled: Player) -> None:
    miss(enrolled, 5)
    enrolled.clock.advance(5 * MINUTES)
    assert enrolled.login(totpToken=enrolled.code()).status_code == 200


def test_each_wrong_code_is_forgotten_at_its_own_time(enrolled: Player) -> None:
    miss(enrolled, 1)
    enrolled.clock.advance(2 * MINUTES)
    miss(enrolled, 4)
    assert wait_told(enrolled.login(totpToken=enrolled.code())) == 3 * MINUTES
    enrolled.clock.advance(3 * MINUTES)
    miss(enrolled, 1)
    assert wait_told(enrolled.login(totpToken=enrolled.code())) == 2 * MINUTES


def test_what_is_refused_while_locked_makes_it_no_longer(enrolled: Player) -> None:
    miss(enrolled, 5)
    for _ in range(5):
        enrolled.clock.advance(1 * MINUTES)
        enrolled.login(totpToken=enrolled.wrong_code())
    assert enrolled.login(totpToken=enrolled.code()).status_code == 200


def test_a_backup_code_refused_while_locked_is_not_spent(enrolled: Player) -> None:
    miss(enrolled, 5, "backup code")
    enrolled.login(totpToken=enrolled.backup_codes[0])
    enrolled.clock.advance(5 * MINUTES)
    assert enrolled.login(totpToken=enrolled.backup_codes[0]).status_code == 200


@of_both_kinds
def test_twenty_an_hour(enrolled: Player, kind: str) -> None:
    for _ in range(4):
        miss(enrolled, 5, kind)
        enrolled.clock.advance(5 * MINUTES)
    assert wait_told(enrolled.login(totpToken=right(enrolled, kind))) == 40 * MINUTES
    enrolled.clock.advance(40 * MINUTES - 1)
    assert wait_told(enrolled.login(totpToken=right(enrolled, kind))) == 1
    enrolled.clock.advance(1)
    assert enrolled.login(totpToken=right(enrolled, kind)).status_code == 200


@of_both_kinds
def test_fifty_a_day(enrolled: Player, kind: str) -> None:
    for _ in range(10):
        miss(enrolled, 5, kind)
        enrolled.clock.advance(20 * MINUTES)
    assert wait_told(enrolled.login(totpToken=right(enrolled, kind))) == 24 * HOURS - 200 * MINUTES
    enrolled.clock.advance(24 * HOURS - 200 * MINUTES - 1)
    assert wait_told(enrolled.login(totpToken=right(enrolled, kind))) == 1
    enrolled.clock.advance(1)
    assert enrolled.login(totpToken=right(enrolled, kind)).status_code == 200


def test_a_right_code_resets_nothing(enrolled: Player) -> None:
    miss(enrolled, 4)
    assert enrolled.login(totpToken=enrolled.code(steps=1)).status_code == 200
    miss(enrolled, 1)
    assert refusal(enrolled.login(totpToken=enrolled.fresh_code())) == LOCKED


def test_the_password_step_resets_nothing(enrolled: Player) -> None:
    miss(enrolled, 5)
    enrolled.challenge()
    assert refusal(enrolled.login(totpToken=enrolled.code(steps=1))) == LOCKED


def test_a_sign_in_with_a_backup_code_does_not_unlock_totp(enrolled: Player) -> None:
    miss(enrolled, 5)
    enrolled.login(totpToken=enrolled.backup_codes[0])
    assert refusal(enrolled.login(totpToken=enrolled.code(steps=1))) == LOCKED


def test_turning_two_factor_off_and_on_does_not_unlock(enrolled: Player) -> None:
    miss(enrolled, 5)
    assert code_endpoints.disable(enrolled, enrolled.backup_codes[0]).status_code == 200
    enrolled.begin_setup()
    assert refusal(enrolled.post("/api/users/2fa/verify", {"token": enrolled.code()})) == LOCKED


def test_new_backup_codes_do_not_unlock_backup_codes(enrolled: Player) -> None:
    miss(enrolled, 5, "backup code")
    codes = code_endpoints.new_backup_codes(enrolled, enrolled.code(steps=1)).json()["backupCodes"]
    assert refusal(enrolled.login(totpToken=codes[0])) == LOCKED


def test_a_new_password_does_not_unlock(enrolled: Player) -> None:
    miss(enrolled, 5)
    body = {"currentPassword": enrolled.password, "newPassword": "staple horse correct"}
    enrolled.patch("/api/users/password", body)
    enrolled.password = body["newPassword"]
    assert refusal(enrolled.login(totpToken=enrolled.code(steps=1))) == LOCKED


def test_a_clock_that_is_set_back_keeps_it_locked_for_no_longer_than_the_window(enrolled: Player) -> None:
    miss(enrolled, 5, "backup code")
    enrolled.clock.advance(-10 * MINUTES)
    assert wait_told(enrolled.login(totpToken=enrolled.backup_codes[0])) == 5 * MINUTES
    enrolled.clock.advance(5 * MINUTES)
    assert enrolled.login(totpToken=enrolled.backup_codes[0]).status_code == 200


def test_live_sessions_go_on(enrolled: Player) -> None:
    miss(enrolled, 5)
    assert enrolled.get("/api/users/me").status_code == 200
    assert enrolled.refresh().status_code == 200


def test_somebody_who_is_locked_still_gets_a_challenge(enrolled: Player) -> None:
    miss(enrolled, 5)
    assert refusal(enrolled.login()) == (403, "TWO_FACTOR_REQUIRED")


def test_the_count_survives_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        clock = server.clock.stand_still()
        owner = operator(server).enrol()
        miss(owner, 5)
    with Server(tmp_path, clock=clock) as server:
        owner.client = server.client
        assert wait_told(owner.login(totpToken=owner.code(steps=1))) == 300
