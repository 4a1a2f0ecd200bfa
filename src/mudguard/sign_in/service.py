"""Signing in: password, then the second factor where it is on; refresh, log-out, sessions."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mudguard.rules.assurance import PASSWORD_ONLY, Lifetimes, level_of, methods_after, session_is_over
from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from mudguard.rules.identity import RANDOM_ID_BYTES, new_id
from mudguard.rules.refusals import Code, Refused
from mudguard.security.opaque_tokens import ChallengeToken, RefreshToken
from mudguard.security.tokens import AccessTokens
from mudguard.sign_in.bearer import Caller, Gate, Visitor, inactive
from mudguard.sign_in.passwords import PasswordProof, WeighedPassword
from mudguard.store import challenges, people, projects, sessions, two_factor
from mudguard.store.challenges import Challenge
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import StaleWriteError
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession, Session
from mudguard.two_factor.codes import CodeProof, WeighedCode, save

MAX_CHALLENGE_FAILURES = 5
MAX_USER_AGENT = 256


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded, with its tokens; `expires_in` is the access token's life in seconds."""

    person: Person
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class _WeighedLogin:
    """What a login brought along, weighed; `person` is None where nobody has the address.

    `rehashed` is the right password's hash with today's parameters, where the stored one has others.
    """

    person: Person | None
    password: WeighedPassword
    code: WeighedCode | None = None
    rehashed: str | None = field(default=None, repr=False)


class SignInService:
    """The ways in, and the ways out."""

    def __init__(
        self, *, gate: Gate, database: Database, tokens: AccessTokens, passwords: PasswordProof, codes: CodeProof,
        clock: Callable[[], int], lifetimes: Lifetimes,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._database = database
        self._tokens = tokens
        self._passwords = passwords
        self._codes = codes
        self._clock = clock
        self._lifetimes = lifetimes

    async def login(
        self, realm: str, email: str, password: str, *, totp_token: str = "", visitor: Visitor
    ) -> SignedIn | Refused:
        """Sign in to `realm`, a project's id or the operators. Raises `OverloadedError`.

        With 2FA on and no code: `TWO_FACTOR_REQUIRED` with a challenge. Unknown people and wrong passwords get one
        answer, after the same time.
        """
        weighed = await self._weigh_login(realm, email, password, totp_token, visitor)
        if isinstance(weighed, Refused):
            return weighed
        seen = weighed.person
        project_id = None if realm == people.OPERATORS else realm
        factor = weighed.code.factor if weighed.code else None

        async def settle_and_record(connection: Connection) -> SignedIn | Refused:
            person = await people.find(connection, seen.id) if seen else None
            outcome = await self._settle_login(connection, weighed, person, visitor)
            await self._gate.record(
                connection, EventType.SIGN_IN_PASSWORD, person, visitor, outcome, factor=factor, project_id=project_id
            )
            return outcome

        return await self._database.transact(settle_and_record)

    async def complete_challenge(self, challenge_token: str, code: str, *, visitor: Visitor) -> SignedIn | Refused:
        """Finish a sign-in with its second factor. A challenge is used once and dies of five wrong codes."""
        token = ChallengeToken.parse(challenge_token)
        if token is None:
            return Refused(Code.INVALID_CHALLENGE)
        async with self._database.reading() as connection:
            if await challenges.find(connection, token.person_id, token.id) is None:
                return Refused(Code.INVALID_CHALLENGE)
            state = await two_factor.read(connection, token.person_id)
        weighed = await self._codes.weigh(state, code, now_ms=self._clock())

        async def answer_and_record(connection: Connection) -> SignedIn | Refused:
            person = await people.find(connection, token.person_id)
            outcome = await self._answered(connection, token, person, weighed, visitor)
            event = EventType.SIGN_IN_SECOND_FACTOR
            await self._gate.record(connection, event, person, visitor, outcome, factor=weighed.factor)
            return outcome

        return await self._database.transact(answer_and_record)

    async def refresh(self, refresh_token: str, *, visitor: Visitor) -> SignedIn | Refused:
        """Exchange a refresh token for a new pair.

        A used one presented again ends its session: it was stolen, or the newer one was.
        """
        token = RefreshToken.parse(refresh_token)
        if token is None:
            return Refused(Code.INVALID_REFRESH_TOKEN)
        successor = token.next()

        async def rotate_token(connection: Connection) -> SignedIn | Refused:
            now_ms = self._clock()
            found = await sessions.find(connection, token.person_id, token.session_id)
            if found is None or not hmac.compare_digest(found.session.refresh_family_hash, token.family_hash):
                return Refused(Code.INVALID_REFRESH_TOKEN)
            refused = inactive(found.person)
            if refused:
                return refused
            is_used = not hmac.compare_digest(found.session.refresh_hash, token.secret_hash)
            if is_used or self._is_over(found.session, now_ms=now_ms):
                await sessions.revoke(connection, token.person_id, token.session_id)
                refused = Refused(Code.INVALID_REFRESH_TOKEN)
                await self._gate.record(connection, EventType.SESSION_REFRESH, found.person, visitor, refused)
                return refused
            if not await sessions.rotate(connection, found.session, successor.secret_hash, now_ms=now_ms):
                return Refused(Code.INVALID_REFRESH_TOKEN)
            return self._signed_in(found, successor, now_ms=now_ms)

        return await self._database.transact(rotate_token)

    async def begin_session(self, connection: Connection, person: Person, visitor: Visitor) -> SignedIn:
        """Sign in somebody who has just signed up, within the transaction that made the account."""
        return await self._begin_session(connection, person, PASSWORD_ONLY, visitor, now_ms=self._clock())

    async def current(self, caller: Caller) -> ActiveSession | Refused:
        """The caller's session and account."""
        return await self._gate.read(caller)

    async def logout(self, caller: Caller) -> Refused | None:
        """End the caller's session."""
        return await self.revoke_session(caller, caller.claims.session_id)

    async def sessions(self, caller: Caller) -> list[Session] | Refused:
        """The caller's sessions that last, the newest first."""
        async with self._database.reading_at_length() as connection:
            found = await self._gate.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            known = await sessions.of_person(connection, found.person.id)
        now_ms = self._clock()
        return [session for session in known if not self._is_over(session, now_ms=now_ms)]

    async def revoke_session(self, caller: Caller, session_id: str) -> Refused | None:
        """End one of the caller's sessions."""

        async def end_session(connection: Connection, found: ActiveSession) -> Refused | None:
            if not await sessions.revoke(connection, found.person.id, session_id.lower()):
                return Refused(Code.NOT_FOUND, "You have no session with this id. It may have ended already.")
            return None

        return await self._gate.run_audited(caller, EventType.SESSION_REVOKE, end_session)

    async def _weigh_login(
        self, realm: str, email: str, password: str, totp_token: str, visitor: Visitor
    ) -> _WeighedLogin | Refused:
        """Everything that hashes, before the transaction begins."""
        now_ms = self._clock()
        async with self._database.reading() as connection:
            person = await people.find_by_email(connection, realm, email)
        weighed = await self._passwords.weigh(realm, email, person, password, address=visitor.address, now_ms=now_ms)
        if isinstance(weighed, Refused):
            return weighed
        if not weighed.is_right or person is None:
            return _WeighedLogin(person, weighed)
        code = None
        if totp_token:
            async with self._database.reading() as connection:
                state = await two_factor.read(connection, person.id)
            code = await self._codes.weigh(state, totp_token, now_ms=now_ms)
        return _WeighedLogin(person, weighed, code, await self._passwords.rehashed(person, password))

    async def _settle_login(
        self, connection: Connection, weighed: _WeighedLogin, person: Person | None, visitor: Visitor
    ) -> SignedIn | Refused:
        now_ms = self._clock()
        refused = await self._passwords.settle(
            connection, weighed.password, person, wrong=Code.INVALID_CREDENTIALS, now_ms=now_ms
        )
        if refused or person is None:
            return refused or Refused(Code.INVALID_CREDENTIALS)
        refused = inactive(person) or await _unverified(connection, person)
        if refused:
            return refused
        if weighed.rehashed:
            await people.change(connection, person.id, password_hash=weighed.rehashed)
        if not person.two_factor_enabled:
            return await self._begin_session(connection, person, PASSWORD_ONLY, visitor, now_ms=now_ms)
        return await self._second_step(connection, person, weighed.code, visitor, now_ms=now_ms)

    async def _second_step(
        self, connection: Connection, person: Person, code: WeighedCode | None, visitor: Visitor, *, now_ms: int
    ) -> SignedIn | Refused:
        if code is None:
            return await self._challenge(connection, person, now_ms=now_ms)
        state = await two_factor.lock(connection, person.id)
        judgement = await self._codes.settle(connection, state, code, now_ms=now_ms)
        if judgement.refused:
            return judgement.refused
        return await self._begin_session(connection, person, methods_after(judgement.factor), visitor, now_ms=now_ms)

    async def _answered(
        self, connection: Connection, token: ChallengeToken, person: Person | None, code: WeighedCode, visitor: Visitor
    ) -> SignedIn | Refused:
        now_ms = self._clock()
        challenge = await challenges.find(connection, token.person_id, token.id)
        refused = _why_not_answerable(challenge, person, now_ms=now_ms)
        if refused or person is None or challenge is None:
            return refused or Refused(Code.INVALID_CHALLENGE)
        state = await two_factor.lock(connection, person.id)
        judgement = self._codes.judge(state, code, now_ms=now_ms)
        is_locked = judgement.refused is not None and judgement.refused.code is Code.TOO_MANY_ATTEMPTS
        if challenge.failures >= MAX_CHALLENGE_FAILURES and not is_locked:
            return Refused(Code.INVALID_CHALLENGE)
        await save(connection, state, judgement)
        if judgement.refused:
            if not is_locked:
                await challenges.count_failure(connection, challenge)
            return judgement.refused
        if not await challenges.claim(connection, challenge):
            raise StaleWriteError
        return await self._begin_session(connection, person, methods_after(judgement.factor), visitor, now_ms=now_ms)

    async def _challenge(self, connection: Connection, person: Person, *, now_ms: int) -> Refused:
        token = ChallengeToken.new(person.id)
        lifetime = self._lifetimes.challenge
        await challenges.add(
            connection, Challenge(person.id, token.id, person.credentials_version, 0, now_ms + lifetime * 1000)
        )
        return Refused(
            Code.TWO_FACTOR_REQUIRED,
            extra={
                "message": "Send this challengeToken with a code to POST /api/auth/2fa/challenge.",
                "challengeToken": str(token),
                "expiresIn": lifetime,
                "methods": [factor.value for factor in Factor],
            },
        )

    async def _begin_session(
        self, connection: Connection, person: Person, methods: tuple[str, ...], visitor: Visitor, *, now_ms: int
    ) -> SignedIn:
        session_id = new_id(now_ms, secrets.token_bytes(RANDOM_ID_BYTES))
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
            user_agent=visitor.user_agent[:MAX_USER_AGENT],
        )
        await people.note_sign_in(connection, person, now_ms=now_ms)
        await sessions.add(connection, session)
        await people.remember_address(connection, person.id, visitor.address, now_ms=now_ms)
        return self._signed_in(
            ActiveSession(replace(person, last_login_at=now_ms), session), refresh_token, now_ms=now_ms
        )

    def _signed_in(self, found: ActiveSession, refresh_token: RefreshToken, *, now_ms: int) -> SignedIn:
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

    def _is_over(self, session: Session, *, now_ms: int) -> bool:
        return session_is_over(
            created_at_ms=session.created_at,
            last_used_at_ms=session.last_used_at,
            now_ms=now_ms,
            lifetimes=self._lifetimes,
        )


async def _unverified(connection: Connection, person: Person) -> Refused | None:
    """A project may ask for a verified e-mail address before anybody signs in."""
    if person.email_verified or person.project_id is None:
        return None
    project = await projects.find(connection, person.project_id)
    if project is None or not project.settings["requireEmailVerification"]:
        return None
    return Refused(Code.EMAIL_VERIFICATION_REQUIRED)


def _why_not_answerable(challenge: Challenge | None, person: Person | None, *, now_ms: int) -> Refused | None:
    if challenge is None or person is None or challenge.expires_at <= now_ms:
        return Refused(Code.INVALID_CHALLENGE)
    if challenge.credentials_version != person.credentials_version or not person.two_factor_enabled:
        return Refused(Code.INVALID_CHALLENGE)
    return inactive(person)
