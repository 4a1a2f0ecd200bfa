"""Who may do what in an organisation."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mudguard.authn.callers import Caller, KeyCaller
from mudguard.authn.session_guard import SessionGuard
from mudguard.rules.events import EventType
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.roles import Role
from mudguard.security.opaque_tokens import api_key_hash
from mudguard.store import api_keys
from mudguard.store.api_keys import ApiKey
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person

T = TypeVar("T")

ANY_ROLE = frozenset(Role)
MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
OWNERS = frozenset({Role.OWNER})


class Access:
    """Checks operators by role, and API keys by permission."""

    def __init__(self, *, guard: SessionGuard, database: Database) -> None:
        self._guard = guard
        self._database = database
        self.now_ms = guard.now_ms

    async def operator(self, connection: Connection, caller: Caller, roles: frozenset[Role]) -> Person | Refused:
        """The caller, if they are an operator with one of `roles`."""
        found = await self.person(connection, caller)
        if isinstance(found, Refused):
            return found
        if found.org_id is None:
            return Refused(ErrorCode.FORBIDDEN, "This is for the operators of an organisation. Sign in as one.")
        if found.role not in roles:
            needed = " or ".join(sorted(roles))
            return Refused(ErrorCode.FORBIDDEN, f"Your role is {found.role}; this needs {needed}. Ask an owner.")
        return found

    async def run_audited(
        self, caller: Caller, event: EventType, roles: frozenset[Role],
        act: Callable[[Connection, Person], Awaitable[T | Refused]], *,
        project_of: Callable[[T], str | None] = lambda _: None,
    ) -> T | Refused:  # fmt: skip
        """Run `act` in one transaction if the caller is an operator with one of `roles`, and record how it ended.

        `project_of` takes the result and returns its project.
        """

        async def act_and_record(connection: Connection) -> T | Refused:
            operator = await self.operator(connection, caller, roles)
            if isinstance(operator, Refused):
                return operator
            outcome = await act(connection, operator)
            project_id = None if isinstance(outcome, Refused) else project_of(outcome)
            await self._guard.record(connection, event, operator, caller.visitor, outcome, project_id=project_id)
            return outcome

        return await self._database.transact(act_and_record)

    async def person(self, connection: Connection, caller: Caller) -> Person | Refused:
        """The caller, in any role."""
        found = await self._guard.active_session(connection, caller)
        return found if isinstance(found, Refused) else found.person

    async def key(self, connection: Connection, caller: KeyCaller) -> ApiKey | None:
        """The API key, if it is active."""
        key = await api_keys.find_by_secret(connection, api_key_hash(caller.secret))
        if key is None or not key.is_active or (key.expires_at is not None and key.expires_at <= self.now_ms()):
            return None
        return key

    async def permitted_key(
        self, connection: Connection, caller: KeyCaller, *, resource: str, action: str
    ) -> ApiKey | Refused:
        """The API key, if it is active and may do `action` on `resource`. Counts the request against its limit."""
        key = await self.key(connection, caller)
        if key is None:
            return Refused(ErrorCode.INVALID_TOKEN, "This API key is unknown, switched off or expired. Use another.")
        if not _permits(key, resource, action):
            return Refused(ErrorCode.FORBIDDEN, f"This API key lacks the permission to {action} {resource}.")
        now_ms = self.now_ms()
        if not await api_keys.claim_request(connection, key, now_ms=now_ms):
            wait = key.window_started_at + key.limit_window * 1000 - now_ms
            return Refused(
                ErrorCode.RATE_LIMITED,
                "This API key has used up its requests for now.",
                retry_after=max(1, -(-wait // 1000)),
            )
        return key


def _permits(key: ApiKey, resource: str, action: str) -> bool:
    """An empty list of permissions permits everything, as in the official API."""
    if not key.permissions:
        return True
    return any(entry["resource"] == resource and action in entry["actions"] for entry in key.permissions)
