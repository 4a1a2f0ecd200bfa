"""API keys: made, listed, limited, replaced. The secret is shown once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from mudguard.projects.access import MANAGERS, Access, KeyCaller
from mudguard.rules.events import EventType
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.rules.refusals import Code, Refused
from mudguard.security.opaque_tokens import api_key_hash, new_api_key
from mudguard.sign_in.bearer import Caller
from mudguard.store import api_keys, projects
from mudguard.store.api_keys import ApiKey
from mudguard.store.database import Database
from mudguard.store.people import Person

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
            org_id = self._managed(connection, caller)
            return org_id if isinstance(org_id, Refused) else api_keys.of_organization(connection, org_id)

    def get(self, caller: Caller, key_id: str) -> ApiKey | Refused:
        """One key."""
        with self._database.reading() as connection:
            org_id = self._managed(connection, caller)
            return org_id if isinstance(org_id, Refused) else _key(connection, org_id, key_id)

    def create(
        self, caller: Caller, *, name: str, project_id: str, permissions: list[dict[str, Any]],
        requests: int | None, window: int | None, expires_at: int | None,
    ) -> NewKey | Refused:  # fmt: skip
        """A new key for a project. `window` is in seconds; no permissions are all permissions."""
        secret = new_api_key()

        def work(connection: Connection, operator: Person) -> NewKey | Refused:
            org_id = operator.org_id or ""
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

        event = EventType.API_KEY_CREATE
        return self._access.act(caller, event, MANAGERS, work, project_of=lambda new: new.key.project_id)

    def update(self, caller: Caller, key_id: str, changes: dict[str, object]) -> ApiKey | Refused:
        """Change columns of a key."""

        def work(connection: Connection, operator: Person) -> ApiKey | Refused:
            if changes:
                api_keys.change(connection, operator.org_id or "", key_id, **changes)
            return _key(connection, operator.org_id or "", key_id)

        return self._access.act(caller, EventType.API_KEY_UPDATE, MANAGERS, work, project_of=_project_of)

    def regenerate(self, caller: Caller, key_id: str) -> str | Refused:
        """A new secret; the old one is void from that moment."""
        secret = new_api_key()

        def work(connection: Connection, operator: Person) -> ApiKey | Refused:
            api_keys.change(connection, operator.org_id or "", key_id, secret_hash=api_key_hash(secret))
            return _key(connection, operator.org_id or "", key_id)

        changed = self._access.act(caller, EventType.API_KEY_REGENERATE, MANAGERS, work, project_of=_project_of)
        return changed if isinstance(changed, Refused) else secret

    def delete(self, caller: Caller, key_id: str) -> ApiKey | Refused:
        """Remove a key."""

        def work(connection: Connection, operator: Person) -> ApiKey | Refused:
            key = _key(connection, operator.org_id or "", key_id)
            api_keys.remove(connection, operator.org_id or "", key_id)
            return key

        return self._access.act(caller, EventType.API_KEY_DELETE, MANAGERS, work, project_of=_project_of)

    def _managed(self, connection: Connection, caller: Caller) -> str | Refused:
        """The id of the organisation that the caller manages."""
        operator = self._access.operator(connection, caller, MANAGERS)
        return operator if isinstance(operator, Refused) else operator.org_id or ""


def _key(connection: Connection, org_id: str, key_id: str) -> ApiKey | Refused:
    return api_keys.find(connection, org_id, key_id) or Refused(Code.NOT_FOUND, _NOT_FOUND)


def _project_of(key: ApiKey) -> str:
    return key.project_id
