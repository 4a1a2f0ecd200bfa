"""The budget of wrong codes: one budget over all servers, which neither a crowd nor a restart gets round."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.support.pairs import Pair
from tests.support.people import Player, operator
from tests.support.processes import ServerProcess
from tests.support.races import at_once

CROWD = 20


def codes_of(player: Player, factor: str) -> tuple[str, str]:
    """A wrong and a right code of one kind of factor."""
    if factor == "totp":
        return player.wrong_code(), player.code(steps=1)
    unused = next(code for code in (f"{number:08d}" for number in range(100)) if code not in player.backup_codes)
    return unused, player.backup_codes[0]


@pytest.mark.parametrize("factor", ["totp", "backup_code"])
def test_of_a_burst_of_wrong_codes_five_are_judged_and_then_no_right_one(
    factor: str, pair: Pair, racer: Player
) -> None:
    wrong, right = codes_of(racer, factor)
    challenges = [racer.challenge() for _ in range(CROWD)]
    answers = zip(pair.turns(racer, CROWD), challenges, strict=True)
    burst = at_once([partial(player.answer, challenge, wrong) for player, challenge in answers])
    assert Counter(response.status_code for response in burst) == {401: 5, 429: CROWD - 5}
    after = [player.answer(player.challenge(), right).status_code for player in pair.turns(racer, 2)]
    assert after == [429, 429]


def test_a_burst_through_several_doors_shares_the_budget(pair: Pair, racer: Player) -> None:
    wrong, right = codes_of(racer, "totp")
    challenges = [racer.challenge() for _ in range(4)]
    here, there = pair.turns(racer, 2)
    burst = at_once(
        [partial(there.answer, challenge, wrong) for challenge in challenges]
        + [partial(here.login, totpToken=wrong)] * 4
        + [partial(there.post, "/api/users/2fa/backup-codes", {"token": wrong})] * 4
        + [partial(here.post, "/api/users/2fa/disable", {"password": racer.password, "token": wrong})] * 4
    )
    assert Counter(response.status_code == 429 for response in burst) == {False: 5, True: 11}
    assert racer.login(totpToken=right).status_code == 429


def test_a_right_code_in_the_middle_of_a_burst_is_judged_like_any_other(pair: Pair, racer: Player) -> None:
    wrong, right = codes_of(racer, "totp")
    challenges = [racer.challenge() for _ in range(CROWD)]
    codes = [right if position == CROWD // 2 else wrong for position in range(CROWD)]
    answers = zip(pair.turns(racer, CROWD), challenges, codes, strict=True)
    burst = at_once([partial(player.answer, challenge, code) for player, challenge, code in answers])
    counted = Counter(response.status_code for response in burst)
    assert counted[401] == 5
    assert counted[200] <= 1


def test_wrong_codes_are_counted_across_failed_requests_servers_and_a_restart(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        player = operator(server).enrol()
        wrong, right = codes_of(player, "totp")
        assert [player.login(totpToken=wrong).status_code for _ in range(4)] == [401] * 4
        assert server.stop() == 0
    with ServerProcess(tmp_path) as server:
        player.client = server.client
        assert player.login(totpToken=wrong).status_code == 401
        locked = player.login(totpToken=right)
        assert locked.json()["code"] == "TOO_MANY_ATTEMPTS"
        assert 0 < locked.json()["retryAfter"] <= 300
