"""Who is asking, and whether their session and account still stand."""

from dataclasses import dataclass

from sqlalchemy import Connection

from mudguard.rules.assurance import Lifetimes, session_is_over
from mudguard.rules.refusals import Code, Refused
from mudguard.security.tokens import Claims
from mudguard.store import sessions
from mudguard.store.people import Person, Status
from mudguard.store.sessions import Standing


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from. IPv6 addresses are cut to their network of 64 bits."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A visitor with a genuine access token. Whether it is still good is for `standing` to say."""

    claims: Claims
    visitor: Visitor


def standing(connection: Connection, caller: Caller, *, now_ms: int, lifetimes: Lifetimes) -> Standing | Refused:
    """The caller's session and account as they are at this moment, in the caller's own transaction.

    Refuses `SESSION_REVOKED` after log-out, revocation, password change, erasure or expiry, `ACCOUNT_DISABLED`
    while the account is disabled.
    """
    found = sessions.find(connection, caller.claims.person_id, caller.claims.session_id)
    if found is None or session_is_over(
        created_at_ms=found.session.created_at,
        last_used_at_ms=found.session.last_used_at,
        now_ms=now_ms,
        lifetimes=lifetimes,
    ):
        return Refused(Code.SESSION_REVOKED)
    return inactive(found.person) or found


def inactive(person: Person) -> Refused | None:
    """Why `person` may not use the account now; None if nothing stands against it."""
    if person.status is Status.PENDING:
        return Refused(Code.ACCOUNT_DISABLED, "Your account waits for approval. Ask the people who run this service.")
    if person.status is not Status.ACTIVE:
        return Refused(Code.ACCOUNT_DISABLED)
    return None
