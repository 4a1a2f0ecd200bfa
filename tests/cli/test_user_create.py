"""`mudguard user create`."""

from pathlib import Path

import pytest

from tests.support.people import PASSWORD, operator
from tests.support.processes import run
from tests.support.server import Server
from tests.support.terminal import converse

NAMES = ("--first-name", "Nora", "--last-name", "New")


def test_a_new_operator_owns_a_new_organisation_and_can_sign_in(server: Server, folder: Path) -> None:
    email = "nora@northwind.test"
    made = run("user", "create", email, *NAMES, "--org-name", "Northwind", data_dir=folder, typed=f"{PASSWORD}\n")
    assert (made.returncode, made.stderr) == (0, "")
    user = server.client.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()["user"]
    assert (user["fullName"], user["role"], user["org"]["name"]) == ("Nora New", "owner", "Northwind")
    assert made.stdout == f"{email} is owner of Northwind (organisation {user['org']['_id']}).\n"


def test_a_new_operator_has_no_session(folder: Path) -> None:
    run("user", "create", "idle@northwind.test", *NAMES, data_dir=folder, typed=f"{PASSWORD}\n")
    shown = run("user", "show", "idle@northwind.test", data_dir=folder).stdout
    assert "sessions    0\n" in shown
    assert "last login  never\n" in shown


def test_the_first_account_makes_folder_and_database(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = run("user", "create", "first@northwind.test", *NAMES, data_dir=folder, typed=f"{PASSWORD}\n")
    assert made.returncode == 0
    assert made.stdout.startswith("first@northwind.test is owner of Nora's organization (organisation ")


def test_an_operator_joins_an_organisation_as_a_member(server: Server, folder: Path) -> None:
    founder = operator(server)
    joined = run(
        "user", "create", "joins@northwind.test", *NAMES, "--org", str(founder.org_id),
        data_dir=folder, typed=f"{PASSWORD}\n",
    )  # fmt: skip
    assert joined.stdout.startswith("joins@northwind.test is member of ")
    assert joined.stdout.endswith(f" (organisation {founder.org_id}).\n")


def test_an_operator_joins_an_organisation_in_a_role(server: Server, folder: Path) -> None:
    founder = operator(server)
    joined = run(
        "user", "create", "admin@northwind.test", *NAMES, "--org", str(founder.org_id), "--role", "admin",
        data_dir=folder, typed=f"{PASSWORD}\n",
    )  # fmt: skip
    assert joined.stdout.startswith("admin@northwind.test is admin of ")


@pytest.mark.parametrize(
    ("email", "options", "typed", "says"),
    [
        ("weak@northwind.test", (), "password1\n", "password: This password is on the lists that attackers try first."),
        ("short@northwind.test", (), "horse\n", "password: Use 8 to 128 characters."),
        ("silent@northwind.test", (), "", "password: Use 8 to 128 characters."),
        ("lost@northwind.test", ("--org", "0" * 24), f"{PASSWORD}\n", "There is no organisation with this id."),
    ],
    ids=["common password", "short password", "no password", "unknown organisation"],
)
def test_what_cannot_be_made_is_told_in_one_line_with_1(
    email: str, options: tuple[str, ...], typed: str, says: str, folder: Path
) -> None:
    refused = run("user", "create", email, *NAMES, *options, data_dir=folder, typed=typed)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"mudguard: {says}")


def test_an_address_that_is_taken_is_told_in_one_line_with_1(server: Server, folder: Path) -> None:
    taken = operator(server).email.upper()
    refused = run("user", "create", taken, *NAMES, data_dir=folder, typed=f"{PASSWORD}\n")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "mudguard: An account with this e-mail address exists. Sign in, or use another address.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("no-address", *NAMES), "EMAIL: "),
        (("a@northwind.test", "--last-name", "New"), "--first-name: must be given"),
        (("a@northwind.test", "--first-name", "Nora"), "--last-name: must be given"),
        (("a@northwind.test", *NAMES, "--role", "admin"), "--role: goes with --org"),
        (("a@northwind.test", *NAMES, "--org", "0" * 24, "--role", "boss"), "--role: must be owner, admin, member or"),
        (("a@northwind.test", *NAMES, "--org", "0" * 24, "--org-name", "N"), "--org-name: names a new organisation"),
    ],
    ids=["no address", "no first name", "no last name", "role without --org", "unknown role", "two organisations"],
)
def test_wrong_options_are_told_with_2(arguments: tuple[str, ...], says: str, folder: Path) -> None:
    refused = run("user", "create", *arguments, data_dir=folder, typed=f"{PASSWORD}\n")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"Error: Invalid value for {says}" in refused.stderr


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """What somebody at a terminal sees who gave nothing but an address."""
    return converse(
        "user",
        "create",
        "asked@northwind.test",
        data_dir=tmp_path_factory.mktemp("asked"),
        answers={
            "First name: ": "Anna",
            "Last name: ": "Asked",
            "Password: ": PASSWORD,
            "Repeat for confirmation: ": PASSWORD,
        },
    )


def test_at_a_terminal_names_and_password_are_asked_for(conversation: tuple[int, str]) -> None:
    code, screen = conversation
    assert code == 0
    assert "asked@northwind.test is owner of Anna's organization" in screen


def test_at_a_terminal_the_password_is_not_shown(conversation: tuple[int, str]) -> None:
    _, screen = conversation
    assert "Anna" in screen
    assert PASSWORD not in screen
