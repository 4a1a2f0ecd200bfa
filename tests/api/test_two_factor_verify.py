"""Verifying a setup: the code that turns two-factor authentication on, what it changes, and what is refused."""

import re

import pytest

from tests.support.answers import claims, refusal
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import set_person, stored_two_factor

pytestmark = pytest.mark.usefixtures("still_clock")

VERIFY = "/api/users/2fa/verify"


@pytest.fixture
def unlike(member: Player) -> Player:
    """Somebody in a setup of which no two codes near this moment happen to be the same."""
    member.begin_setup()
    while len({member.code(steps=steps) for steps in range(-11, 12)}) < 23:
        member.begin_setup()
    return member


def test_the_answer_is_a_message(player: Player) -> None:
    player.begin_setup()
    response = player.post(VERIFY, {"token": player.code()})
    assert (response.status_code, set(response.json())) == (200, {"message"})


def test_it_turns_two_factor_on(player: Player) -> None:
    assert player.enrol().two_factor()["enabled"] is True


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_one_step_off_at_most_is_right(player: Player, steps: int) -> None:
    player.begin_setup()
    assert player.post(VERIFY, {"token": player.code(steps=steps)}).status_code == 200


def test_its_code_is_spent_at_the_first_sign_in(player: Player) -> None:
    player.enrol()
    response = player.answer(player.challenge(), player.code())
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


def test_backup_codes_are_left_as_hashes_alone(server: Server, player: Player) -> None:
    player.enrol()
    row = stored_two_factor(server, player.person_id)
    assert row["pending_codes"] is None
    assert not any(code.encode() in row["backup_digests"] for code in player.backup_codes)


def test_other_sessions_are_revoked(player: Player) -> None:
    other = player.signed_in_again()
    player.enrol()
    assert refusal(other.get("/api/users/me")) == (401, "SESSION_REVOKED")


def test_the_refresh_token_of_another_session_is_revoked(player: Player) -> None:
    other = player.signed_in_again()
    player.enrol()
    assert refusal(other.refresh()) == (401, "INVALID_REFRESH_TOKEN")


def test_this_session_goes_on(player: Player) -> None:
    assert player.enrol().get("/api/users/me").status_code == 200


def test_this_session_is_aal2_from_its_next_refresh(player: Player) -> None:
    said = claims(player.enrol().refreshed().token)
    assert (said["aal"], said["amr"]) == ("aal2", ["pwd", "otp", "mfa"])


def test_a_refresh_before_it_is_verified_leaves_this_session_aal1(player: Player) -> None:
    player.begin_setup()
    said = claims(player.refreshed().token)
    assert (said["aal"], said["amr"]) == ("aal1", ["pwd"])


def test_its_sign_in_is_no_fresher_than_it_was(player: Player) -> None:
    signed_in_at = claims(player.token)["auth_time"]
    player.clock.advance(60)
    assert claims(player.enrol().refreshed().token)["auth_time"] == signed_in_at


def test_a_replacement_revokes_other_sessions_too(player: Player) -> None:
    player.enrol()
    other = player.signed_in_again()
    player.begin_setup({"token": player.fresh_code()})
    player.post(VERIFY, {"token": player.code()})
    assert refusal(other.get("/api/users/me")) == (401, "SESSION_REVOKED")


def test_a_wrong_code_is_400(player: Player) -> None:
    player.begin_setup()
    assert refusal(player.post(VERIFY, {"token": player.wrong_code()})) == (400, "INVALID_TWO_FACTOR_CODE")


def test_a_wrong_code_turns_nothing_on(player: Player) -> None:
    player.begin_setup()
    player.post(VERIFY, {"token": player.wrong_code()})
    status = player.two_factor()
    assert (status["enabled"], status["pending"]) == (False, True)


def test_after_a_wrong_code_the_right_one_still_verifies(player: Player) -> None:
    player.begin_setup()
    player.post(VERIFY, {"token": player.wrong_code()})
    assert player.post(VERIFY, {"token": player.code()}).status_code == 200


def test_after_a_wrong_code_other_sessions_go_on(player: Player) -> None:
    other = player.signed_in_again()
    player.begin_setup()
    player.post(VERIFY, {"token": player.wrong_code()})
    assert other.get("/api/users/me").status_code == 200


@pytest.mark.parametrize("steps", [*range(-10, -1), *range(2, 11)])
def test_a_code_two_to_ten_steps_off_says_how_far_the_clock_is_off_and_fails(unlike: Player, steps: int) -> None:
    response = unlike.post(VERIFY, {"token": unlike.code(steps=steps)})
    assert refusal(response) == (400, "INVALID_TWO_FACTOR_CODE")
    assert response.json()["details"] == {"clockDriftSeconds": steps * 30}
    assert unlike.two_factor()["enabled"] is False


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (2, "about 1 minute ahead"),
        (-2, "about 1 minute behind"),
        (5, "about 2 minutes 30 seconds ahead"),
        (-10, "about 5 minutes behind"),
    ],
)
def test_the_text_says_which_way_the_clock_is_off(unlike: Player, steps: int, text: str) -> None:
    assert text in unlike.post(VERIFY, {"token": unlike.code(steps=steps)}).json()["error"]


@pytest.mark.parametrize("steps", [-11, 11])
def test_a_code_further_off_is_only_wrong(unlike: Player, steps: int) -> None:
    response = unlike.post(VERIFY, {"token": unlike.code(steps=steps)})
    assert refusal(response) == (400, "INVALID_TWO_FACTOR_CODE")
    assert "details" not in response.json()


def test_drift_is_told_at_verify_alone(player: Player) -> None:
    player.enrol()
    response = player.answer(player.challenge(), player.code(steps=5))
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")
    assert "details" not in response.json()


def test_a_secret_of_the_client_is_refused(player: Player) -> None:
    setup = player.begin_setup()
    response = player.post(VERIFY, {"token": player.code(), "secret": setup["secret"]})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert list(response.json()["details"]) == ["secret"]


def test_a_backup_code_does_not_verify(player: Player) -> None:
    player.begin_setup()
    response = player.post(VERIFY, {"token": player.backup_codes[0]})
    assert refusal(response) == (400, "INVALID_TWO_FACTOR_CODE")


def test_a_refused_backup_code_says_what_to_enter(player: Player) -> None:
    player.begin_setup()
    text = player.post(VERIFY, {"token": player.backup_codes[0]}).json()["error"]
    assert re.search("6-digit code.*authenticator app", text)


def test_a_backup_code_tried_at_verify_still_counts_later(player: Player) -> None:
    player.begin_setup()
    code = player.backup_codes[0]
    player.post(VERIFY, {"token": code})
    player.post(VERIFY, {"token": player.code()})
    assert player.answer(player.challenge(), code).status_code == 200


@pytest.mark.parametrize("wrong", ["a wrong code", "a code of a clock that is off"])
def test_after_five_wrong_codes_the_right_one_is_refused_too(player: Player, wrong: str) -> None:
    player.begin_setup()
    for _ in range(5):
        player.post(VERIFY, {"token": player.wrong_code() if wrong == "a wrong code" else player.code(steps=5)})
    response = player.post(VERIFY, {"token": player.code()})
    assert refusal(response) == (429, "TOO_MANY_ATTEMPTS")
    assert response.headers["Retry-After"] == str(response.json()["retryAfter"]) == "300"


def test_without_a_setup_it_says_to_start_one(player: Player) -> None:
    assert refusal(player.post(VERIFY, {"token": "123456"})) == (400, "TWO_FACTOR_SETUP_NOT_STARTED")


def test_once_on_it_says_so(player: Player) -> None:
    player.enrol()
    assert refusal(player.post(VERIFY, {"token": player.fresh_code()})) == (400, "TWO_FACTOR_ALREADY_ENABLED")


def test_after_it_was_turned_off_it_says_to_start_a_setup(player: Player) -> None:
    player.enrol()
    player.post("/api/users/2fa/disable", {"password": player.password, "token": player.fresh_code()})
    assert refusal(player.post(VERIFY, {"token": player.fresh_code()})) == (400, "TWO_FACTOR_SETUP_NOT_STARTED")


def test_an_account_disabled_meanwhile_is_refused(server: Server, player: Player) -> None:
    player.begin_setup()
    set_person(server, player.person_id, status="disabled")
    assert refusal(player.post(VERIFY, {"token": player.code()})) == (403, "ACCOUNT_DISABLED")
