"""Setups that cross each other: what is verified is one whole answer, never a mixture of two."""

from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.support.authenticator import Authenticator
from tests.support.pairs import Pair
from tests.support.people import Player
from tests.support.races import at_once

ROUNDS = pytest.mark.parametrize("number", range(1, 6), ids="round {}".format)
SETUP = "/api/users/2fa/setup"
VERIFY = "/api/users/2fa/verify"


def enrolled(player: Player, setup: dict[str, Any]) -> Player:
    """`player` with the authenticator and the backup codes of one setup."""
    authenticator = Authenticator(setup["secret"], player.clock.seconds)
    return replace(player, authenticator=authenticator, backup_codes=setup["backupCodes"])


def verify(player: Player) -> httpx2.Response:
    return player.post(VERIFY, {"token": player.code()})


@ROUNDS
def test_of_setups_at_once_one_alone_can_be_verified_with_its_own_codes(
    number: int, pair: Pair, newcomer: Player
) -> None:
    answers = at_once([partial(player.post, SETUP) for player in pair.turns(newcomer, 5)])
    candidates = [enrolled(newcomer, answer.json()) for answer in answers]
    (chosen,) = [candidate for candidate in candidates if verify(candidate).status_code == 200]
    others = [code for candidate in candidates if candidate is not chosen for code in candidate.backup_codes[:1]]
    assert [newcomer.answer(newcomer.challenge(), code).status_code for code in others] == [401, 401, 401, 401]
    assert newcomer.answer(newcomer.challenge(), chosen.backup_codes[0]).status_code == 200


@ROUNDS
def test_a_verify_and_a_new_setup_at_once_let_one_of_them_through(number: int, pair: Pair, newcomer: Player) -> None:
    here, there = pair.turns(newcomer, 2)
    first = enrolled(here, here.post(SETUP).json())
    verified, renewed = at_once([partial(verify, first), partial(there.post, SETUP)])
    assert sorted((verified.status_code, renewed.status_code)) == [200, 400]
    in_force = first if verified.status_code == 200 else enrolled(there, renewed.json())
    if renewed.status_code == 200:
        assert verify(in_force).status_code == 200
    assert newcomer.answer(newcomer.challenge(), in_force.backup_codes[0]).status_code == 200


@ROUNDS
def test_one_verify_of_several_at_once_turns_2fa_on(number: int, pair: Pair, newcomer: Player) -> None:
    begun = enrolled(newcomer, newcomer.post(SETUP).json())
    responses = at_once([partial(verify, player) for player in pair.turns(begun, 6)])
    assert sorted(response.status_code for response in responses) == [200, 400, 400, 400, 400, 400]
    assert newcomer.answer(newcomer.challenge(), begun.backup_codes[0]).status_code == 200
