"""better-auth with its two-factor plugin under Node, on SQLite by better-sqlite3, as a server to be measured."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.people import PASSWORD
from benchmarks.processes import free_port, serving
from benchmarks.requests import request
from benchmarks.works import CHALLENGE, LOGIN, LOGIN_WITH_2FA, SESSION, SETUP, Prepared, Running, codes_for

VERSIONS = ("better-auth@1.7.25", "better-sqlite3@12.11.1")

_PROGRAMS = Path(__file__).with_name("better_auth")
_TURNS = 1
"""Sign-ins that wait for each person: more would not be used up."""

_SECRET = "known to all, since nobody lives here"


class BetterAuth:
    """Its sessions are cookies, looked up in the database at each request; it has no refresh tokens."""

    name = "better-auth"
    works = (SETUP, CHALLENGE, SESSION, LOGIN, LOGIN_WITH_2FA)

    def __init__(self, cache: Path, folder: Path) -> None:
        self._installed = cache / "better-auth"
        self.folder = folder
        self._people: list[dict[str, Any]] = []

    def make_ready(self, people: int) -> None:
        """Install it from npm's registry unless it was before, and fill its database."""
        install(self._installed)
        for program in _PROGRAMS.glob("*.mjs"):
            shutil.copy(program, self._installed)
        self._people = self._told("people", people)

    @contextmanager
    def running(self) -> Iterator[Running]:
        """`node server.mjs`."""
        port = free_port()
        command = ["node", str(self._installed / "server.mjs")]
        environment = {**self._environment, "PORT": str(port)}
        with serving(command, port=port, folder=self.folder, environment=environment) as process:
            yield Running(process, port)

    def prepare(self, work: str, seconds: float) -> Prepared:
        """The requests for `work`, and the rows that they need."""
        plain = [person for person in self._people if not person["isProtected"]]
        protected = [person for person in self._people if person["isProtected"]]
        if work == SETUP:
            self._told("begin")
            body = {"password": PASSWORD}
            return Prepared([_post("/two-factor/enable", body, cookie=person["cookie"]) for person in plain])
        if work == CHALLENGE:
            challenges = self._told("challenges", _TURNS)
            codes = codes_for([person["secret"].encode() for person in protected], seconds, turns=_TURNS)
            return Prepared(
                [
                    _post("/two-factor/verify-totp", {"code": code}, cookie=challenge["cookie"])
                    for challenge, code in zip(challenges, codes, strict=True)
                ],
                once=True,
            )
        if work == SESSION:
            return Prepared(
                [
                    request("GET", "/api/auth/get-session", headers={"Cookie": person["cookie"]})
                    for person in [*plain, *protected]
                ]
            )
        if work in (LOGIN, LOGIN_WITH_2FA):
            who = plain if work == LOGIN else protected
            return Prepared(
                [_post("/sign-in/email", {"email": person["email"], "password": PASSWORD}) for person in who]
            )
        raise ValueError(work)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "NODE_ENV": "production",
            "DATABASE_FILE": str(self.folder / "better-auth.db"),
            "BETTER_AUTH_SECRET": _SECRET,
        }

    def _told(self, *arguments: object) -> list[dict[str, Any]]:
        """What `people.mjs` prints. It does not wait for the disk."""
        told = subprocess.run(
            ["node", str(self._installed / "people.mjs"), *map(str, arguments)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**self._environment, "SYNCHRONOUS": "OFF"},
        ).stdout
        return [json.loads(line) for line in told.splitlines()]


def install(folder: Path) -> None:
    """better-auth and its database driver in `folder`, unless these versions are there. Raises `SystemExit`."""
    wanted = " ".join(VERSIONS)
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == wanted:
        return
    if shutil.which("npm") is None:
        raise SystemExit("better-auth needs Node.js 20 or newer with npm; install it, such as Debian's package npm.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *VERSIONS], check=True, cwd=folder)
    mark.write_text(wanted)


def _post(path: str, body: object, *, cookie: str = "") -> bytes:
    headers = {"Origin": "http://127.0.0.1", **({"Cookie": cookie} if cookie else {})}
    return request("POST", f"/api/auth{path}", headers=headers, body=body)
