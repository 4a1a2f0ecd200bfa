"""What may be used once is used once, however many requests at two servers try at the same moment."""

from collections import Counter
from functools import partial

import httpx2

from tests.support.pairs import Pair
from tests.support.people import Player
from tests.support.races import at_once

CROWD = 10


def outcomes(responses: list[httpx2.Response]) -> Counter[str]:
    """How often each code came, with `OK` for success."""
    return Counter("OK" if response.status_code == 200 else response.json()["code"] for response in responses)


def test_one_totp_code_signs_in_once(pair: Pair, racer: Player) -> None:
    challenges = [racer.challenge() for _ in range(CROWD)]
    code = racer.code(steps=1)
    players = pair.turns(racer, CROWD)
    responses = at_once(
        [partial(player.answer, token, code) for player, token in zip(players, challenges, strict=True)]
    )
    assert outcomes(responses) == {"OK": 1, "INVALID_TWO_FACTOR_CODE": 5, "TOO_MANY_ATTEMPTS": 4}


def test_one_totp_code_opens_one_of_several_doors(pair: Pair, racer: Player) -> None:
    challenge = racer.challenge()
    code = racer.code(steps=1)
    here, there = pair.turns(racer, 2)
    responses = at_once(
        [
            partial(here.answer, challenge, code),
            partial(there.login, totpToken=code),
            partial(here.login, totpToken=code),
            partial(there.post, "/api/users/2fa/setup", {"token": code}),
        ]
    )
    assert outcomes(responses) == {"OK": 1, "INVALID_TWO_FACTOR_CODE": 3}


def test_one_totp_code_signs_in_or_voids_the_backup_codes_never_both(pair: Pair, racer: Player) -> None:
    code = racer.code(steps=1)
    here, there = pair.turns(racer, 2)
    responses = at_once(
        [partial(here.login, totpToken=code), partial(there.post, "/api/users/2fa/backup-codes", {"token": code})]
    )
    assert outcomes(responses) == {"OK": 1, "INVALID_TWO_FACTOR_CODE": 1}


def test_one_backup_code_signs_in_once(pair: Pair, racer: Player) -> None:
    challenges = [racer.challenge() for _ in range(CROWD)]
    code = racer.backup_codes[0]
    players = pair.turns(racer, CROWD)
    responses = at_once(
        [partial(player.answer, token, code) for player, token in zip(players, challenges, strict=True)]
    )
    assert outcomes(responses) == {"OK": 1, "INVALID_TWO_FACTOR_CODE": 5, "TOO_MANY_ATTEMPTS": 4}
    assert racer.two_factor()["backupCodesRemaining"] == 9


def test_different_backup_codes_are_all_taken(pair: Pair, racer: Player) -> None:
    challenges = [racer.challenge() for _ in racer.backup_codes]
    players = pair.turns(racer, len(challenges))
    answers = zip(players, challenges, racer.backup_codes, strict=True)
    responses = at_once([partial(player.answer, token, code) for player, token, code in answers])
    assert outcomes(responses) == {"OK": 10}
    assert racer.two_factor()["backupCodesRemaining"] == 0


def test_one_challenge_is_finished_once_and_no_loser_spends_a_code(pair: Pair, racer: Player) -> None:
    challenge = racer.challenge()
    players = pair.turns(racer, len(racer.backup_codes))
    answers = zip(players, racer.backup_codes, strict=True)
    responses = at_once([partial(player.answer, challenge, code) for player, code in answers])
    assert outcomes(responses) == {"OK": 1, "INVALID_CHALLENGE": 9}
    assert racer.two_factor()["backupCodesRemaining"] == 9


def test_one_refresh_token_is_exchanged_once_and_its_second_use_ends_the_session(pair: Pair, racer: Player) -> None:
    responses = at_once([player.refresh for player in pair.turns(racer, CROWD)])
    assert outcomes(responses) == {"OK": 1, "INVALID_REFRESH_TOKEN": CROWD - 1}
    (winner,) = (racer.in_session_of(response) for response in responses if response.status_code == 200)
    assert winner.refresh().json()["code"] == "INVALID_REFRESH_TOKEN"
    assert winner.get("/api/users/me").json()["code"] == "SESSION_REVOKED"
