"""Who is asking, and whether their session and account still stand."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from mudguard.rules.assurance import Lifetimes, session_is_over
from mudguard.rules.codes import Factor
from mudguard.rules.events import Event, EventType, Outcome
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.rules.refusals import Code, Refused
from mudguard.rules.roles import Status
from mudguard.security.tokens import Claims
from mudguard.store import sessions
from mudguard.store.audit import AuditTrail
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession

T = TypeVar("T")

NOBODY = ""


class Overtaken(Enum):
    """Another request changed the state between weighing and settling: nothing was done, begin again."""

    YES = auto()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from. IPv6 addresses are cut to their network of 64 bits."""

    address: str
    user_agent: str = ""
    request_id: str = ""


COMMAND_LINE = Visitor("command line")
"""Whoever works on the server's own machine."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A visitor with a genuine access token. Whether it is still good is for the `Gate` to say."""

    claims: Claims
    visitor: Visitor


class Gate:
    """What a person asks for passes here: checked against session and account, and recorded, in one transaction."""

    def __init__(
        self, *, database: Database, trail: AuditTrail, clock: Callable[[], int], lifetimes: Lifetimes
    ) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._lifetimes = lifetimes

    async def read(self, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account as they are now."""
        async with self._database.reading() as connection:
            return await self.active_session(connection, caller)

    async def run_audited(
        self, caller: Caller, event: EventType, act: Callable[[Connection, ActiveSession], Awaitable[T | Refused]], *,
        factor: Factor | None = None,
    ) -> T | Refused:  # fmt: skip
        """Run `act` in one transaction if the caller's session stands, and record how it ended.

        Nothing is recorded of an attempt that was `Overtaken` and is made again.
        """

        async def act_and_record(connection: Connection) -> T | Refused:
            found = await self.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            outcome = await act(connection, found)
            if not isinstance(outcome, Overtaken):
                await self.record(connection, event, found.person, caller.visitor, outcome, factor=factor)
            return outcome

        return await self._database.transact(act_and_record)

    async def active_session(self, connection: Connection, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account as they are at this moment.

        Refuses `SESSION_REVOKED` after log-out, revocation, password change, erasure or expiry, `ACCOUNT_DISABLED`
        while the account is disabled.
        """
        found = await sessions.find(connection, caller.claims.person_id, caller.claims.session_id)
        if found is None or session_is_over(
            created_at_ms=found.session.created_at,
            last_used_at_ms=found.session.last_used_at,
            now_ms=self._clock(),
            lifetimes=self._lifetimes,
        ):
            return Refused(Code.SESSION_REVOKED)
        return inactive(found.person) or found

    async def record(
        self, connection: Connection, event: EventType, person: Person | None, visitor: Visitor, outcome: object, *,
        factor: Factor | None = None, project_id: str | None = None, actor: str | None = None,
    ) -> None:  # fmt: skip
        """Add to the audit trail what came of `event` for `person`. A `Refused` outcome is recorded with its code.

        The actor is the person unless it is named.
        """
        now_ms = self._clock()
        reason = outcome.code.value if isinstance(outcome, Refused) else None
        await self._trail.append(
            connection,
            Event(
                id=new_id(now_ms, secrets.token_bytes(RANDOM_ID_BYTES)),
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
    """Why `person` may not use the account now; None if nothing stands against it."""
    if person.status is Status.PENDING:
        return Refused(Code.ACCOUNT_DISABLED, "Your account waits for approval. Ask the people who run this service.")
    if person.status is not Status.ACTIVE:
        return Refused(Code.ACCOUNT_DISABLED)
    return None
