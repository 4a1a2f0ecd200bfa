"""Turning two-factor authentication on and off, and keeping its backup codes."""

import dataclasses
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from mudguard.rules import backup_codes, otpauth, qr, totp
from mudguard.rules.assurance import Lifetimes, is_recent, methods_after
from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from mudguard.rules.purposes import AUTHENTICATOR_SECRET, PENDING_BACKUP_CODES
from mudguard.rules.refusals import Code, Refused
from mudguard.security.hashing import BackupCodeHasher, HashedCodes
from mudguard.security.sealing import Seal
from mudguard.sign_in.bearer import Caller, Gate, Overtaken
from mudguard.sign_in.passwords import PasswordProof, WeighedPassword
from mudguard.store import people, projects, sessions, two_factor
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.sessions import ActiveSession
from mudguard.store.two_factor import PendingSetup, TwoFactor
from mudguard.two_factor import transitions
from mudguard.two_factor.codes import CodeProof, Judgement, WeighedCode, save


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to enrol an authenticator. `backup_codes` is empty where setup does not return them."""

    secret: str = dataclasses.field(repr=False)
    qr_code: str = dataclasses.field(repr=False)
    manual_entry_key: str = dataclasses.field(repr=False)
    backup_codes: tuple[str, ...] = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class TwoFactorStatus:
    """Where a person's second factor stands; `enabled_at` in milliseconds since 1970."""

    enabled: bool
    pending: bool
    enabled_at: int | None
    backup_codes_remaining: int


@dataclass(frozen=True, slots=True)
class _Proofs:
    """What a request brought along to prove, weighed."""

    password: WeighedPassword | None = None
    code: WeighedCode | None = None


class TwoFactorService:
    """The operations of two-factor authentication, each a transaction of its own."""

    def __init__(
        self, *, gate: Gate, database: Database, seal: Seal, hasher: BackupCodeHasher, passwords: PasswordProof,
        codes: CodeProof, clock: Callable[[], int], lifetimes: Lifetimes, setup_returns_backup_codes: bool,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._database = database
        self._seal = seal
        self._hasher = hasher
        self._passwords = passwords
        self._codes = codes
        self._clock = clock
        self._lifetimes = lifetimes
        self._setup_returns_backup_codes = setup_returns_backup_codes

    async def status(self, caller: Caller) -> TwoFactorStatus | Refused:
        """Off, pending or on, and how many backup codes are left."""
        seen = await self._session_and_state(caller)
        if isinstance(seen, Refused):
            return seen
        _, state = seen
        return TwoFactorStatus(
            enabled=state.is_on,
            pending=state.pending is not None and state.pending.until > self._clock(),
            enabled_at=state.enabled_at,
            backup_codes_remaining=backup_codes.remaining(state.codes_used) if state.codes else 0,
        )

    async def setup(self, caller: Caller, *, password: str = "", token: str = "") -> Enrolment | Refused:
        """Begin an enrolment, in place of one begun before.

        With 2FA on, `token` must prove the factor that is on, which stays in force until the new one is verified.
        After an old sign-in `password` must be right. Empty strings stand for what was not given.
        """
        proofs = await self._proofs_given(caller, password, token) if password or token else _Proofs()
        if isinstance(proofs, Refused):
            return proofs
        secret = secrets.token_bytes(totp.SECRET_BYTES)
        codes = backup_codes.new_set(secrets.randbelow) if self._setup_returns_backup_codes else ()
        pending = self._sealed(caller.claims.person_id, secret, codes)

        async def begin_enrolment(connection: Connection, found: ActiveSession) -> tuple[str, str] | Refused:
            refused = await self._why_not_set_up(connection, found, proofs) or await self._begin(
                connection, found.person, pending, proofs.code
            )
            return refused or (await _issuer(connection, found.person), found.person.email)

        factor = proofs.code.factor if proofs.code else None
        outcome = await self._gate.run_audited(caller, EventType.TWO_FACTOR_SETUP, begin_enrolment, factor=factor)
        if isinstance(outcome, Refused):
            return outcome
        issuer, account = outcome
        spelt = totp.base32(secret)
        uri = otpauth.uri(issuer=issuer, account=account, secret=spelt)
        return Enrolment(spelt, qr.data_uri(uri), totp.in_groups(spelt), codes)

    async def verify(self, caller: Caller, *, token: str) -> Refused | None:
        """Turn 2FA on, or the replacement in: the code shows that the pending authenticator is set up right."""
        seen_and_code = await self._state_and_code(caller, token)
        if isinstance(seen_and_code, Refused):
            return seen_and_code
        seen, code = seen_and_code
        looks_right = seen.pending is not None and not self._judged_pending(seen, code).refused
        hashed = await self._hashed_pending(seen) if looks_right else None

        async def turn_on(connection: Connection, found: ActiveSession) -> Refused | Overtaken | None:
            now_ms = self._clock()
            state = await two_factor.lock(connection, found.person.id)
            refused = transitions.why_not_verifiable(state, now_ms=now_ms)
            if refused:
                return refused
            judgement = self._judged_pending(state, code)
            if judgement.refused:
                return (await save(connection, state, judgement)).refused
            if not looks_right or state.pending != seen.pending:
                return Overtaken.YES
            await two_factor.save(connection, transitions.on(judgement.state, hashed, now_ms=now_ms))
            await sessions.set_methods(connection, found.session, methods_after(Factor.TOTP))
            await sessions.revoke_all(connection, found.person.id, but=found.session.id)
            await people.renew_credentials(connection, found.person.id)
            return None

        outcome = await self._gate.run_audited(caller, EventType.TWO_FACTOR_VERIFY, turn_on, factor=code.factor)
        return await self.verify(caller, token=token) if isinstance(outcome, Overtaken) else outcome

    async def disable(self, caller: Caller, *, password: str, token: str) -> Refused | None:
        """Turn 2FA off. The password and a code must both be right; a code is looked at only if the password is."""
        proofs = await self._password_and_code(caller, password, token)
        if isinstance(proofs, Refused):
            return proofs
        weighed_password, code = proofs

        async def turn_off(connection: Connection, found: ActiveSession) -> Refused | None:
            state = await two_factor.lock(connection, found.person.id)
            if not state.is_on:
                return Refused(Code.TWO_FACTOR_NOT_ENABLED)
            refused = await self._settled_password(connection, found.person, weighed_password)
            if refused:
                return refused
            judgement = self._judged(state, code)
            if judgement.refused:
                return (await save(connection, state, judgement)).refused
            await two_factor.save(connection, transitions.off(judgement.state))
            await people.renew_credentials(connection, found.person.id)
            return None

        return await self._gate.run_audited(caller, EventType.TWO_FACTOR_DISABLE, turn_off, factor=code.factor)

    async def regenerate_backup_codes(self, caller: Caller, *, token: str) -> tuple[str, ...] | Refused:
        """A new set of backup codes; the old set is void from that moment."""
        seen_and_code = await self._state_and_code(caller, token)
        if isinstance(seen_and_code, Refused):
            return seen_and_code
        seen, code = seen_and_code
        codes = backup_codes.new_set(secrets.randbelow)
        hashed = None if self._judged(seen, code).refused else await self._hasher.hash_set(codes)

        async def replace_codes(connection: Connection, found: ActiveSession) -> Refused | Overtaken | None:
            state = await two_factor.lock(connection, found.person.id)
            if not state.is_on:
                return Refused(Code.TWO_FACTOR_NOT_ENABLED)
            judgement = self._judged(state, code)
            if judgement.refused:
                return (await save(connection, state, judgement)).refused
            if hashed is None:
                return Overtaken.YES
            await two_factor.save(connection, transitions.with_new_codes(judgement.state, hashed))
            await people.renew_credentials(connection, found.person.id)
            return None

        outcome = await self._gate.run_audited(caller, EventType.BACKUP_CODES, replace_codes, factor=code.factor)
        if isinstance(outcome, Overtaken):
            return await self.regenerate_backup_codes(caller, token=token)
        return outcome or codes

    async def _session_and_state(self, caller: Caller) -> tuple[ActiveSession, TwoFactor] | Refused:
        async with self._database.reading() as connection:
            found = await self._gate.active_session(connection, caller)
            return found if isinstance(found, Refused) else (found, await two_factor.read(connection, found.person.id))

    async def _state_and_code(self, caller: Caller, token: str) -> tuple[TwoFactor, WeighedCode] | Refused:
        seen = await self._session_and_state(caller)
        if isinstance(seen, Refused):
            return seen
        _, state = seen
        return state, await self._codes.weigh(state, token, now_ms=self._clock())

    async def _password_and_code(
        self, caller: Caller, password: str, token: str
    ) -> tuple[WeighedPassword, WeighedCode] | Refused:
        seen = await self._session_and_state(caller)
        if isinstance(seen, Refused):
            return seen
        found, state = seen
        if not found.person.two_factor_enabled:
            return Refused(Code.TWO_FACTOR_NOT_ENABLED)
        code = await self._codes.weigh(state, token, now_ms=self._clock())
        weighed = await self._weigh_password(found.person, caller, password)
        return weighed if isinstance(weighed, Refused) else (weighed, code)

    async def _proofs_given(self, caller: Caller, password: str, token: str) -> _Proofs | Refused:
        seen = await self._session_and_state(caller)
        if isinstance(seen, Refused):
            return seen
        found, state = seen
        code = await self._codes.weigh(state, token, now_ms=self._clock()) if token else None
        weighed = await self._weigh_password(found.person, caller, password) if password else None
        return weighed if isinstance(weighed, Refused) else _Proofs(weighed, code)

    async def _weigh_password(self, person: Person, caller: Caller, password: str) -> WeighedPassword | Refused:
        return await self._passwords.weigh_of(person, password, address=caller.visitor.address, now_ms=self._clock())

    async def _settled_password(
        self, connection: Connection, person: Person, weighed: WeighedPassword
    ) -> Refused | None:
        return await self._passwords.settle(
            connection, weighed, person, wrong=Code.INVALID_PASSWORD, now_ms=self._clock()
        )

    def _judged(self, state: TwoFactor, weighed: WeighedCode) -> Judgement:
        return self._codes.judge(state, weighed, now_ms=self._clock())

    def _judged_pending(self, state: TwoFactor, weighed: WeighedCode) -> Judgement:
        return self._codes.judge_pending(state, weighed, now_ms=self._clock())

    async def _why_not_set_up(self, connection: Connection, found: ActiveSession, proofs: _Proofs) -> Refused | None:
        if found.person.is_anonymous:
            return Refused(Code.FORBIDDEN, "A guest has no account to protect. Sign up first, then set up 2FA.")
        if proofs.password is not None:
            return await self._settled_password(connection, found.person, proofs.password)
        if is_recent(found.session.auth_time, now_ms=self._clock(), lifetimes=self._lifetimes):
            return None
        return Refused(Code.REAUTHENTICATION_REQUIRED)

    async def _begin(
        self, connection: Connection, person: Person, pending: PendingSetup, weighed: WeighedCode | None
    ) -> Refused | None:
        if await two_factor.begin_setup(connection, person.id, pending):
            return None
        if weighed is None:
            return Refused(Code.TWO_FACTOR_ALREADY_ENABLED)
        state = await two_factor.lock(connection, person.id)
        judgement = self._judged(state, weighed)
        if judgement.refused:
            return (await save(connection, state, judgement)).refused
        await two_factor.save(connection, transitions.pending(judgement.state, pending))
        return None

    def _sealed(self, person_id: str, secret: bytes, codes: tuple[str, ...]) -> PendingSetup:
        sealed_codes = None
        if codes:
            sealed_codes = self._seal.close(" ".join(codes).encode(), owner=person_id, purpose=PENDING_BACKUP_CODES)
        return PendingSetup(
            secret=self._seal.close(secret, owner=person_id, purpose=AUTHENTICATOR_SECRET),
            codes=sealed_codes,
            until=self._clock() + self._lifetimes.pending_setup * 1000,
        )

    async def _hashed_pending(self, state: TwoFactor) -> HashedCodes | None:
        if state.pending is None or state.pending.codes is None:
            return None
        codes = self._seal.open(state.pending.codes, owner=state.person_id, purpose=PENDING_BACKUP_CODES)
        return await self._hasher.hash_set(tuple(codes.decode().split()))


async def _issuer(connection: Connection, person: Person) -> str:
    """Whose account it is, in the authenticator app's list: the project's name, or the organisation's."""
    name = await projects.name(connection, person.project_id) if person.project_id else person.org_name
    return name or "Mudguard"
