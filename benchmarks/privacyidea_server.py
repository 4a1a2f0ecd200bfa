"""privacyIDEA under gunicorn, on SQLite, as a server to be measured."""

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import free_port, serving
from benchmarks.requests import request
from benchmarks.works import SETUP, Prepared, Running

PACKAGES = ("privacyidea==3.14", "gunicorn==27.0.1")

_ADMINISTRATOR = "administrator"
_PASSWORD = "correct horse battery"
_CONFIGURATION = """\
SUPERUSER_REALM = ["super"]
SECRET_KEY = {secret!r}
PI_PEPPER = {pepper!r}
PI_HASH_ALGO_LIST = ["argon2"]
PI_HASH_ALGO_PARAMS = {{"argon2__memory_cost": 8, "argon2__rounds": 1, "argon2__parallelism": 1}}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/privacyidea.db"
PI_ENCFILE = "{folder}/enckey"
PI_AUDIT_KEY_PRIVATE = "{folder}/private.pem"
PI_AUDIT_KEY_PUBLIC = "{folder}/public.pem"
PI_LOGFILE = "{folder}/privacyidea.log"
"""
_APPLICATION = "privacyidea.app:create_app(config_name='production', config_file='{path}', silent=True)"


class PrivacyIdea:
    """A token is made by an administrator. Nobody has one before, and each request makes another."""

    name = "privacyIDEA"
    works = (SETUP,)

    def __init__(self, cache: Path, folder: Path) -> None:
        self._installed = cache / "privacyidea"
        self.folder = folder
        self._authorization = ""

    def make_ready(self, people: int) -> None:  # noqa: ARG002  # tokens need no people
        """Install it from PyPI unless it was before, and make its keys and tables."""
        install(self._installed)
        configuration = _CONFIGURATION.format(
            folder=self.folder, secret=secrets.token_hex(), pepper=secrets.token_hex()
        )
        self._configuration.write_text(configuration)
        self._manage("setup", "create_enckey")
        self._manage("setup", "create_audit_keys")
        self._manage("setup", "create_tables")
        self._manage("admin", "add", _ADMINISTRATOR, "-p", _PASSWORD)
        with sqlite3.connect(self.folder / "privacyidea.db") as connection:
            connection.execute("PRAGMA journal_mode=WAL")

    @contextmanager
    def running(self) -> Iterator[Running]:
        """`gunicorn --workers 1`, which has one thread: SQLite's writers do not wait for one another."""
        port = free_port()
        command = [
            str(self._installed / "bin" / "gunicorn"), "--no-control-socket", "--workers", "1",
            "--bind", f"127.0.0.1:{port}", _APPLICATION.format(path=self._configuration),
        ]  # fmt: skip
        with serving(command, port=port, folder=self.folder, environment=self._environment) as process:
            self._authorization = self._log_in(port)
            yield Running(process, port)

    def prepare(self, work: str, seconds: float) -> Prepared:  # noqa: ARG002  # its requests may be sent for ever
        """The requests for `work`."""
        if work != SETUP:
            raise ValueError(work)
        body = {"type": "totp", "genkey": 1}
        return Prepared([request("POST", "/token/init", headers={"Authorization": self._authorization}, body=body)])

    def _log_in(self, port: int) -> str:
        body = json.dumps({"username": _ADMINISTRATOR, "password": _PASSWORD}).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/auth", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            token: str = json.load(answer)["result"]["value"]["token"]
            return token

    @property
    def _configuration(self) -> Path:
        return self.folder / "pi.cfg"

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PRIVACYIDEA_CONFIGFILE": str(self._configuration)}

    def _manage(self, *arguments: str) -> None:
        subprocess.run(
            [str(self._installed / "bin" / "pi-manage"), *arguments],
            check=True,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def install(folder: Path) -> None:
    """Put privacyIDEA into an environment of its own in `folder`, unless this version is there."""
    wanted = " ".join(PACKAGES)
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES], check=True)
    mark.write_text(wanted)
