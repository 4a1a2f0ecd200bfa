"""Booting and stopping `mudguard serve`: what keeps it from starting is told in one line, stopping loses nothing."""

import os
import signal
import socket
import threading
from pathlib import Path

import httpx2
import pytest

from mudguard.security import keyring
from mudguard.serving import application
from mudguard.store.faults import DatabaseUnavailableError
from tests.support.connections import Connection, wait_until_refused
from tests.support.folders import set_schema_version
from tests.support.processes import PATIENCE_SECONDS, ServerProcess, run
from tests.support.server import Server


def refusal(*arguments: str, data_dir: Path, **settings: str) -> str:
    """The one line with which `mudguard serve` refuses to start."""
    ended = run("serve", "--port", "0", *arguments, data_dir=data_dir, **settings)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    return line


def test_a_port_in_use_is_told_of(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refusal("--port", str(port), data_dir=tmp_path) == (
            f"mudguard: port {port} on 127.0.0.1 is in use; stop what uses it or choose another --port"
        )


def test_an_address_of_another_machine_is_told_of(tmp_path: Path) -> None:
    line = refusal("--host", "192.0.2.1", data_dir=tmp_path)
    assert line.startswith("mudguard: cannot listen on 192.0.2.1:0 (")
    assert line.endswith("); choose another --host or --port")


def test_a_data_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "var"
    assert refusal(data_dir=folder) == (
        f"mudguard: the data folder {folder} cannot be written (Not a directory); set MUDGUARD_DATA_DIR to one that can"
    )


def test_a_database_that_cannot_be_reached_is_told_of_and_no_key_ring_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'missing' / 'mudguard.db'}"
    assert refusal(data_dir=tmp_path / "var", database_url=url) == (
        f"mudguard: the database {url} cannot be used (unable to open database file); "
        "check that it exists and is writable"
    )
    assert list((tmp_path / "var").iterdir()) == []


def test_a_file_that_is_no_database_is_told_of_and_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "mudguard.db"
    letter.write_text("Dear Sir or Madam, this is a letter. " * 30)
    assert "(file is not a database)" in refusal(data_dir=tmp_path)
    assert letter.read_text().startswith("Dear Sir or Madam")


def test_a_missing_key_ring_of_an_existing_database_is_told_of_and_not_replaced(used_folder: Path) -> None:
    ring = used_folder / "keyring"
    ring.unlink()
    assert refusal(data_dir=used_folder) == (
        f"mudguard: the key ring {ring} cannot be read (No such file or directory); restore it from your copy"
    )
    assert not ring.exists()


def test_a_foreign_key_ring_is_told_of(used_folder: Path) -> None:
    ring = used_folder / "another-ring"
    keyring.create_if_missing(ring)
    assert refusal(data_dir=used_folder, keyring_file=str(ring)) == (
        f"mudguard: the key ring {ring} does not open sqlite:///{used_folder / 'mudguard.db'}; "
        "restore the ring that belongs to it"
    )


def test_a_damaged_key_ring_is_told_of_without_its_contents(used_folder: Path) -> None:
    ring = used_folder / "keyring"
    ring.write_text("c2VjcmV0\n")
    assert refusal(data_dir=used_folder) == (
        f"mudguard: the key ring {ring} has a key that is not 32 bytes long; restore it from your copy"
    )


def test_a_key_ring_named_by_a_setting_is_not_made(tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    assert refusal(data_dir=tmp_path / "var", keyring_file=str(ring)) == (
        f"mudguard: the key ring {ring} cannot be read (No such file or directory); "
        "put one there, or unset MUDGUARD_KEYRING_FILE to have one made"
    )
    assert not ring.exists()


def test_a_newer_schema_is_told_of(used_folder: Path) -> None:
    set_schema_version(used_folder, "9999")
    assert refusal(data_dir=used_folder) == (
        f"mudguard: sqlite:///{used_folder / 'mudguard.db'} was upgraded by a newer Mudguard; "
        "install that version or newer"
    )


def test_key_ring_and_database_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with ServerProcess(folder, umask=0):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop("var") == 0o700
    assert {"keyring", "mudguard.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_finishes_the_request_in_flight_then_stops_with_0(tmp_path: Path, workers: str) -> None:
    body = b'{"email": "nobody@customers.test", "password": "correct horse battery"}'
    with ServerProcess(tmp_path, "--workers", workers) as server, Connection(server.port) as in_flight:
        in_flight.begin_post("/api/auth/login", length=len(body))
        httpx2.get(f"{server.url}/livez")  # the connection before it is no longer in the listener's queue
        os.kill(server.pid, signal.SIGTERM)
        wait_until_refused(server.port)
        assert in_flight.finish(body) == 401
        assert server.wait() == 0


def test_ctrl_c_stops_with_0_and_without_a_traceback(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        os.kill(server.pid, signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.log()


def test_two_workers_are_two_processes_that_each_serve(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--workers", "2") as server:
        workers = server.workers()
        assert len(workers) == 2
        for halted in workers:
            os.kill(halted, signal.SIGSTOP)
            try:
                assert httpx2.get(f"{server.url}/livez", timeout=PATIENCE_SECONDS).status_code == 200
            finally:
                os.kill(halted, signal.SIGCONT)


def test_a_sweep_that_fails_is_not_the_last_and_keeps_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = threading.Event()
    failures: list[Exception] = [DatabaseUnavailableError("away"), ZeroDivisionError()]

    async def failing(*_arguments: object, **_values: object) -> None:
        if failures:
            raise failures.pop()
        swept.set()

    monkeypatch.setattr(application, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(application, "sweep", failing)
    with Server(tmp_path) as server:
        assert swept.wait(PATIENCE_SECONDS)
        assert server.client.get("/livez").status_code == 200
