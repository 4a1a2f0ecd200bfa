"""The command line as a newcomer meets it: help, version, wrong usage."""

from pathlib import Path

import pytest

from mudguard import __version__
from tests.support.processes import run

COMMANDS = {
    (): ("serve", "openapi", "version", "db", "user", "2fa", "audit", "keys"),
    ("db",): ("upgrade", "status"),
    ("user",): ("create", "show", "disable", "enable", "verify-email", "reset-password"),
    ("2fa",): ("status", "reset"),
    ("audit",): ("verify",),
    ("keys",): ("status", "add", "rotate", "retire"),
}


@pytest.mark.parametrize("group", COMMANDS, ids=lambda group: " ".join(("mudguard", *group)))
def test_help_names_every_command_in_a_line_that_is_not_cut_off(group: tuple[str, ...], tmp_path: Path) -> None:
    shown = run(*group, "--help", data_dir=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    listed = shown.stdout.partition("Commands:\n")[2].splitlines()
    assert tuple(line.split()[0] for line in listed) == COMMANDS[group]
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)


def test_help_says_where_to_start(tmp_path: Path) -> None:
    assert "Start with 'mudguard serve'." in run("--help", data_dir=tmp_path).stdout


def test_help_of_serve_tells_defaults_and_where_settings_come_from(tmp_path: Path) -> None:
    shown = " ".join(run("serve", "-h", data_dir=tmp_path).stdout.split())
    for part in ("default: 127.0.0.1", "5000; 0<=x<=65535", "MUDGUARD_* variables", "MUDGUARD_CONFIG"):
        assert part in shown


@pytest.mark.parametrize("spelling", ["version", "--version"])
def test_the_version_is_printed_alone(spelling: str, tmp_path: Path) -> None:
    shown = run(spelling, data_dir=tmp_path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Usage: mudguard"),
        (("nonsense",), "No such command 'nonsense'."),
        (("serve", "--colour"), "No such option: --colour"),
        (("serve", "--port", "http"), "Invalid value for '--port'"),
        (("serve", "--port", "65536"), "less than or equal to 65535"),
        (("serve", "--workers", "0"), "greater than or equal to 1"),
        (("user", "show"), "Missing argument 'EMAIL'"),
        (("audit", "--type", "sign_in"), "must be one of account.register, "),
        (("audit", "--outcome", "failure"), "must be success or refused"),
        (("audit", "--since", "yesterday"), "must be a date and time such as 2026-01-02T03:04:05Z"),
        (("audit", "--limit", "0"), "greater than or equal to 1"),
        (("keys", "retire"), "Missing argument 'KEY'"),
        (("keys", "rotate", "--wait", "-1"), "greater than or equal to 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_told_on_standard_error_with_2(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    refused = run(*arguments, data_dir=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert says in " ".join(refused.stderr.split())


def test_looking_around_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    run("openapi", data_dir=folder)
    run("db", "status", data_dir=folder)
    run("user", "show", "olga@northwind.test", data_dir=folder)
    assert not folder.exists()
