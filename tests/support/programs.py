"""Programs of the machine that tests stand on, thrown-away folders they run in, and who they run as."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 20
_USERS = ("postgres", "nobody")
"""Whom a program runs as where the tests run as root and the program refuses that."""


def found(program: str, *, package: str) -> str:
    """The path of `program`. Raises `FileNotFoundError` that says what to install."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise FileNotFoundError(f"These tests need {program}; install it, such as Debian's package {package}.")
    return path


def unprivileged_user() -> str | None:
    """Somebody else than root, if the tests run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in _USERS if user in known)


@contextmanager
def folder_of(user: str | None) -> Iterator[Path]:
    """A new folder that belongs to `user`."""
    with tempfile.TemporaryDirectory(prefix="mudguard-", ignore_cleanup_errors=True) as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


@contextmanager
def listening(*command: str, port: int, folder: Path, user: str | None = None) -> Iterator[None]:
    """`command` in the foreground, from when it listens on `port` until it is no longer needed."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, user=user)
    try:
        _wait_for(port, process, folder)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{process.args!r} does not listen: {(folder / 'output').read_text()}")
        time.sleep(0.02)
