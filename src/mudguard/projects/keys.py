"""API keys: made, listed, limited, replaced. The secret is shown once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from mudguard.projects.access import MANAGERS, Access, KeyCaller
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.rules.refusals import Code, Refused
from mudguard.security.opaque_tokens import api_key_hash, new_api_key
from mudguard.sign_in.bearer import Caller
from mudguard.store import api_keys, projects
from mudguard.store.api_keys import ApiKey
from mudguard.store.database import Database
from mudguard.store.people import Person

T = TypeVar("T")

DEFAULT_REQUESTS = 1_000
DEFAULT_WINDOW_SECONDS = 3_600

_NOT_FOUND = "There is no such API key in your organisation."


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeyService:
    """The operations on API keys, for owners and admins of the organisation."""

    def __init__(self, *, database: Database, access: Access, clock: Callable[[], int]) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    def is_in_force(self, caller: KeyCaller) -> bool:
        """Whether this is a good API key."""
        with self._database.reading() as connection:
            return self._access.key(connection, caller) is not None

    def all(self, caller: Caller) -> list[ApiKey] | Refused:
        """The organisation's keys."""
        with self._database.reading() as connection:
            manager = self._manager(connection, caller)
            return manager if isinstance(manager, Refused) else api_keys.of_organization(connection, manager[1])

    def get(self, caller: Caller, key_id: str) -> ApiKey | Refused:
        """One key."""
        with self._database.reading() as connection:
            manager = self._manager(connection, caller)
            return manager if isinstance(manager, Refused) else _key(connection, manager[1], key_id)

    def create(
        self, caller: Caller, *, name: str, project_id: str, permissions: list[dict[str, Any]],
        requests: int | None, window: int | None, expires_at: int | None,
    ) -> NewKey | Refused:  # fmt: skip
        """A new key for a project. `window` is in seconds; no permissions are all permissions."""
        secret = new_api_key()

        def work(connection: Connection) -> NewKey | Refused:
            manager = self._manager(connection, caller)
            if isinstance(manager, Refused):
                return manager
            operator, org_id = manager
            project = projects.find(connection, project_id)
            if project is None or project.org_id != org_id:
                return Refused(
                    Code.VALIDATION_ERROR, details={"projectId": "Your organisation has no project with this id."}
                )
            now_ms = self._clock()
            if expires_at is not None and expires_at <= now_ms:
                return Refused(Code.VALIDATION_ERROR, details={"expiresAt": "Choose a moment in the future."})
            key_id = new_id(now_ms, secrets.token_bytes(RANDOM_ID_BYTES))
            api_keys.add(
                connection,
                id=key_id,
                org_id=org_id,
                project_id=project_id,
                name=name,
                secret_hash=api_key_hash(secret),
                permissions=permissions,
                limit_requests=DEFAULT_REQUESTS if requests is None else requests,
                limit_window=DEFAULT_WINDOW_SECONDS if window is None else window,
                expires_at=expires_at,
                created_by=operator.id,
                created_at=now_ms,
            )
            key = _key(connection, org_id, key_id)
            return key if isinstance(key, Refused) else NewKey(key, secret)

        return self._database.transact(work)

    def update(self, caller: Caller, key_id: str, changes: dict[str, object]) -> ApiKey | Refused:
        """Change columns of a key."""

        def work(connection: Connection, org_id: str) -> ApiKey | Refused:
            if changes:
                api_keys.change(connection, org_id, key_id, **changes)
            return _key(connection, org_id, key_id)

        return self._change(caller, work)

    def regenerate(self, caller: Caller, key_id: str) -> str | Refused:
        """A new secret; the old one is void from that moment."""
        secret = new_api_key()

        def work(connection: Connection, org_id: str) -> str | Refused:
            changed = api_keys.change(connection, org_id, key_id, secret_hash=api_key_hash(secret))
            return secret if changed else Refused(Code.NOT_FOUND, _NOT_FOUND)

        return self._change(caller, work)

    def delete(self, caller: Caller, key_id: str) -> Refused | None:
        """Remove a key."""

        def work(connection: Connection, org_id: str) -> Refused | None:
            return None if api_keys.remove(connection, org_id, key_id) else Refused(Code.NOT_FOUND, _NOT_FOUND)

        return self._change(caller, work)

    def _change(self, caller: Caller, work: Callable[[Connection, str], T | Refused]) -> T | Refused:
        def as_manager(connection: Connection) -> T | Refused:
            manager = self._manager(connection, caller)
            return manager if isinstance(manager, Refused) else work(connection, manager[1])

        return self._database.transact(as_manager)

    def _manager(self, connection: Connection, caller: Caller) -> tuple[Person, str] | Refused:
        operator = self._access.operator(connection, caller, MANAGERS)
        return operator if isinstance(operator, Refused) else (operator, operator.org_id or "")


def _key(connection: Connection, org_id: str, key_id: str) -> ApiKey | Refused:
    return api_keys.find(connection, org_id, key_id) or Refused(Code.NOT_FOUND, _NOT_FOUND)
