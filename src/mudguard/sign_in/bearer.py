"""Who is asking, and whether their session and account still stand."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from sqlalchemy import Connection

from mudguard.rules.assurance import Lifetimes, session_is_over
from mudguard.rules.codes import Factor
from mudguard.rules.events import Event, EventType, Outcome
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.rules.refusals import Code, Refused
from mudguard.security.tokens import Claims
from mudguard.store import sessions
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database
from mudguard.store.people import Person, Status
from mudguard.store.sessions import Standing

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

    def look(self, caller: Caller, work: Callable[[Connection, Standing], T | Refused]) -> T | Refused:
        """Run `work`, which only reads, if the caller stands."""
        with self._database.reading() as connection:
            found = self.standing(connection, caller)
            return found if isinstance(found, Refused) else work(connection, found)

    def act(
        self, caller: Caller, event: EventType, work: Callable[[Connection, Standing], T | Refused], *,
        factor: Factor | None = None,
    ) -> T | Refused:  # fmt: skip
        """Run `work` in one transaction if the caller stands, and record how it ended.

        Nothing is recorded of an attempt that was `Overtaken` and is made again.
        """

        def transaction(connection: Connection) -> T | Refused:
            found = self.standing(connection, caller)
            if isinstance(found, Refused):
                return found
            outcome = work(connection, found)
            if not isinstance(outcome, Overtaken):
                self.record(connection, event, found.person, caller.visitor, outcome, factor=factor)
            return outcome

        return self._database.transact(transaction)

    def standing(self, connection: Connection, caller: Caller) -> Standing | Refused:
        """The caller's session and account as they are at this moment.

        Refuses `SESSION_REVOKED` after log-out, revocation, password change, erasure or expiry, `ACCOUNT_DISABLED`
        while the account is disabled.
        """
        found = sessions.find(connection, caller.claims.person_id, caller.claims.session_id)
        if found is None or session_is_over(
            created_at_ms=found.session.created_at,
            last_used_at_ms=found.session.last_used_at,
            now_ms=self._clock(),
            lifetimes=self._lifetimes,
        ):
            return Refused(Code.SESSION_REVOKED)
        return inactive(found.person) or found

    def record(
        self, connection: Connection, event: EventType, person: Person | None, visitor: Visitor, outcome: object, *,
        factor: Factor | None = None, project_id: str | None = None, actor: str | None = None,
    ) -> None:  # fmt: skip
        """Add to the audit trail what came of `event` for `person`. A `Refused` outcome is recorded with its code.

        The actor is the person unless it is named.
        """
        now_ms = self._clock()
        reason = outcome.code.value if isinstance(outcome, Refused) else None
        self._trail.append(
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
