"""Turns two-factor authentication on and off, and renews backup codes."""

import dataclasses
import secrets
from dataclasses import dataclass
from functools import partial

from mudguard.authn.callers import Caller
from mudguard.authn.proofs import Proof, ProofChecks
from mudguard.authn.session_guard import SessionGuard
from mudguard.authn.turns import one_at_a_time
from mudguard.factors import transitions
from mudguard.rules import backup_codes, otpauth, qr, totp
from mudguard.rules.assurance import Lifetimes, is_recent, methods_after
from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from mudguard.rules.purposes import AUTHENTICATOR_SECRET, PENDING_BACKUP_CODES
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.hashing import BackupCodeHasher, HashedCodes
from mudguard.store import people, projects, sessions, two_factor
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession
from mudguard.store.two_factor import PendingSetup, TwoFactor


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to enrol an authenticator. `backup_codes` is empty if setup does not return them."""

    secret: str = dataclasses.field(repr=False)
    qr_code: str = dataclasses.field(repr=False)
    manual_entry_key: str = dataclasses.field(repr=False)
    backup_codes: tuple[str, ...] = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class TwoFactorStatus:
    """The state of a person's second factor. `enabled_at` is in milliseconds since 1970."""

    enabled: bool
    pending: bool
    enabled_at: int | None
    backup_codes_remaining: int


class TwoFactorService:
    """The operations of two-factor authentication. Each is one transaction."""

    def __init__(
        self, *, guard: SessionGuard, database: Database, cipher: FieldCipher, hasher: BackupCodeHasher,
        proofs: ProofChecks, lifetimes: Lifetimes, setup_returns_backup_codes: bool,
    ) -> None:  # fmt: skip
        self._guard = guard
        self._database = database
        self._cipher = cipher
        self._hasher = hasher
        self._proofs = proofs
        self.turns = proofs.turns
        self._lifetimes = lifetimes
        self._setup_returns_backup_codes = setup_returns_backup_codes

    async def status(self, caller: Caller) -> TwoFactorStatus | Refused:
        """Off, pending or on, and how many backup codes are left."""
        async with self._database.reading() as connection:
            found = await self._guard.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            state = await two_factor.read(connection, found.person.id)
        return TwoFactorStatus(
            enabled=state.is_on,
            pending=state.pending is not None and state.pending.until > self._guard.now_ms(),
            enabled_at=state.enabled_at,
            backup_codes_remaining=backup_codes.remaining(state.codes_used) if state.codes else 0,
        )

    @one_at_a_time
    async def setup(self, caller: Caller, *, password: str = "", token: str = "") -> Enrolment | Refused:
        """Begin an enrolment. It replaces an earlier one that is pending.

        With 2FA on, `token` must prove the current factor, which stays valid until the new one is verified. If the
        sign-in is too old, `password` must be right. Empty strings mean not sent.
        """
        proof = await self._proofs.of_caller(caller, password=password, code=token) if password or token else None
        if isinstance(proof, Refused):
            return proof
        secret = secrets.token_bytes(totp.SECRET_BYTES)
        codes = backup_codes.new_set(secrets.randbelow) if self._setup_returns_backup_codes else ()
        pending = self._encrypted(caller.claims.person_id, secret, codes)

        async def begin_enrolment(connection: Connection, found: ActiveSession) -> tuple[str, str] | Refused:
            refused = await self._why_not_set_up(connection, found, proof) or await _begin(
                connection, found.person, pending, proof
            )
            return refused or (await _issuer(connection, found.person), found.person.email)

        factor = proof.factor if proof else None
        outcome = await self._guard.run_audited(caller, EventType.TWO_FACTOR_SETUP, begin_enrolment, factor=factor)
        if isinstance(outcome, Refused):
            return outcome
        issuer, account = outcome
        spelt = totp.base32(secret)
        uri = otpauth.uri(issuer=issuer, account=account, secret=spelt)
        return Enrolment(spelt, qr.data_uri(uri), totp.in_groups(spelt), codes)

    @one_at_a_time
    async def verify(self, caller: Caller, *, token: str) -> Refused | None:
        """Turn 2FA on, or replace the authenticator. The code proves the pending authenticator."""
        proof = await self._proofs.of_caller(caller, code=token)
        if isinstance(proof, Refused):
            return proof
        seen = proof.state.pending
        looks_right = seen is not None and not proof.judge_code(proof.state, pending=True).refused
        hashed = await self._hashed(seen, owner=caller.claims.person_id) if looks_right else None

        async def turn_on(connection: Connection, found: ActiveSession) -> Refused | None:
            now_ms = self._guard.now_ms()
            state = await two_factor.lock(connection, found.person.id)
            refused = transitions.why_not_verifiable(state, now_ms=now_ms)
            if refused:
                return refused

            def on(proved: TwoFactor) -> TwoFactor | None:
                is_ready = looks_right and proved.pending == seen
                return transitions.on(proved, hashed, now_ms=now_ms) if is_ready else None

            refused = await proof.record_code(connection, state, pending=True, then=on)
            if refused:
                return refused
            await sessions.set_methods(connection, found.session, methods_after(Factor.TOTP))
            await sessions.revoke_all(connection, found.person.id, but=found.session.id)
            await people.renew_credentials(connection, found.person.id)
            return None

        return await self._guard.run_audited(caller, EventType.TWO_FACTOR_VERIFY, turn_on, factor=proof.factor)

    @one_at_a_time
    async def disable(self, caller: Caller, *, password: str, token: str) -> Refused | None:
        """Turn 2FA off. Password and code must both be right. The code is checked only if the password is right."""
        proof = await self._proofs.of_caller(caller, password=password, code=token, needs_second_factor=True)
        if isinstance(proof, Refused):
            return proof

        async def turn_off(connection: Connection, found: ActiveSession) -> Refused | None:
            state = await two_factor.lock(connection, found.person.id)
            if not state.is_on:
                return Refused(ErrorCode.TWO_FACTOR_NOT_ENABLED)
            refused = await proof.record_password(connection, found.person) or await proof.record_code(
                connection, state, then=transitions.off
            )
            if not refused:
                await people.renew_credentials(connection, found.person.id)
            return refused

        return await self._guard.run_audited(caller, EventType.TWO_FACTOR_DISABLE, turn_off, factor=proof.factor)

    @one_at_a_time
    async def regenerate_backup_codes(self, caller: Caller, *, token: str) -> tuple[str, ...] | Refused:
        """Make a new set of backup codes. The old set becomes void."""
        proof = await self._proofs.of_caller(caller, code=token)
        if isinstance(proof, Refused):
            return proof
        codes = backup_codes.new_set(secrets.randbelow)
        looks_right = not proof.judge_code(proof.state).refused
        hashed = await self._hasher.hash_set(codes) if looks_right else None

        def with_new_codes(proved: TwoFactor) -> TwoFactor | None:
            return transitions.with_new_codes(proved, hashed) if hashed else None

        async def replace_codes(connection: Connection, found: ActiveSession) -> Refused | None:
            state = await two_factor.lock(connection, found.person.id)
            if not state.is_on:
                return Refused(ErrorCode.TWO_FACTOR_NOT_ENABLED)
            refused = await proof.record_code(connection, state, then=with_new_codes)
            if not refused:
                await people.renew_credentials(connection, found.person.id)
            return refused

        outcome = await self._guard.run_audited(caller, EventType.BACKUP_CODES, replace_codes, factor=proof.factor)
        return outcome or codes

    async def _why_not_set_up(
        self, connection: Connection, found: ActiveSession, proof: Proof | None
    ) -> Refused | None:
        if found.person.is_anonymous:
            return Refused(ErrorCode.FORBIDDEN, "A guest has no account to protect. Sign up first, then set up 2FA.")
        if proof is not None and proof.password is not None:
            return await proof.record_password(connection, found.person)
        if is_recent(found.session.auth_time, now_ms=self._guard.now_ms(), lifetimes=self._lifetimes):
            return None
        return Refused(ErrorCode.REAUTHENTICATION_REQUIRED)

    def _encrypted(self, person_id: str, secret: bytes, codes: tuple[str, ...]) -> PendingSetup:
        encrypted_codes = None
        if codes:
            encrypted_codes = self._cipher.encrypt(
                " ".join(codes).encode(), owner=person_id, purpose=PENDING_BACKUP_CODES
            )
        return PendingSetup(
            secret=self._cipher.encrypt(secret, owner=person_id, purpose=AUTHENTICATOR_SECRET),
            codes=encrypted_codes,
            until=self._guard.now_ms() + self._lifetimes.pending_setup * 1000,
        )

    async def _hashed(self, pending: PendingSetup | None, *, owner: str) -> HashedCodes | None:
        if pending is None or pending.codes is None:
            return None
        codes = self._cipher.decrypt(pending.codes, owner=owner, purpose=PENDING_BACKUP_CODES)
        return await self._hasher.hash_set(tuple(codes.decode().split()))


async def _begin(connection: Connection, person: Person, pending: PendingSetup, proof: Proof | None) -> Refused | None:
    if await two_factor.begin_setup(connection, person.id, pending):
        return None
    if proof is None or proof.code is None:
        return Refused(ErrorCode.TWO_FACTOR_ALREADY_ENABLED)
    state = await two_factor.lock(connection, person.id)
    return await proof.record_code(connection, state, then=partial(transitions.pending, setup=pending))


async def _issuer(connection: Connection, person: Person) -> str:
    """The name that the authenticator app shows: the project's, or the organisation's."""
    name = await projects.name(connection, person.project_id) if person.project_id else person.org_name
    return name or "Mudguard"
