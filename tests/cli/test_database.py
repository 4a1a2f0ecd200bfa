"""`mudguard db`."""

from pathlib import Path

from tests.support.folders import set_schema_version
from tests.support.processes import run


def test_upgrade_makes_the_database_and_says_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = run("db", "upgrade", data_dir=folder)
    assert (made.returncode, made.stdout) == (0, "The schema is at version 0001.\n")
    assert {path.name for path in folder.iterdir()} == {"keyring", "mudguard.db"}


def test_upgrade_says_on_standard_error_that_a_key_ring_was_made_to_be_copied(tmp_path: Path) -> None:
    told = run("db", "upgrade", data_dir=tmp_path).stderr
    assert "key ring created; keep a copy of it apart from the database's" in told
    assert str(tmp_path / "keyring") in told


def test_upgrade_changes_nothing_the_second_time(used_folder: Path) -> None:
    before = (used_folder / "keyring").read_bytes()
    again = run("db", "upgrade", data_dir=used_folder)
    assert (again.returncode, again.stdout, again.stderr) == (0, "The schema is at version 0001.\n", "")
    assert (used_folder / "keyring").read_bytes() == before


def test_upgrade_refuses_a_newer_schema(used_folder: Path) -> None:
    set_schema_version(used_folder, "9999")
    refused = run("db", "upgrade", data_dir=used_folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.endswith("was upgraded by a newer Mudguard; install that version or newer\n")


def test_status_of_an_up_to_date_schema_is_0(used_folder: Path) -> None:
    status = run("db", "status", data_dir=used_folder)
    assert (status.returncode, status.stdout) == (0, "The schema is up to date (version 0001).\n")


def test_status_without_a_database_is_1_and_says_what_makes_one(tmp_path: Path) -> None:
    status = run("db", "status", data_dir=tmp_path)
    assert (status.returncode, status.stdout) == (1, "")
    assert status.stderr == (
        f"mudguard: there is no database at {tmp_path / 'mudguard.db'} yet; 'mudguard serve' makes it\n"
    )


def test_status_of_an_empty_database_is_1_and_says_what_upgrades_it(tmp_path: Path) -> None:
    (tmp_path / "mudguard.db").touch()
    status = run("db", "status", data_dir=tmp_path)
    assert (status.returncode, status.stdout) == (1, "")
    assert status.stderr == (
        f"mudguard: the schema of sqlite:///{tmp_path / 'mudguard.db'} is not up to date; "
        "bring it up with 'mudguard db upgrade'\n"
    )


def test_status_of_a_newer_schema_is_1(used_folder: Path) -> None:
    set_schema_version(used_folder, "9999")
    status = run("db", "status", data_dir=used_folder)
    assert status.returncode == 1
    assert status.stderr.endswith("was upgraded by a newer Mudguard; install that version or newer\n")
