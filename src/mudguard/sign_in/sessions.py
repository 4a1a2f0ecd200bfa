"""Refreshes, lists and ends sessions."""

import hmac

from mudguard.authn.callers import Caller, Visitor
from mudguard.authn.session_guard import SessionGuard, inactive
from mudguard.rules.events import EventType
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.opaque_tokens import RefreshToken
from mudguard.sign_in.issuing import SessionIssuer, SignedIn
from mudguard.store import sessions
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.sessions import ActiveSession, Session


class SessionService:
    """The operations on sessions."""

    def __init__(self, *, guard: SessionGuard, database: Database, issuer: SessionIssuer) -> None:
        self._guard = guard
        self._database = database
        self._issuer = issuer

    async def refresh(self, refresh_token: str, *, visitor: Visitor) -> SignedIn | Refused:
        """Exchange a refresh token for a new pair.

        Using a refresh token twice ends its session: that token was stolen, or the newer one was.
        """
        token = RefreshToken.parse(refresh_token)
        if token is None:
            return Refused(ErrorCode.INVALID_REFRESH_TOKEN)
        successor = token.next()

        async def rotate_token(connection: Connection) -> SignedIn | Refused:
            now_ms = self._guard.now_ms()
            found = await sessions.find(connection, token.person_id, token.session_id)
            if found is None or not hmac.compare_digest(found.session.refresh_family_hash, token.family_hash):
                return Refused(ErrorCode.INVALID_REFRESH_TOKEN)
            refused = inactive(found.person)
            if refused:
                return refused
            is_used = not hmac.compare_digest(found.session.refresh_hash, token.secret_hash)
            if is_used or self._guard.is_over(found.session):
                await sessions.revoke(connection, token.person_id, token.session_id)
                refused = Refused(ErrorCode.INVALID_REFRESH_TOKEN)
                await self._guard.record(connection, EventType.SESSION_REFRESH, found.person, visitor, refused)
                return refused
            if not await sessions.rotate(connection, found.session, successor.secret_hash, now_ms=now_ms):
                return Refused(ErrorCode.INVALID_REFRESH_TOKEN)
            return self._issuer.tokens(found, successor, now_ms=now_ms)

        return await self._database.transact(rotate_token)

    async def current(self, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account."""
        return await self._guard.read(caller)

    async def all(self, caller: Caller) -> list[Session] | Refused:
        """The caller's live sessions, the newest first."""
        async with self._database.reading_at_length() as connection:
            found = await self._guard.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            known = await sessions.of_person(connection, found.person.id)
        return [session for session in known if not self._guard.is_over(session)]

    async def logout(self, caller: Caller) -> Refused | None:
        """End the caller's session."""
        return await self.revoke(caller, caller.claims.session_id)

    async def revoke(self, caller: Caller, session_id: str) -> Refused | None:
        """End one of the caller's sessions."""

        async def end_session(connection: Connection, found: ActiveSession) -> Refused | None:
            if not await sessions.revoke(connection, found.person.id, session_id):
                return Refused(ErrorCode.NOT_FOUND, "You have no session with this id. It may have ended already.")
            return None

        return await self._guard.run_audited(caller, EventType.SESSION_REVOKE, end_session)
