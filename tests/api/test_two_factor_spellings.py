"""How a code may be typed: which spellings are the same code, and which are no code at all and cost nothing."""

import pytest

from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.code_endpoints import CodeEndpoint
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = pytest.mark.usefixtures("still_clock")

at_every_endpoint = pytest.mark.parametrize("endpoint", code_endpoints.ALL)

NO_CODE_AT_ALL = {
    "a plus sign": "+23456",
    "a minus sign": "-23456",
    "a hyphen before it": "-123456",
    "a decimal point": "123.456",
    "a comma": "123,456",
    "an underscore": "123_456",
    "a tab": "123\t456",
    "a line break after it": "123456\n",
    "a no-break space": "123\u00a0456",
    "an en dash": "123\u2013456",
    "an accent": "12345\u00e9",
    "fullwidth digits": "\uff11\uff12\uff13\uff14\uff15\uff16",
    "Arabic-Indic digits": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "Devanagari digits": "\u0967\u0968\u0969\u096a\u096b\u096c",
    "one mathematical digit": "12345\U0001d7d4",
    "a superscript digit": "12345\u00b2",
    "a space alone": " ",
    "a hyphen alone": "-",
    "too many digits": "1" * 65,
    "5,000 digits": "1" * 5_000,
    "50,000 digits": "1" * 50_000,
    "a number": 123456,
    "a decimal number": 123456.0,
    "null": None,
    "true": True,
    "a list": ["123456"],
    "an object": {"code": "123456"},
}


def in_spellings(code: str) -> list[str]:
    """`code` as people type it."""
    half = len(code) // 2
    left, right = code[:half], code[half:]
    return [f"{left} {right}", f"{left}-{right}", f" {code} ", f"{left} - {right}", "-".join(code), f"{code}-"]


@at_every_endpoint
def test_what_is_no_code_is_400_everywhere(member: Player, endpoint: CodeEndpoint) -> None:
    member.enrol()
    answers = {what: refusal(endpoint(member, typed)) for what, typed in NO_CODE_AT_ALL.items()}
    assert answers == dict.fromkeys(NO_CODE_AT_ALL, (400, "VALIDATION_ERROR"))


def test_what_is_no_code_is_400_at_verify(member: Player) -> None:
    member.begin_setup()
    answers = {
        what: refusal(member.post("/api/users/2fa/verify", {"token": typed})) for what, typed in NO_CODE_AT_ALL.items()
    }
    assert answers == dict.fromkeys(NO_CODE_AT_ALL, (400, "VALIDATION_ERROR"))


@at_every_endpoint
def test_what_is_no_code_is_not_counted(server: Server, member: Player, endpoint: CodeEndpoint) -> None:
    member.enrol()
    for typed in NO_CODE_AT_ALL.values():
        endpoint(member, typed)
    row = stored_two_factor(server, member.person_id)
    assert (row["totp_failures"], row["backup_failures"]) == (b"", b"")


def test_what_is_no_code_does_not_wear_a_challenge_out(player: Player) -> None:
    player.enrol()
    challenge = player.challenge()
    for typed in NO_CODE_AT_ALL.values():
        player.answer(challenge, typed)
    assert player.answer(challenge, player.fresh_code()).status_code == 200


def test_what_is_no_code_is_400_before_the_password_is_looked_at(player: Player) -> None:
    player.enrol()
    player.password = "not the password"
    assert refusal(player.login(totpToken="+23456")) == (400, "VALIDATION_ERROR")


def test_what_is_no_code_costs_no_guess_at_the_password(player: Player) -> None:
    player.enrol()
    right, player.password = player.password, "not the password"
    for _ in range(10):
        player.login(totpToken="+23456")
    player.password = right
    assert player.login(totpToken=player.fresh_code()).status_code == 200


def test_what_is_no_code_is_400_before_the_challenge_is_looked_at(player: Player) -> None:
    assert refusal(player.answer("mgc_unknown", "+23456")) == (400, "VALIDATION_ERROR")


def test_what_is_no_code_is_400_at_erasure_without_two_factor_too(member: Player) -> None:
    assert refusal(code_endpoints.erase(member, "+23456")) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("endpoint", "field"), [(code_endpoints.one_step_login, "totpToken"), (code_endpoints.challenge, "token")]
)
def test_a_400_names_the_field_and_says_what_to_enter(member: Player, endpoint: CodeEndpoint, field: str) -> None:
    details = endpoint(member.enrol(), "+23456").json()["details"]
    assert list(details) == [field]
    assert "enter the 6 digits" in details[field]


@at_every_endpoint
def test_spaces_and_hyphens_in_a_totp_code_are_ignored(member: Player, endpoint: CodeEndpoint) -> None:
    member.enrol()
    code = member.fresh_code()
    assert endpoint(member, f" {code[:3]} - {code[3:]} ").status_code == 200


@at_every_endpoint
def test_spaces_and_hyphens_in_a_backup_code_are_ignored(member: Player, endpoint: CodeEndpoint) -> None:
    member.enrol()
    code = member.backup_codes[0]
    assert endpoint(member, f" {code[:4]} - {code[4:]} ").status_code == 200


@pytest.mark.parametrize("kind", ["totp", "backup code"])
def test_every_spelling_of_a_code_is_that_code(player: Player, kind: str) -> None:
    player.enrol()
    for index in range(6):
        code = player.fresh_code() if kind == "totp" else player.backup_codes[index]
        assert player.answer(player.challenge(), in_spellings(code)[index]).status_code == 200


@pytest.mark.parametrize("kind", ["totp", "backup code"])
def test_no_other_spelling_makes_a_used_code_good_again(player: Player, kind: str) -> None:
    player.enrol()
    code = player.fresh_code() if kind == "totp" else player.backup_codes[0]
    player.answer(player.challenge(), code)
    answers = {refusal(player.answer(player.challenge(), spelling)) for spelling in in_spellings(code)[:5]}
    assert answers == {(401, "INVALID_TWO_FACTOR_CODE")}


@pytest.mark.parametrize("typed", ["12345", "1234567", "123456789", "abcdef", "0x1E240", "1e5"])
def test_what_is_not_six_digits_is_tried_as_a_backup_code(server: Server, player: Player, typed: str) -> None:
    player.enrol()
    assert refusal(player.answer(player.challenge(), typed)) == (401, "INVALID_TWO_FACTOR_CODE")
    row = stored_two_factor(server, player.person_id)
    assert (len(row["totp_failures"]), len(row["backup_failures"])) == (0, 8)
