"""API keys: made, listed, limited, replaced. The secret is shown once."""

from dataclasses import dataclass, field
from typing import Any

from mudguard.authn.callers import Caller, KeyCaller
from mudguard.projects.access import MANAGERS, Access
from mudguard.rules.events import EventType
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.ids import fresh_id
from mudguard.security.opaque_tokens import api_key_hash, new_api_key
from mudguard.store import api_keys, projects
from mudguard.store.api_keys import ApiKey
from mudguard.store.connection import Connection
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

    def __init__(self, *, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def is_in_force(self, caller: KeyCaller) -> bool:
        """Whether this API key is active."""
        async with self._database.reading() as connection:
            return await self._access.key(connection, caller) is not None

    async def all(self, caller: Caller) -> list[ApiKey] | Refused:
        """The organisation's keys."""
        async with self._database.reading_at_length() as connection:
            org_id = await self._managed(connection, caller)
            return org_id if isinstance(org_id, Refused) else await api_keys.of_organization(connection, org_id)

    async def get(self, caller: Caller, key_id: str) -> ApiKey | Refused:
        """One key."""
        async with self._database.reading() as connection:
            org_id = await self._managed(connection, caller)
            return org_id if isinstance(org_id, Refused) else await _key(connection, org_id, key_id)

    async def create(
        self, caller: Caller, *, name: str, project_id: str, permissions: list[dict[str, Any]],
        requests: int | None, window: int | None, expires_at: int | None,
    ) -> NewKey | Refused:  # fmt: skip
        """Make a key for a project. `window` is in seconds. No permissions means all permissions."""
        secret = new_api_key()

        async def make_key(connection: Connection, operator: Person) -> NewKey | Refused:
            org_id = operator.org_id or ""
            project = await projects.find(connection, project_id)
            if project is None or project.org_id != org_id:
                return Refused(
                    ErrorCode.VALIDATION_ERROR, details={"projectId": "Your organisation has no project with this id."}
                )
            now_ms = self._access.now_ms()
            if expires_at is not None and expires_at <= now_ms:
                return Refused(ErrorCode.VALIDATION_ERROR, details={"expiresAt": "Choose a moment in the future."})
            key_id = fresh_id(now_ms)
            await api_keys.add(
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
            key = await _key(connection, org_id, key_id)
            return key if isinstance(key, Refused) else NewKey(key, secret)

        event = EventType.API_KEY_CREATE
        return await self._access.run_audited(
            caller, event, MANAGERS, make_key, project_of=lambda new: new.key.project_id
        )

    async def update(self, caller: Caller, key_id: str, changes: dict[str, object]) -> ApiKey | Refused:
        """Change columns of a key."""

        async def change_key(connection: Connection, operator: Person) -> ApiKey | Refused:
            if changes:
                await api_keys.change(connection, operator.org_id or "", key_id, **changes)
            return await _key(connection, operator.org_id or "", key_id)

        return await self._access.run_audited(
            caller, EventType.API_KEY_UPDATE, MANAGERS, change_key, project_of=_project_of
        )

    async def regenerate(self, caller: Caller, key_id: str) -> str | Refused:
        """Make a new secret. The old one stops working at once."""
        secret = new_api_key()

        async def replace_secret(connection: Connection, operator: Person) -> ApiKey | Refused:
            await api_keys.change(connection, operator.org_id or "", key_id, secret_hash=api_key_hash(secret))
            return await _key(connection, operator.org_id or "", key_id)

        changed = await self._access.run_audited(
            caller, EventType.API_KEY_REGENERATE, MANAGERS, replace_secret, project_of=_project_of
        )
        return changed if isinstance(changed, Refused) else secret

    async def delete(self, caller: Caller, key_id: str) -> ApiKey | Refused:
        """Remove a key."""

        async def remove_key(connection: Connection, operator: Person) -> ApiKey | Refused:
            key = await _key(connection, operator.org_id or "", key_id)
            await api_keys.remove(connection, operator.org_id or "", key_id)
            return key

        return await self._access.run_audited(
            caller, EventType.API_KEY_DELETE, MANAGERS, remove_key, project_of=_project_of
        )

    async def _managed(self, connection: Connection, caller: Caller) -> str | Refused:
        """The id of the organisation that the caller manages."""
        operator = await self._access.operator(connection, caller, MANAGERS)
        return operator if isinstance(operator, Refused) else operator.org_id or ""


async def _key(connection: Connection, org_id: str, key_id: str) -> ApiKey | Refused:
    return await api_keys.find(connection, org_id, key_id) or Refused(ErrorCode.NOT_FOUND, _NOT_FOUND)


def _project_of(key: ApiKey) -> str:
    return key.project_id
