"""Mudguard as a server to be measured, on SQLite or on PostgreSQL."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, bindparam, delete, insert, update

from benchmarks.people import PASSWORD, Cast
from benchmarks.population import populate, session_row
from benchmarks.processes import free_port, serving
from benchmarks.requests import request
from benchmarks.rows import engine_of, execute_many
from benchmarks.works import (
    CHALLENGE,
    LOGIN,
    LOGIN_WITH_2FA,
    REFRESH,
    SESSION,
    SETUP,
    WORKS,
    Prepared,
    Running,
    codes_for,
)
from mudguard.authn.clock import milliseconds
from mudguard.security import keyring
from mudguard.security.tokens import AccessTokens
from mudguard.settings import Settings
from mudguard.store.tables import challenges, sessions, two_factor

MUDGUARD = Path(sys.executable).with_name("mudguard")
SWIFT_HASHES = {"argon2_memory_kib": "8", "argon2_passes": "1"}
"""Password hashes that cost next to nothing, where something else is measured."""

_CHALLENGE_MS = 300_000
_TURNS = 3
"""Sign-ins that wait for each person: as many as there are codes that count."""


class Mudguard:
    """Use `make_ready`, then `running` and `prepare`. `numbers` are the people whose requests are sent."""

    works = WORKS

    def __init__(
        self, name: str, folder: Path, *, database_url: str = "", database_process: int | None = None,
        workers: int = 1, settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.name = name
        self.folder = folder
        self._database_process = database_process
        self._workers = workers
        self._values = {
            "data_dir": str(folder), "database_url": database_url, "ip_limits": "off",
            "session_idle_seconds": "2592000", **SWIFT_HASHES, **settings,
        }  # fmt: skip
        self._turn = 0

    @property
    def settings(self) -> Settings:
        """What the server is set to."""
        return Settings.model_validate(self._values)

    def make_ready(self, people: int) -> None:
        """Fill the database."""
        self.choose(populate(self.settings, people), range(people))

    def choose(self, cast: Cast, numbers: Sequence[int]) -> None:
        """Whose requests are sent, out of a database that is full already."""
        self.cast = cast
        self._plain = [number for number in numbers if not cast.has_second_factor(number)]
        self._protected = [number for number in numbers if cast.has_second_factor(number)]

    @contextmanager
    def running(self) -> Iterator[Running]:
        """`mudguard serve`."""
        port = free_port()
        command = [str(MUDGUARD), "serve", "--port", str(port), "--workers", str(self._workers)]
        with serving(command, port=port, folder=self.folder, environment=self.environment) as process:
            yield Running(process, port, self._database_process)

    @property
    def environment(self) -> dict[str, str]:
        """Of its process: this one's, with its settings as the only MUDGUARD_* variables."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("MUDGUARD_")}
        return {**own, **{f"MUDGUARD_{name.upper()}": value for name, value in self._values.items()}}

    def prepare(self, work: str, seconds: float) -> Prepared:
        """The requests for `work`, and the rows that they need."""
        self._turn += 1
        with engine_of(self.settings) as engine:
            if work == SETUP:
                return Prepared(self._setups(engine))
            if work == CHALLENGE:
                return Prepared(self._challenges(engine, seconds), once=True)
            if work == REFRESH:
                return Prepared(self._refreshes(engine), once=True)
            if work == SESSION:
                numbers = [*self._plain, *self._protected]
                self._sign_in(engine, numbers)
                return Prepared([request("GET", "/api/users/me", headers=bearer) for bearer in self._bearers(numbers)])
        if work == LOGIN:
            return Prepared([self._login(number) for number in self._plain])
        if work == LOGIN_WITH_2FA:
            return Prepared([self._login(number) for number in self._protected], status=403)
        raise ValueError(work)

    def _setups(self, engine: Engine) -> list[bytes]:
        """By people without 2FA, none of whom has begun a setup."""
        self._sign_in(engine, self._plain)
        forget = delete(two_factor).where(two_factor.c.person_id == bindparam("whose"))
        execute_many(engine, forget, [{"whose": self.cast.person_id(number)} for number in self._plain])
        return [request("POST", "/api/users/2fa/setup", headers=bearer) for bearer in self._bearers(self._plain)]

    def _challenges(self, engine: Engine, seconds: float) -> list[bytes]:
        """By people with 2FA, whose authenticators have shown no code yet."""
        expires_at = milliseconds() + _CHALLENGE_MS
        who = [{"whose": self.cast.person_id(number)} for number in self._protected]
        fresh = update(two_factor).where(two_factor.c.person_id == bindparam("whose")).values(last_step=None)
        for statement in (fresh, delete(challenges).where(challenges.c.person_id == bindparam("whose"))):
            execute_many(engine, statement, who)
        tokens = [
            self.cast.challenge(number, self._turn * _TURNS + turn)
            for turn in range(_TURNS)
            for number in self._protected
        ]
        rows = [
            {"person_id": token.person_id, "id": token.id, "credentials_version": 2, "failures": 0,
             "expires_at": expires_at}
            for token in tokens
        ]  # fmt: skip
        execute_many(engine, insert(challenges), rows)
        codes = codes_for([self.cast.secret(number) for number in self._protected], seconds, turns=_TURNS)
        return [
            request("POST", "/api/auth/2fa/challenge", body={"challengeToken": str(token), "token": code})
            for token, code in zip(tokens, codes, strict=True)
        ]

    def _refreshes(self, engine: Engine) -> list[bytes]:
        numbers = [*self._plain, *self._protected]
        self._sign_in(engine, numbers)
        return [
            request(
                "POST", "/api/auth/refresh", body={"refreshToken": str(self.cast.refresh_token(number, self._turn))}
            )
            for number in numbers
        ]

    def _login(self, number: int) -> bytes:
        body = {"projectId": self.cast.project_id, "email": self.cast.email(number), "password": PASSWORD}
        return request("POST", "/api/auth/local/login", body=body)

    def _sign_in(self, engine: Engine, numbers: Sequence[int]) -> None:
        """Let each have the one session that is known, signed in just now."""
        forget = delete(sessions).where(sessions.c.person_id == bindparam("whose"))
        execute_many(engine, forget, [{"whose": self.cast.person_id(number)} for number in numbers])
        now_ms = milliseconds()
        rows = [session_row(self.cast, number, now_ms=now_ms, generation=self._turn) for number in numbers]
        execute_many(engine, insert(sessions), rows)

    def _bearers(self, numbers: Sequence[int]) -> list[Mapping[str, str]]:
        settings, now_ms = self.settings, milliseconds()
        tokens = AccessTokens(
            keyring.load(settings.keyring_path),
            algorithm=settings.token_algorithm,
            issuer=settings.public_url,
            audience=settings.token_audience,
            lifetime=settings.access_token_seconds,
        )
        return [
            {"Authorization": f"Bearer {tokens.issue(_claims(self.cast, number, now_ms), now_ms=now_ms)}"}
            for number in numbers
        ]


def _claims(cast: Cast, number: int, now_ms: int) -> dict[str, Any]:
    """What the server writes into an access token."""
    has_second_factor = cast.has_second_factor(number)
    return {
        "sub": cast.person_id(number),
        "sid": cast.session_id(number),
        "jti": f"{number:016x}",
        "auth_time": now_ms // 1000,
        "email": cast.email(number),
        "role": "viewer",
        "amr": ["pwd", "otp", "mfa"] if has_second_factor else ["pwd"],
        "aal": "aal2" if has_second_factor else "aal1",
        "projectId": cast.project_id,
    }
