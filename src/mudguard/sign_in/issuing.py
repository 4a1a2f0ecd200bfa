"""Begins sessions and issues their tokens."""

import secrets
from dataclasses import dataclass, field, replace

from mudguard.authn.callers import Visitor
from mudguard.authn.session_guard import SessionGuard
from mudguard.rules.assurance import level_of
from mudguard.rules.identity import RANDOM_ID_BYTES
from mudguard.security.ids import fresh_id
from mudguard.security.opaque_tokens import RefreshToken
from mudguard.security.tokens import AccessTokens
from mudguard.store import people, sessions
from mudguard.store.connection import Connection
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession, Session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in, with its tokens. `expires_in` is the access token's life in seconds."""

    person: Person
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


class SessionIssuer:
    """Begins sessions, and issues their tokens."""

    def __init__(self, guard: SessionGuard, tokens: AccessTokens) -> None:
        self._guard = guard
        self._tokens = tokens

    async def begin(
        self, connection: Connection, person: Person, methods: tuple[str, ...], visitor: Visitor
    ) -> SignedIn:
        """Begin a session of `person`, who proved `methods`. Raises `StaleWriteError` if the account changed."""
        now_ms = self._guard.now_ms()
        session_id = fresh_id(now_ms)
        refresh_token = RefreshToken.new(person.id, session_id)
        session = Session(
            person_id=person.id,
            id=session_id,
            auth_time=now_ms,
            methods=methods,
            refresh_family_hash=refresh_token.family_hash,
            refresh_hash=refresh_token.secret_hash,
            created_at=now_ms,
            last_used_at=now_ms,
            address=visitor.address,
            user_agent=visitor.user_agent,
        )
        await people.note_sign_in(connection, person, now_ms=now_ms)
        await sessions.add(connection, session)
        await people.remember_address(connection, person.id, visitor.address, now_ms=now_ms)
        return self.tokens(ActiveSession(replace(person, last_login_at=now_ms), session), refresh_token, now_ms=now_ms)

    def tokens(self, found: ActiveSession, refresh_token: RefreshToken, *, now_ms: int) -> SignedIn:
        """Make an access token for a session, to go with its newest refresh token."""
        person, session = found.person, found.session
        claims = {
            "sub": person.id,
            "sid": session.id,
            "jti": secrets.token_hex(RANDOM_ID_BYTES),
            "auth_time": session.auth_time // 1000,
            "email": person.email,
            "role": person.role.value,
            "amr": list(session.methods),
            "aal": level_of(session.methods),
        }
        if person.project_id:
            claims["projectId"] = person.project_id
        access_token = self._tokens.issue(claims, now_ms=now_ms)
        return SignedIn(person, access_token, str(refresh_token), self._tokens.lifetime)
