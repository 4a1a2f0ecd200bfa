"""Signing in: the password, then the second factor if it is on."""

from mudguard.authn.callers import Visitor
from mudguard.authn.proofs import Proof, ProofChecks
from mudguard.authn.session_guard import SessionGuard, inactive
from mudguard.rules.assurance import PASSWORD_ONLY, Lifetimes, methods_after
from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from mudguard.rules.identity import email_key
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.opaque_tokens import ChallengeToken
from mudguard.sign_in.issuing import SessionIssuer, SignedIn
from mudguard.store import challenges, people, projects, two_factor
from mudguard.store.challenges import Challenge
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.faults import StaleWriteError
from mudguard.store.people import Person

MAX_CHALLENGE_FAILURES = 5


class SignInService:
    """Login in one step or two."""

    def __init__(
        self, *, guard: SessionGuard, database: Database, proofs: ProofChecks, issuer: SessionIssuer,
        lifetimes: Lifetimes,
    ) -> None:  # fmt: skip
        self._guard = guard
        self._database = database
        self._proofs = proofs
        self._issuer = issuer
        self._lifetimes = lifetimes

    async def login(
        self, realm: str, email: str, password: str, *, totp_token: str = "", visitor: Visitor
    ) -> SignedIn | Refused:
        """Sign in to `realm`, a project's id or the operators. Raises `OverloadedError`.

        With 2FA on and no code, refuses `TWO_FACTOR_REQUIRED` with a challenge. Unknown people and wrong passwords get
        the same answer after the same time.
        """
        async with self._proofs.turns.of(f"{realm} {email_key(email)}"):
            return await self._login(realm, email, password, totp_token, visitor)

    async def _login(
        self, realm: str, email: str, password: str, totp_token: str, visitor: Visitor
    ) -> SignedIn | Refused:
        proof = await self._proofs.of_login(realm, email, password, totp_token, address=visitor.address)
        if isinstance(proof, Refused):
            return proof
        seen = proof.person
        project_id = None if realm == people.OPERATORS else realm

        async def sign_in_and_record(connection: Connection) -> SignedIn | Refused:
            person = await people.find(connection, seen.id) if seen else None
            outcome = await self._first_step(connection, proof, person, visitor)
            await self._guard.record(
                connection, EventType.SIGN_IN_PASSWORD, person, visitor, outcome,
                factor=proof.factor, project_id=project_id,
            )  # fmt: skip
            return outcome

        return await self._database.transact(sign_in_and_record)

    async def complete_challenge(self, challenge_token: str, code: str, *, visitor: Visitor) -> SignedIn | Refused:
        """Finish a sign-in with its second factor. A challenge works once, and five wrong codes end it."""
        token = ChallengeToken.parse(challenge_token)
        if token is None:
            return Refused(ErrorCode.INVALID_CHALLENGE)
        async with self._database.reading() as connection:
            if await challenges.find(connection, token.person_id, token.id) is None:
                return Refused(ErrorCode.INVALID_CHALLENGE)
        async with self._proofs.turns.of(token.person_id):
            return await self._complete_challenge(token, code, visitor)

    async def _complete_challenge(self, token: ChallengeToken, code: str, visitor: Visitor) -> SignedIn | Refused:
        proof = await self._proofs.of_code(token.person_id, code)

        async def complete_and_record(connection: Connection) -> SignedIn | Refused:
            person = await people.find(connection, token.person_id)
            outcome = await self._second_step(connection, token, person, proof, visitor)
            event = EventType.SIGN_IN_SECOND_FACTOR
            await self._guard.record(connection, event, person, visitor, outcome, factor=proof.factor)
            return outcome

        return await self._database.transact(complete_and_record)

    async def _first_step(
        self, connection: Connection, proof: Proof, person: Person | None, visitor: Visitor
    ) -> SignedIn | Refused:
        refused = await proof.record_password(connection, person, wrong=ErrorCode.INVALID_CREDENTIALS)
        if refused or person is None:
            return refused or Refused(ErrorCode.INVALID_CREDENTIALS)
        refused = inactive(person) or await _unverified(connection, person)
        if refused:
            return refused
        if not person.two_factor_enabled:
            return await self._issuer.begin(connection, person, PASSWORD_ONLY, visitor)
        if proof.code is None:
            return await self._challenge(connection, person)
        state = await two_factor.lock(connection, person.id)
        refused = await proof.record_code(connection, state)
        return refused or await self._issuer.begin(connection, person, methods_after(proof.code.factor), visitor)

    async def _challenge(self, connection: Connection, person: Person) -> Refused:
        token = ChallengeToken.new(person.id)
        lifetime = self._lifetimes.challenge
        expires_at = self._guard.now_ms() + lifetime * 1000
        await challenges.add(connection, Challenge(person.id, token.id, person.credentials_version, 0, expires_at))
        return Refused(
            ErrorCode.TWO_FACTOR_REQUIRED,
            extra={
                "message": "Send this challengeToken with a code to POST /api/auth/2fa/challenge.",
                "challengeToken": str(token),
                "expiresIn": lifetime,
                "methods": [factor.value for factor in Factor],
            },
        )

    async def _second_step(
        self, connection: Connection, token: ChallengeToken, person: Person | None, proof: Proof, visitor: Visitor
    ) -> SignedIn | Refused:
        challenge = await challenges.find(connection, token.person_id, token.id)
        refused = _why_not_completable(challenge, person, now_ms=self._guard.now_ms())
        if refused or person is None or challenge is None or proof.code is None:
            return refused or Refused(ErrorCode.INVALID_CHALLENGE)
        state = await two_factor.lock(connection, person.id)
        is_locked = proof.is_locked(state)
        if challenge.failures >= MAX_CHALLENGE_FAILURES and not is_locked:
            return Refused(ErrorCode.INVALID_CHALLENGE)
        refused = await proof.record_code(connection, state)
        if refused:
            if not is_locked:
                await challenges.count_failure(connection, challenge)
            return refused
        if not await challenges.claim(connection, challenge):
            raise StaleWriteError
        return await self._issuer.begin(connection, person, methods_after(proof.code.factor), visitor)


async def _unverified(connection: Connection, person: Person) -> Refused | None:
    """Refuse if the project requires a verified e-mail address and this one is not."""
    if person.email_verified or person.project_id is None:
        return None
    project = await projects.find(connection, person.project_id)
    if project is None or not project.settings["requireEmailVerification"]:
        return None
    return Refused(ErrorCode.EMAIL_VERIFICATION_REQUIRED)


def _why_not_completable(challenge: Challenge | None, person: Person | None, *, now_ms: int) -> Refused | None:
    if challenge is None or person is None or challenge.expires_at <= now_ms:
        return Refused(ErrorCode.INVALID_CHALLENGE)
    if challenge.credentials_version != person.credentials_version or not person.two_factor_enabled:
        return Refused(ErrorCode.INVALID_CHALLENGE)
    return inactive(person)
