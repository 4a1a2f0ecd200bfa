"""PgBouncer in transaction mode before PostgreSQL: every transaction may get another connection."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.support.people import PASSWORD, Player, operator
from tests.support.pgbouncer import running_pgbouncer
from tests.support.races import at_once
from tests.support.server import Server

CROWD = 10


@pytest.fixture(scope="module")
def pooled_servers(
    tmp_path_factory: pytest.TempPathFactory, pooled_database: dict[str, str]
) -> Iterator[tuple[Server, Server]]:
    """Two servers that reach one database through PgBouncer."""
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("pooled")
        url = stack.enter_context(running_pgbouncer(pooled_database["database_url"]))
        first = stack.enter_context(Server(folder, clock=None, database_url=url))
        second = stack.enter_context(Server(folder, clock=first.clock, database_url=url))
        yield first, second


@pytest.fixture
def newcomer(pooled_servers: tuple[Server, Server]) -> Player:
    """Somebody without a second factor."""
    return operator(pooled_servers[0])


def test_the_life_of_a_second_factor(newcomer: Player) -> None:
    newcomer.enrol()
    there = newcomer.signed_in_again()
    renewed = there.post("/api/users/2fa/backup-codes", {"token": newcomer.fresh_code()})
    assert renewed.status_code == 200
    backup_code, other_code = renewed.json()["backupCodes"][:2]
    assert newcomer.answer(newcomer.challenge(), backup_code).status_code == 200
    assert newcomer.answer(newcomer.challenge(), backup_code).status_code == 401
    disabled = there.refreshed().post("/api/users/2fa/disable", {"password": PASSWORD, "token": other_code})
    assert disabled.status_code == 200
    assert newcomer.login().status_code == 200


def test_one_code_that_many_show_at_once_signs_in_once(newcomer: Player, pooled_servers: tuple[Server, Server]) -> None:
    newcomer.enrol()
    challenges = [newcomer.challenge() for _ in range(CROWD)]
    code = newcomer.fresh_code()
    crowd = [newcomer.at(pooled_servers[turn % 2]) for turn in range(CROWD)]
    answers = at_once([partial(player.answer, token, code) for player, token in zip(crowd, challenges, strict=True)])
    assert Counter(answer.status_code for answer in answers)[200] == 1


def test_keys_are_rotated_and_the_old_one_is_no_longer_used(
    newcomer: Player, pooled_servers: tuple[Server, Server]
) -> None:
    newcomer.enrol()
    rotated = pooled_servers[0].command("keys", "rotate", "--wait", "0")
    assert (rotated.returncode, rotated.stderr) == (0, "")
    status = pooled_servers[0].command("keys", "status").stdout.splitlines()
    assert ["        0 values encrypted" in line for line in status] == [False, True]
    assert newcomer.answer(newcomer.challenge(), newcomer.fresh_code()).status_code == 200


def test_the_trail_of_all_that_is_whole(newcomer: Player, pooled_servers: tuple[Server, Server]) -> None:
    replace(newcomer).enrol()
    verified = pooled_servers[0].command("audit", "verify")
    assert (verified.returncode, verified.stdout.startswith("The trail is whole")) == (0, True)
