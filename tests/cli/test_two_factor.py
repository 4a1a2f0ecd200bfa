"""`mudguard 2fa status` and `reset`, beside a server that runs."""

import re
from pathlib import Path

import pytest

from tests.support.people import Player, first_project, operator, person
from tests.support.processes import run
from tests.support.server import Server


def test_status_of_2fa_that_is_off(folder: Path, owner: Player) -> None:
    status = run("2fa", "status", owner.email, data_dir=folder)
    assert (status.returncode, status.stdout, status.stderr) == (0, f"{owner.email}: 2FA is off.\n", "")


def test_status_of_2fa_that_is_on_tells_since_when_and_the_codes_left(folder: Path, owner: Player) -> None:
    owner.enrol()
    status = run("2fa", "status", owner.email, data_dir=folder).stdout
    assert re.fullmatch(r".+: 2FA is on since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; 10 backup codes left\.\n", status)


def test_status_counts_one_code_in_the_singular(folder: Path, owner: Player) -> None:
    owner.enrol()
    for code in owner.backup_codes[1:]:
        owner.answer(owner.challenge(), code)
    assert run("2fa", "status", owner.email, data_dir=folder).stdout.endswith("; 1 backup code left.\n")


def test_reset_with_yes_turns_2fa_off_without_asking(folder: Path, owner: Player) -> None:
    owner.enrol()
    reset = run("2fa", "reset", owner.email, "--yes", data_dir=folder)
    assert (reset.returncode, reset.stderr) == (0, "")
    assert reset.stdout == f"{owner.email}: 2FA is off and all sessions have ended.\n"
    assert owner.login().status_code == 200


def test_reset_ends_sessions_and_challenges_at_once(folder: Path, owner: Player) -> None:
    owner.enrol()
    challenge = owner.challenge()
    run("2fa", "reset", owner.email, "--yes", data_dir=folder)
    assert owner.get("/api/users/me").json()["code"] == "SESSION_REVOKED"
    assert owner.answer(challenge, owner.fresh_code()).json()["code"] == "INVALID_CHALLENGE"


def test_reset_asks_first_and_acts_on_a_yes(folder: Path, owner: Player) -> None:
    owner.enrol()
    reset = run("2fa", "reset", owner.email, data_dir=folder, typed="y\n")
    assert reset.returncode == 0
    assert reset.stdout.startswith(f"Turn off 2FA of {owner.email} and end all their sessions? [y/N]: ")
    assert owner.login().status_code == 200


@pytest.mark.parametrize("typed", ["n\n", "\n", ""], ids=["no", "just enter", "nobody there"])
def test_reset_without_a_yes_changes_nothing_and_ends_with_1(typed: str, folder: Path, owner: Player) -> None:
    owner.enrol()
    reset = run("2fa", "reset", owner.email, data_dir=folder, typed=typed)
    assert reset.returncode == 1
    assert reset.stderr.strip() == "Aborted!"
    assert owner.get("/api/users/2fa").json()["enabled"] is True


def test_reset_of_2fa_that_is_off_does_nothing_and_is_0(folder: Path, owner: Player) -> None:
    reset = run("2fa", "reset", owner.email, data_dir=folder)
    assert (reset.returncode, reset.stdout, reset.stderr) == (0, f"{owner.email}: 2FA is off already.\n", "")
    assert owner.get("/api/users/me").status_code == 200


def test_reset_of_an_ambiguous_address_wants_a_project_even_with_yes(folder: Path, server: Server) -> None:
    both = operator(server).enrol()
    customer = person(server, first_project(both), email=both.email).enrol()
    refused = run("2fa", "reset", both.email, "--yes", data_dir=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "name one by --project" in refused.stderr
    run("2fa", "reset", both.email, "--yes", "--project", str(customer.project_id), data_dir=folder)
    assert (both.login().status_code, customer.login().status_code) == (403, 200)
