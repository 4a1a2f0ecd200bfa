"""`mudguard keys rotate` on both databases, beside a server that people use meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mudguard.cli.keys import NOTICED_AFTER_SECONDS
from mudguard.security import keyring
from mudguard.security.field_cipher import key_id_of
from mudguard.security.keyring import LOOK_EVERY_SECONDS
from tests.cli.conftest import ROTATE
from tests.support.people import Player, operator
from tests.support.server import Server
from tests.support.tampering import stored_two_factor

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("noticed_at_once")]


def test_rotate_moves_everything_that_is_stored(own_server: Server, enrolled: Player) -> None:
    told = own_server.command(*ROTATE)
    assert "2 rows encrypted anew." in told.stdout
    assert [line.split()[1:3] for line in own_server.command("keys", "status").stdout.splitlines()] == [
        ["first", "2"], ["replaced", "0"]
    ]  # fmt: skip


def test_after_a_rotation_codes_backup_codes_and_old_tokens_go_on(own_server: Server, enrolled: Player) -> None:
    own_server.command(*ROTATE)
    assert enrolled.get("/api/users/me").status_code == 200
    assert enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).status_code == 200
    assert enrolled.answer(enrolled.challenge(), enrolled.backup_codes[0]).status_code == 200


def test_after_a_rotation_a_setup_that_was_begun_before_can_be_verified(own_server: Server) -> None:
    player = operator(own_server)
    player.begin_setup()
    own_server.command(*ROTATE)
    assert player.post("/api/users/2fa/verify", {"token": player.code()}).status_code == 200
    assert player.answer(player.challenge(), player.backup_codes[0]).status_code == 200


def test_what_the_server_encrypts_after_a_rotation_is_under_the_new_key(own_server: Server, ring: Path) -> None:
    own_server.command(*ROTATE)
    player = operator(own_server).enrol()
    assert key_id_of(stored_two_factor(own_server, player.person_id)["secret"]) == keyring.read(ring)[0].id


def test_people_use_codes_during_a_rotation_and_none_fails(own_server: Server) -> None:
    people = [operator(own_server).enrol() for _ in range(4)]
    codes = [(one, one.backup_codes[number]) for number in range(8) for one in people]
    with ThreadPoolExecutor(2) as pool:
        using = [pool.submit(lambda one, code: one.answer(one.challenge(), code), one, code) for one, code in codes]
        told = own_server.command(*ROTATE)
    assert told.returncode == 0, told.stderr
    assert {done.result().status_code for done in using} == {200}
    assert [one.two_factor()["backupCodesRemaining"] for one in people] == [2] * 4


def test_what_servers_encrypt_before_they_see_the_new_key_is_moved_as_well() -> None:
    assert NOTICED_AFTER_SECONDS > LOOK_EVERY_SECONDS
