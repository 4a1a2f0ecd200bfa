"""`mudguard user show`, `disable` and `enable`, beside a server that runs."""

import json
import re
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.people import Player, first_project, operator, person
from tests.support.processes import run
from tests.support.server import Server


@pytest.fixture
def namesakes(server: Server) -> tuple[Player, Player]:
    """An operator and a person of their project who have the same e-mail address."""
    both = operator(server)
    return both, person(server, first_project(both), email=both.email)


def test_show_tells_about_an_operator(folder: Path, owner: Player) -> None:
    shown = run("user", "show", owner.email, data_dir=folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[:-1] == [
        f"{owner.email}  Olga Operator",
        f"id          {owner.person_id}",
        f"of          Olga's organization, owner (organisation {owner.org_id})",
        "status      active",
        "e-mail      not verified",
        "2FA         off",
        "sessions    1",
    ]
    assert re.fullmatch(r"last login  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", lines[-1])


def test_show_tells_about_a_person_of_a_project(folder: Path, member: Player) -> None:
    member.enrol()
    shown = run("user", "show", member.email, data_dir=folder).stdout
    assert f"of          project {member.project_id}\n" in shown
    assert "2FA         on\n" in shown


def test_an_address_is_found_in_any_case(folder: Path, owner: Player) -> None:
    assert owner.person_id in run("user", "show", owner.email.upper(), data_dir=folder).stdout


def test_show_tells_no_secret(folder: Path, owner: Player) -> None:
    setup = owner.begin_setup()
    owner.post("/api/users/2fa/verify", {"token": owner.code()})
    shown = run("user", "show", owner.email, data_dir=folder).stdout
    assert not [secret for secret in (setup["secret"], *setup["backupCodes"], "argon2") if secret in shown]


def test_disable_refuses_the_account_at_once(folder: Path, owner: Player) -> None:
    disabled = run("user", "disable", owner.email, data_dir=folder)
    assert (disabled.returncode, disabled.stderr) == (0, "")
    assert disabled.stdout == f"{owner.email} is disabled. 'mudguard user enable' undoes it.\n"
    refused = owner.get("/api/users/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "ACCOUNT_DISABLED")


def test_enable_lets_a_disabled_account_in_again(folder: Path, owner: Player) -> None:
    run("user", "disable", owner.email, data_dir=folder)
    enabled = run("user", "enable", owner.email, data_dir=folder)
    assert (enabled.returncode, enabled.stdout, enabled.stderr) == (0, f"{owner.email} is active.\n", "")
    assert owner.login().status_code == 200


def test_enable_approves_a_person_who_waits(folder: Path, owner: Player) -> None:
    project_id = first_project(owner)
    settings = {"settings": {"defaultUserAccountStatus": "pending"}}
    owner.patch(f"/api/projects/{owner.org_id}/projects/{project_id}", settings).raise_for_status()
    applicant = {"email": "waits@customers.test", "firstName": "Will", "lastName": "Waits", "projectId": project_id}
    credentials = {"email": "waits@customers.test", "password": owner.password, "projectId": project_id}
    owner.client.post("/api/auth/local/register", json={**applicant, **credentials}).raise_for_status()
    assert owner.client.post("/api/auth/local/login", json=credentials).status_code == 403
    run("user", "enable", "waits@customers.test", data_dir=folder)
    assert owner.client.post("/api/auth/local/login", json=credentials).status_code == 200


def test_verify_email_lets_in_where_a_project_requires_it(folder: Path, owner: Player) -> None:
    project_id = first_project(owner)
    settings = {"settings": {"requireEmailVerification": True}}
    owner.patch(f"/api/projects/{owner.org_id}/projects/{project_id}", settings).raise_for_status()
    newcomer = {"email": "new@customers.test", "firstName": "Nora", "lastName": "New"}
    credentials = {"email": "new@customers.test", "password": owner.password, "projectId": project_id}
    owner.client.post("/api/auth/local/register", json={**newcomer, **credentials}).raise_for_status()
    refused = owner.client.post("/api/auth/local/login", json=credentials)
    assert refused.json()["code"] == "EMAIL_VERIFICATION_REQUIRED"
    verified = run("user", "verify-email", "new@customers.test", data_dir=folder)
    assert (verified.returncode, verified.stdout, verified.stderr) == (
        0, "The address new@customers.test is verified.\n", "",
    )  # fmt: skip
    assert owner.client.post("/api/auth/local/login", json=credentials).json()["user"]["emailVerified"]


class TestResetPassword:
    NEW = "battery staple horse"

    def reset(self, folder: Path, player: Player, password: str = NEW) -> CompletedProcess[str]:
        return run("user", "reset-password", player.email, data_dir=folder, typed=f"{password}\n")

    def test_the_new_password_signs_in_and_the_old_one_does_not(self, folder: Path, owner: Player) -> None:
        done = self.reset(folder, owner)
        told = f"{owner.email} has a new password, and all sessions have ended.\n"
        assert (done.returncode, done.stdout, done.stderr) == (0, told, "")
        assert owner.login().status_code == 401
        assert replace(owner, password=self.NEW).login().status_code == 200

    def test_sessions_and_waiting_sign_ins_end(self, folder: Path, owner: Player) -> None:
        owner.enrol()
        challenge = owner.challenge()
        self.reset(folder, owner)
        assert owner.get("/api/users/me").json()["code"] == "SESSION_REVOKED"
        assert owner.answer(challenge, owner.code(steps=1)).json()["code"] == "INVALID_CHALLENGE"

    def test_the_second_factor_stays(self, folder: Path, owner: Player) -> None:
        owner.enrol()
        self.reset(folder, owner)
        assert replace(owner, password=self.NEW).login().json()["code"] == "TWO_FACTOR_REQUIRED"

    @pytest.mark.parametrize("bad", ["short", "password123", ""])
    def test_a_password_that_is_none_is_refused_and_changes_nothing(
        self, folder: Path, owner: Player, bad: str
    ) -> None:
        refused = self.reset(folder, owner, bad)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("mudguard: ")
        assert owner.get("/api/users/me").status_code == 200
        assert owner.login().status_code == 200

    def test_it_is_in_the_audit_trail(self, folder: Path, owner: Player) -> None:
        self.reset(folder, owner)
        (event,) = run(
            "audit", "--type", "password.reset", "--person", owner.email, "--json", data_dir=folder
        ).stdout.splitlines()
        assert self.NEW not in event
        assert json.loads(event)["actor"] == "command line"


@pytest.mark.parametrize("command", [("user", "disable"), ("2fa", "reset")])
def test_an_unknown_address_is_told_in_one_line_with_1(command: tuple[str, str], folder: Path, server: Server) -> None:
    refused = run(*command, "nobody@northwind.test", data_dir=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "mudguard: nobody here has the e-mail address nobody@northwind.test\n"


def test_an_ambiguous_address_wants_a_project(folder: Path, namesakes: tuple[Player, Player]) -> None:
    both, customer = namesakes
    refused = run("user", "disable", both.email, data_dir=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"mudguard: several accounts have the address {both.email}; "
        f"name one by --project: {customer.project_id}, operators\n"
    )
    assert [player.get("/api/users/me").status_code for player in namesakes] == [200, 200]


@pytest.mark.parametrize("which", [0, 1], ids=["operators", "a project's id"])
def test_project_names_one_of_several_accounts(folder: Path, namesakes: tuple[Player, Player], which: int) -> None:
    chosen, other = namesakes[which], namesakes[1 - which]
    run("user", "disable", chosen.email, "--project", chosen.project_id or "operators", data_dir=folder)
    assert (chosen.get("/api/users/me").status_code, other.get("/api/users/me").status_code) == (403, 200)


def test_a_project_without_the_account_is_told_with_where_it_is(folder: Path, owner: Player) -> None:
    refused = run("user", "show", owner.email, "--project", "0" * 24, data_dir=folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"mudguard: {owner.email} has no account in {'0' * 24}, but in: operators\n"


def test_without_a_database_it_says_what_makes_one(tmp_path: Path) -> None:
    refused = run("user", "show", "olga@northwind.test", data_dir=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"mudguard: there is no database at {tmp_path / 'mudguard.db'} yet; 'mudguard serve' makes it\n"
    )


def test_a_wrong_setting_is_told_by_name(tmp_path: Path) -> None:
    refused = run("user", "show", "olga@northwind.test", data_dir=tmp_path, log_format="xml")
    assert (refused.returncode, refused.stdout) == (1, "")
    expected = "MUDGUARD_LOG_FORMAT: Input should be 'auto', 'json' or 'console'"
    assert refused.stderr == f"mudguard: wrong setting: {expected}\n"
