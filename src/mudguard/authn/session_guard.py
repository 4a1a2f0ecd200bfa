"""Checks a caller's session and account, runs what the caller asks for, and records it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mudguard.authn.callers import Caller, Visitor
from mudguard.authn.clock import Clock, milliseconds
from mudguard.rules.assurance import Lifetimes, session_is_over
from mudguard.rules.codes import Factor
from mudguard.rules.events import Event, EventType, Outcome
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.roles import Status
from mudguard.security.ids import fresh_id
from mudguard.store import sessions
from mudguard.store.audit import AuditTrail
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession, Session

T = TypeVar("T")

NOBODY = ""


RETRY = Refused(ErrorCode.SERVICE_UNAVAILABLE)
"""Another request changed the state between check and transaction. Nothing was done; the service starts again."""


class SessionGuard:
    """Checks session and account, runs what the caller asks for, and records it, in one transaction."""

    def __init__(
        self, *, database: Database, trail: AuditTrail, lifetimes: Lifetimes, clock: Clock = milliseconds
    ) -> None:
        self._database = database
        self._trail = trail
        self._lifetimes = lifetimes
        self.now_ms = clock

    async def read(self, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account as they are now."""
        async with self._database.reading() as connection:
            return await self.active_session(connection, caller)

    async def run_audited(
        self, caller: Caller, event: EventType, act: Callable[[Connection, ActiveSession], Awaitable[T | Refused]], *,
        factor: Factor | None = None,
    ) -> T | Refused:  # fmt: skip
        """Run `act` in one transaction if the caller's session is active, and record how it ended.

        An attempt that ends with `RETRY` is repeated, and not recorded.
        """

        async def act_and_record(connection: Connection) -> T | Refused:
            found = await self.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            outcome = await act(connection, found)
            if outcome is not RETRY:
                await self.record(connection, event, found.person, caller.visitor, outcome, factor=factor)
            return outcome

        return await self._database.transact(act_and_record)

    async def active_session(self, connection: Connection, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account as they are now, read in this transaction.

        Refuses `SESSION_REVOKED` after log-out, revocation, password change, erasure or expiry, and `ACCOUNT_DISABLED`
        while the account is disabled.
        """
        found = await sessions.find(connection, caller.claims.person_id, caller.claims.session_id)
        if found is None or self.is_over(found.session):
            return Refused(ErrorCode.SESSION_REVOKED)
        return inactive(found.person) or found

    def is_over(self, session: Session) -> bool:
        """Whether `session` has reached its longest life or its longest idle time."""
        return session_is_over(
            created_at_ms=session.created_at,
            last_used_at_ms=session.last_used_at,
            now_ms=self.now_ms(),
            lifetimes=self._lifetimes,
        )

    async def record(
        self, connection: Connection, event: EventType, person: Person | None, visitor: Visitor, outcome: object, *,
        factor: Factor | None = None, project_id: str | None = None, actor: str | None = None,
    ) -> None:  # fmt: skip
        """Add `event` and its outcome for `person` to the audit trail, with the code of a `Refused` outcome.

        The actor is the person unless another is named.
        """
        now_ms = self.now_ms()
        reason = outcome.code.value if isinstance(outcome, Refused) else None
        await self._trail.append(
            connection,
            Event(
                id=fresh_id(now_ms),
                person_id=person.id if person else NOBODY,
                project_id=project_id or (person.project_id if person else None),
                at=now_ms,
                type=event,
                outcome=Outcome.REFUSED if reason else Outcome.SUCCESS,
                reason=reason,
                factor=factor.value if factor else None,
                actor=actor if actor is not None else person.id if person else NOBODY,
                address=visitor.address,
                request_id=visitor.request_id,
            ),
        )


def inactive(person: Person) -> Refused | None:
    """Why `person` may not use the account now; None if they may."""
    if person.status is Status.PENDING:
        return Refused(
            ErrorCode.ACCOUNT_DISABLED, "Your account waits for approval. Ask the people who run this service."
        )
    if person.status is not Status.ACTIVE:
        return Refused(ErrorCode.ACCOUNT_DISABLED)
    return None
