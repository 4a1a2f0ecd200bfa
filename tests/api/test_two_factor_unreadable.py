"""Fail closed: what the database holds of a second factor and cannot be read is 503, never a pass."""

import pytest

from tests.support import code_endpoints
from tests.support.answers import ERROR_KEYS, refusal
from tests.support.code_endpoints import CodeEndpoint
from tests.support.people import Player
from tests.support.server import Server
from tests.support.tampering import alter_last_byte, set_two_factor, stored_two_factor

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("still_clock")]

UNAVAILABLE = 503, "SERVICE_UNAVAILABLE"

at_every_endpoint = pytest.mark.parametrize("endpoint", code_endpoints.ALL)


@at_every_endpoint
def test_with_an_altered_secret_the_right_code_is_503(server: Server, member: Player, endpoint: CodeEndpoint) -> None:
    member.enrol()
    alter_last_byte(server, member.person_id, "secret")
    assert refusal(endpoint(member, member.fresh_code())) == UNAVAILABLE


@at_every_endpoint
def test_with_the_secret_of_somebody_else_their_code_is_503(
    server: Server, member: Player, owner: Player, endpoint: CodeEndpoint
) -> None:
    member.enrol()
    owner.enrol()
    set_two_factor(server, member.person_id, secret=stored_two_factor(server, owner.person_id)["secret"])
    assert refusal(endpoint(member, owner.fresh_code())) == UNAVAILABLE


def test_with_an_altered_secret_two_factor_stays_on(server: Server, player: Player) -> None:
    player.enrol()
    alter_last_byte(server, player.person_id, "secret")
    assert refusal(player.login()) == (403, "TWO_FACTOR_REQUIRED")


def test_with_an_altered_secret_a_backup_code_still_signs_in(server: Server, player: Player) -> None:
    player.enrol()
    alter_last_byte(server, player.person_id, "secret")
    assert player.answer(player.challenge(), player.backup_codes[0]).status_code == 200


def test_a_503_says_when_to_try_again(server: Server, player: Player) -> None:
    player.enrol()
    alter_last_byte(server, player.person_id, "secret")
    response = player.login(totpToken=player.fresh_code())
    assert response.headers["Retry-After"] == str(response.json()["retryAfter"])


def test_a_503_tells_nothing_of_what_is_kept(server: Server, player: Player) -> None:
    player.enrol()
    alter_last_byte(server, player.person_id, "secret")
    response = player.login(totpToken=player.fresh_code())
    assert set(response.json()) == ERROR_KEYS | {"retryAfter"}


@pytest.mark.parametrize("column", ["pending_secret", "pending_codes"])
def test_an_altered_setup_is_503_at_verify(server: Server, player: Player, column: str) -> None:
    player.begin_setup()
    alter_last_byte(server, player.person_id, column)
    assert refusal(player.post("/api/users/2fa/verify", {"token": player.code()})) == UNAVAILABLE


@pytest.mark.parametrize("column", ["pending_secret", "pending_codes"])
def test_an_altered_setup_turns_nothing_on(server: Server, player: Player, column: str) -> None:
    player.begin_setup()
    alter_last_byte(server, player.person_id, column)
    player.post("/api/users/2fa/verify", {"token": player.code()})
    assert player.two_factor()["enabled"] is False


def test_after_an_altered_setup_a_new_one_can_be_verified(server: Server, player: Player) -> None:
    player.begin_setup()
    alter_last_byte(server, player.person_id, "pending_secret")
    assert player.enrol().two_factor()["enabled"] is True


def test_an_altered_digest_makes_its_backup_code_wrong(server: Server, player: Player) -> None:
    player.enrol()
    alter_last_byte(server, player.person_id, "backup_digests")
    response = player.answer(player.challenge(), player.backup_codes[-1])
    assert refusal(response) == (401, "INVALID_TWO_FACTOR_CODE")


@at_every_endpoint
@pytest.mark.parametrize("column", ["totp_failures", "backup_failures"])
def test_a_counter_that_cannot_be_read_lets_nobody_pass(
    server: Server, member: Player, endpoint: CodeEndpoint, column: str
) -> None:
    member.enrol()
    set_two_factor(server, member.person_id, **{column: b"not whole"})
    assert refusal(endpoint(member, member.fresh_code())) == UNAVAILABLE
