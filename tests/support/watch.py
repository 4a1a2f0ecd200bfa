"""What no request may bring about, whatever a test sends: watched at every client, in the database and in the logs."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import Any

import httpx2
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from mudguard.store.tables import metadata
from tests.support.inspection import Inspection

State = dict[str, set[str]]

DOCUMENTATION = "/openapi.json"
"""Its examples are nobody's secrets."""

_NO_SECRETS_IN = frozenset(["details"])
"""Keys by whose members fields are explained, by name."""

_SECRET_FIELDS = frozenset(
    ["password", "currentPassword", "newPassword", "token", "totpToken", "secret", "manualEntryKey", "backupCodes"]
)
_CREDENTIAL_FIELDS = frozenset(["challengeToken", "refreshToken"])
_CREDENTIAL = re.compile("eyJ|mb_live_|mg[rc]_")
_SHORTEST_SECRET = 6

_COUNTERS = {
    "two_factor": {"version", "totp_failures", "backup_failures"},
    "challenges": {"failures"},
    "api_keys": {"window_started_at", "window_requests", "requests", "last_used_at"},
}
"""Columns that a refusal may move."""

_WATCHED = [
    [column for column in table.c if column.name not in _COUNTERS.get(table.name, ())]
    for table in metadata.sorted_tables
    if table.name not in ("instance", "password_failures", "audit_streams", "security_events")
]

_MEANT = {"TWO_FACTOR_REQUIRED": "challenges", "INVALID_REFRESH_TOKEN": "sessions"}
"""Refusals that change something on purpose: one begins a challenge, the other may end a stolen session."""


class Watch:
    """Notes what went wrong beside what a test looks for: `complaints` must stay empty."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._secrets: set[str] = set()
        self._databases: dict[str, Inspection] = {}
        self._lock = Lock()
        self._running = 0
        self._begun = 0

    def keep_an_eye_on(self, url: str, database: Inspection) -> None:
        """Compare what the server at `url` keeps before and after each request that it refuses."""
        self._databases[url] = database

    def at(self, send: Callable[..., httpx2.Response]) -> Callable[..., httpx2.Response]:
        """`send` of a client, watched."""

        def watched(client: httpx2.Client, request: httpx2.Request, **options: Any) -> httpx2.Response:
            database = self._databases.get(str(client.base_url).rstrip("/"))
            with self._lock:
                alone = self._running == 0
                self._running += 1
                self._begun += 1
                number = self._begun
            try:
                before = _state(database)
                self._secrets |= set(_secrets_sent(request))
                response = send(client, request, **options)
            finally:
                with self._lock:
                    self._running -= 1
                    alone = alone and self._begun == number
            self._look_at(response)
            if alone and before is not None and response.status_code >= 400:
                self._compare(before, _state(database), response)
            self._secrets |= set(_secrets_in(response.content))
            return response

        return watched

    def read_log(self, text: str) -> None:
        """Complain of a secret in a log."""
        self.complaints += [f"the log holds {secret!r}" for secret in self._found_in(text)]

    def _look_at(self, response: httpx2.Response) -> None:
        what = f"{response.request.method} {response.request.url.path}: {response.status_code}"
        if response.status_code >= 500 and response.status_code != 503:
            self.complaints.append(f"{what} {response.text[:200]}")
        if response.request.url.path == DOCUMENTATION:
            return
        shown = response.text + str(response.headers)
        self.complaints += [f"{what} repeats {secret!r}" for secret in self._found_in(shown)]

    def _compare(self, before: State, after: State | None, response: httpx2.Response) -> None:
        with suppress(ValueError):
            code = response.json().get("code", "")
            meant = _MEANT.get(code)
            changed = [name for name in before if after is not None and before[name] != after[name] and name != meant]
            if changed:
                path = response.request.url.path
                self.complaints.append(f"{path} was refused ({response.status_code} {code}) and changed {changed}")

    def _found_in(self, text: str) -> Iterator[str]:
        for secret in sorted(self._secrets):
            if secret in text and re.search(rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9A-Za-z])", text):
                yield secret


def _state(database: Inspection | None) -> State | None:
    """The rows that matter, by table; None while the database cannot be read."""
    if database is None:
        return None
    with suppress(DBAPIError), database.connection() as connection:
        return {
            columns[0].table.name: {repr(tuple(row)) for row in connection.execute(select(*columns))}
            for columns in _WATCHED
        }
    return None


def _secrets_sent(request: httpx2.Request) -> Iterator[str]:
    yield from _secrets_in(request.content)
    for name in ("Authorization", "X-API-Key"):
        credential = request.headers.get(name, "").rpartition(" ")[2]
        if _CREDENTIAL.match(credential):
            yield credential


def _secrets_in(content: bytes) -> Iterator[str]:
    """The secrets in a JSON body, by the names of their fields; none in what is no JSON."""
    with suppress(ValueError, RecursionError):
        yield from _secrets_of("", json.loads(content))


def _secrets_of(name: str, value: object) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
        if name in _SECRET_FIELDS or (name in _CREDENTIAL_FIELDS and _CREDENTIAL.match(value)):
            yield value
    elif isinstance(value, dict):
        for member_name, member in value.items():
            if member_name not in _NO_SECRETS_IN:
                yield from _secrets_of(member_name, member)
    elif isinstance(value, list):
        for member in value:
            yield from _secrets_of(name, member)
