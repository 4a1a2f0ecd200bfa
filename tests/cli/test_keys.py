"""`mudguard keys status`, `add`, `rotate` and `retire`: what each does to the ring, and what it refuses."""

import re
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from mudguard.security import keyring
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.keyring import Key
from mudguard.store.database import Database
from mudguard.store.reencryption import reencrypt_all
from tests.cli.conftest import ROTATE
from tests.conftest import SQLITE
from tests.support.answers import refusal
from tests.support.people import Player, operator
from tests.support.server import Server
from tests.support.tampering import alter_last_byte

TOKEN_SECONDS = 1_800

pytestmark = [
    pytest.mark.usefixtures("noticed_at_once"),
    pytest.mark.parametrize("own_database", [SQLITE], indirect=True),  # what of this depends on it is the store's
]


def keys(ring: Path) -> list[Key]:
    return keyring.read(ring)


def let_tokens_run_out(ring: Path) -> None:
    """The keys that were replaced were so longer ago than any token lives."""
    first, *others = keys(ring)
    keyring.write(ring, [first, *(replace(key, replaced_at=(key.replaced_at or 0) - TOKEN_SECONDS) for key in others)])


def rows(told: CompletedProcess[str]) -> list[tuple[str, str, int, str]]:
    """Key, role, how many values it encrypted, and what is said of it."""
    lines = [re.fullmatch(r"(\w+)  (\w+) +([\d,]+) values? encrypted  (.+)", line) for line in told.stdout.splitlines()]
    return [(line[1], line[2], int(line[3].replace(",", "")), line[4]) for line in lines if line]


def test_the_first_key_encrypts_everything_and_cannot_go(own_server: Server, ring: Path, enrolled: Player) -> None:
    told = own_server.command("keys", "status")
    assert (told.returncode, told.stderr) == (0, "")
    assert rows(told) == [(keys(ring)[0].name, "first", 2, "encrypts and signs; rotate first")]


def test_add_puts_a_standby_behind_the_first_key(own_server: Server, ring: Path) -> None:
    (first,) = keys(ring)
    told = own_server.command("keys", "add")
    assert told.returncode == 0, told.stderr
    assert keys(ring)[0] == first
    standby = keys(ring)[1]
    assert f"Added {standby.name} as a standby" in told.stdout
    assert rows(own_server.command("keys", "status"))[1] == (standby.name, "standby", 0, "can be retired")


def test_rotate_takes_the_standby_if_there_is_one(own_server: Server, ring: Path) -> None:
    own_server.command("keys", "add")
    first, standby = keys(ring)
    own_server.command(*ROTATE)
    assert [key.id for key in keys(ring)] == [standby.id, first.id]


def test_rotate_makes_a_key_if_there_is_no_standby_and_keeps_the_old_one(own_server: Server, ring: Path) -> None:
    (old,) = keys(ring)
    told = own_server.command(*ROTATE)
    new, replaced = keys(ring)
    assert (told.returncode, told.stderr) == (0, "")
    assert f"{new.name} is the first key now." in told.stdout
    assert (replaced.id, replaced.replaced_at is not None) == (old.id, True)


def begin_reencryption(server: Server, ring: Path) -> None:
    """The first step of a rotation, which is interrupted after it."""

    async def reencrypt_first(database: Database) -> None:
        async for _ in reencrypt_all(database, FieldCipher(keyring.load(ring))):
            return

    server.inspect().wait_for(reencrypt_first)


def test_an_interrupted_rotation_goes_on_with_the_same_key(own_server: Server, ring: Path, enrolled: Player) -> None:
    new = Key.fresh()
    keyring.write(ring, [new, replace(keys(ring)[0], replaced_at=1)])
    begin_reencryption(own_server, ring)
    told = own_server.command(*ROTATE)
    assert told.stdout.startswith(f"Going on with the rotation to {new.name}: 1 value to go.")
    assert keys(ring)[0].id == new.id
    assert rows(own_server.command("keys", "status"))[1][2] == 0


def test_a_rotation_that_meets_what_cannot_be_read_says_whose_it_is(own_server: Server, enrolled: Player) -> None:
    alter_last_byte(own_server, enrolled.person_id, "secret")
    told = own_server.command(*ROTATE)
    assert told.returncode == 1
    assert told.stderr.startswith("mudguard: not everything could be moved: this ")
    assert enrolled.person_id in told.stderr
    assert "Traceback" not in told.stderr


def test_the_first_key_is_not_retired(own_server: Server, ring: Path) -> None:
    (first,) = keys(ring)
    refused = own_server.command("keys", "retire", first.name)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"mudguard: key {first.name} encrypts and signs; rotate first\n"
    assert keys(ring) == [first]


def test_a_key_that_has_encrypted_something_is_not_retired(own_server: Server, ring: Path, enrolled: Player) -> None:
    (old,) = keys(ring)
    keyring.write(ring, [Key.fresh(), replace(old, replaced_at=1)])
    refused = own_server.command("keys", "retire", old.name)
    assert refused.returncode == 1
    assert f"key {old.name} has encrypted 2 values; run 'mudguard keys rotate' to move them" in refused.stderr
    assert len(keys(ring)) == 2


def test_a_key_whose_tokens_are_in_force_is_not_retired(own_server: Server, ring: Path) -> None:
    (old,) = keys(ring)
    own_server.command(*ROTATE)
    refused = own_server.command("keys", "retire", old.name)
    assert refused.returncode == 1
    assert re.search(
        rf"key {old.name} signed tokens that are still in force; in (29|30) minutes none is", refused.stderr
    )


def test_a_key_that_nothing_needs_is_retired_and_its_tokens_are_void(
    own_server: Server, ring: Path, enrolled: Player
) -> None:
    (old,) = keys(ring)
    own_server.command(*ROTATE)
    let_tokens_run_out(ring)
    told = own_server.command("keys", "retire", old.name)
    assert (told.returncode, told.stderr) == (0, "")
    assert old.id not in [key.id for key in keys(ring)]
    assert enrolled.refresh().status_code == 200
    assert enrolled.answer(enrolled.challenge(), enrolled.fresh_code()).status_code == 200


def test_an_old_token_is_refused_once_its_key_is_retired(own_server: Server, ring: Path, enrolled: Player) -> None:
    (old,) = keys(ring)
    own_server.command(*ROTATE)
    let_tokens_run_out(ring)
    own_server.command("keys", "retire", old.name)
    operator(own_server)
    assert refusal(enrolled.get("/api/users/me")) == (401, "INVALID_TOKEN")


def test_an_unknown_key_is_told_in_one_line(own_server: Server) -> None:
    refused = own_server.command("keys", "retire", "00000000")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "mudguard: the ring holds no key 00000000; 'mudguard keys status' lists them\n"


def test_a_key_that_is_missing_from_the_ring_is_shown_with_1(own_server: Server, ring: Path, enrolled: Player) -> None:
    (lost,) = keys(ring)
    own_server.command(*ROTATE)
    operator(own_server).begin_setup()
    new = keys(ring)[0]
    newest = Key.fresh()
    keyring.write(ring, [newest, new])
    begin_reencryption(own_server, ring)
    keyring.write(ring, [newest, lost])
    told = own_server.command("keys", "status")
    assert told.returncode == 1
    assert rows(told)[-1] == (new.name, "MISSING", 3, "restore this key from your copy of the ring")
