"""One code, one use: a step is accepted once and only upwards, whichever endpoint takes the code, and when."""

from pathlib import Path

import pytest

from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.code_endpoints import CodeEndpoint, wrong_code_answer
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

at_first = pytest.mark.parametrize("first", code_endpoints.LASTING)
at_second = pytest.mark.parametrize("second", code_endpoints.ALL)


@pytest.fixture
def enrolled(member: Player) -> Player:
    """A person of a project with 2FA on."""
    return member.enrol()


@at_second
@at_first
def test_a_used_totp_code_is_refused(enrolled: Player, first: CodeEndpoint, second: CodeEndpoint) -> None:
    code = enrolled.fresh_code()
    assert first(enrolled, code).status_code == 200
    assert refusal(second(enrolled, code)) == wrong_code_answer(second)


@at_second
def test_the_totp_code_that_turned_it_on_is_refused(enrolled: Player, second: CodeEndpoint) -> None:
    assert refusal(second(enrolled, enrolled.code())) == wrong_code_answer(second)


@at_second
@at_first
def test_a_used_backup_code_is_refused(enrolled: Player, first: CodeEndpoint, second: CodeEndpoint) -> None:
    code = enrolled.backup_codes[0]
    assert first(enrolled, code).status_code == 200
    assert refusal(second(enrolled, code)) == wrong_code_answer(second)


def test_a_used_code_says_to_wait_for_the_next_one(enrolled: Player) -> None:
    answer = enrolled.answer(enrolled.challenge(), enrolled.code()).json()
    assert "used already" in answer["error"]


def test_a_used_code_counts_as_a_wrong_one(enrolled: Player) -> None:
    for _ in range(5):
        enrolled.login(totpToken=enrolled.code())
    assert refusal(enrolled.login(totpToken=enrolled.fresh_code())) == (429, "TOO_MANY_ATTEMPTS")


def test_a_code_of_a_step_before_the_last_accepted_one_is_refused(enrolled: Player) -> None:
    enrolled.clock.advance(60)
    assert enrolled.login(totpToken=enrolled.code(steps=1)).status_code == 200
    assert refusal(enrolled.login(totpToken=enrolled.code())) == (401, "INVALID_TWO_FACTOR_CODE")


def test_a_clock_that_is_set_back_makes_no_used_code_good_again(enrolled: Player) -> None:
    code = enrolled.fresh_code()
    enrolled.login(totpToken=code)
    enrolled.clock.advance(-30)
    assert refusal(enrolled.login(totpToken=code)) == (401, "INVALID_TWO_FACTOR_CODE")


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_the_window_is_accepted(enrolled: Player, steps: int) -> None:
    enrolled.clock.advance(90)
    assert enrolled.login(totpToken=enrolled.code(steps=steps)).status_code == 200


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_outside_the_window_is_refused(enrolled: Player, steps: int) -> None:
    enrolled.clock.advance(300)
    assert refusal(enrolled.login(totpToken=enrolled.code(steps=steps))) == (401, "INVALID_TWO_FACTOR_CODE")


def test_a_code_that_failed_for_the_password_is_good_with_the_right_one(enrolled: Player) -> None:
    code = enrolled.fresh_code()
    right, enrolled.password = enrolled.password, "not the password"
    enrolled.login(totpToken=code)
    enrolled.password = right
    assert enrolled.login(totpToken=code).status_code == 200


def test_used_codes_are_remembered_over_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        clock = server.clock.stand_still()
        member = person(server, first_project(operator(server))).enrol()
        totp, backup_code = member.fresh_code(), member.backup_codes[0]
        assert member.login(totpToken=totp).status_code == member.login(totpToken=backup_code).status_code == 200
    with Server(tmp_path, clock=clock) as server:
        member.client = server.client
        assert refusal(member.login(totpToken=totp)) == (401, "INVALID_TWO_FACTOR_CODE")
        assert refusal(member.login(totpToken=backup_code)) == (401, "INVALID_TWO_FACTOR_CODE")
