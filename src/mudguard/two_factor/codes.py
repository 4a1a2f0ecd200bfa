"""Proving a code: the one place where TOTP and backup codes are judged, for every endpoint.

A typed code is weighed outside the transaction, where a backup code's hash may take its time, and settled inside
it against the state read there, so that of two requests with one code one succeeds.
"""

import dataclasses
from dataclasses import dataclass

from mudguard.rules import backup_codes, totp
from mudguard.rules.codes import Factor, factor_of
from mudguard.rules.purposes import AUTHENTICATOR_SECRET
from mudguard.rules.refusals import Code, Refused
from mudguard.rules.throttle import CODES, at_the_latest, retry_after, with_failure
from mudguard.security.hashing import BackupCodeHasher
from mudguard.security.sealing import Seal
from mudguard.store import two_factor
from mudguard.store.connection import Connection
from mudguard.store.two_factor import TwoFactor

_REPLAYED = "This code was used already. Wait for the next one and enter that."
_TOO_MANY = "Too many wrong codes. Wait, then enter a fresh one."


@dataclass(frozen=True, slots=True)
class WeighedCode:
    """A typed code; for a backup code what it hashes to in the set that it was weighed against."""

    code: str = dataclasses.field(repr=False)
    factor: Factor
    salt: bytes = b""
    digest: bytes = dataclasses.field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a code came to: the state to save, which factor was shown, and the refusal if it was not proved."""

    state: TwoFactor
    factor: Factor
    refused: Refused | None = None


class CodeProof:
    """Judges codes against a person's state."""

    def __init__(self, seal: Seal, hasher: BackupCodeHasher) -> None:
        self._seal = seal
        self._hasher = hasher

    async def weigh(self, state: TwoFactor, code: str, *, now_ms: int) -> WeighedCode:
        """`code`, normalised; if it is a backup code, hashed for the set that `state` has. Raises `OverloadedError`."""
        factor = factor_of(code)
        if factor is Factor.TOTP or state.codes is None:
            return WeighedCode(code, factor)
        if retry_after(state.backup_failures, CODES, now_ms=now_ms):
            return WeighedCode(code, factor)
        return WeighedCode(code, factor, state.codes.salt, await self._hasher.digest(code, state.codes))

    def judge(self, state: TwoFactor, weighed: WeighedCode, *, now_ms: int) -> Judgement:
        """Whether `weighed` proves the factor that is on. Nothing is written: `settle` does that."""
        locked = _locked(state, weighed.factor, now_ms=now_ms)
        if locked:
            return locked
        if weighed.factor is Factor.TOTP:
            return self._judge_totp(state, weighed.code, now_ms=now_ms)
        return _judge_backup_code(state, weighed, now_ms=now_ms)

    async def settle(self, connection: Connection, state: TwoFactor, weighed: WeighedCode, *, now_ms: int) -> Judgement:
        """Judge, and write what came of it: the spent step or code, or the failure."""
        return await save(connection, state, self.judge(state, weighed, now_ms=now_ms))

    def judge_pending(self, state: TwoFactor, weighed: WeighedCode, *, now_ms: int) -> Judgement:
        """Whether `weighed` proves the authenticator of the pending setup; only a TOTP code can."""
        locked = _locked(state, weighed.factor, now_ms=now_ms)
        if locked:
            return locked
        if state.pending is None or weighed.factor is not Factor.TOTP:
            return _failed(
                state, weighed.factor, now_ms=now_ms,
                text="Enter the 6-digit code that your authenticator app shows. Backup codes count once 2FA is on.",
            )  # fmt: skip
        secret = self._seal.open(state.pending.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET)
        verdict = totp.judge(secret, weighed.code, now_ms=now_ms, last_step=None, measure_drift=True)
        if isinstance(verdict, totp.Right):
            return Judgement(dataclasses.replace(state, last_step=verdict.step), Factor.TOTP)
        if isinstance(verdict, totp.Adrift):
            return _failed(
                state, Factor.TOTP, now_ms=now_ms,
                text=f"Your device's clock is about {_duration(verdict.seconds)}. Set it to automatic time, then enter "
                "the code it shows.",
                details={"clockDriftSeconds": verdict.seconds},
            )  # fmt: skip
        return _failed(state, Factor.TOTP, now_ms=now_ms)

    def _judge_totp(self, state: TwoFactor, code: str, *, now_ms: int) -> Judgement:
        if state.secret is None:
            return _failed(state, Factor.TOTP, now_ms=now_ms)
        secret = self._seal.open(state.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET)
        verdict = totp.judge(secret, code, now_ms=now_ms, last_step=state.last_step)
        if isinstance(verdict, totp.Right):
            return Judgement(dataclasses.replace(state, last_step=verdict.step), Factor.TOTP)
        text = _REPLAYED if isinstance(verdict, totp.Replayed) else None
        return _failed(state, Factor.TOTP, now_ms=now_ms, text=text)


async def save(connection: Connection, before: TwoFactor, judgement: Judgement) -> Judgement:
    """Write the state of `judgement` if it differs from `before`."""
    if judgement.state != before:
        await two_factor.save(connection, judgement.state)
    return judgement


def _judge_backup_code(state: TwoFactor, weighed: WeighedCode, *, now_ms: int) -> Judgement:
    """Against the set it was hashed for; if that set was replaced meanwhile, the code belongs to a void one."""
    if state.codes is not None and state.codes.salt == weighed.salt:
        index = backup_codes.position(weighed.digest, state.codes.digest_list())
        if index is not None and not backup_codes.is_used(state.codes_used, index):
            used = backup_codes.spend(state.codes_used, index)
            return Judgement(dataclasses.replace(state, codes_used=used), Factor.BACKUP_CODE)
    return _failed(state, Factor.BACKUP_CODE, now_ms=now_ms)


def _locked(state: TwoFactor, factor: Factor, *, now_ms: int) -> Judgement | None:
    failures = _failures(state, factor)
    wait = retry_after(failures, CODES, now_ms=now_ms)
    if not wait:
        return None
    settled = _with_failures(state, factor, at_the_latest(failures, now_ms=now_ms))
    return Judgement(settled, factor, Refused(Code.TOO_MANY_ATTEMPTS, _TOO_MANY, retry_after=wait))


def _failed(
    state: TwoFactor, factor: Factor, *, now_ms: int, text: str | None = None, details: dict[str, object] | None = None
) -> Judgement:
    counted = _with_failures(state, factor, with_failure(_failures(state, factor), CODES, now_ms=now_ms))
    return Judgement(counted, factor, Refused(Code.INVALID_TWO_FACTOR_CODE, text, details=details))


def _failures(state: TwoFactor, factor: Factor) -> tuple[int, ...]:
    return state.totp_failures if factor is Factor.TOTP else state.backup_failures


def _with_failures(state: TwoFactor, factor: Factor, failures: tuple[int, ...]) -> TwoFactor:
    if factor is Factor.TOTP:
        return dataclasses.replace(state, totp_failures=failures)
    return dataclasses.replace(state, backup_failures=failures)


def _duration(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    parts = [f"{minutes} minute{'s' * (minutes != 1)}"] * bool(minutes) + [f"{rest} seconds"] * bool(rest)
    return f"{' '.join(parts)} {'ahead' if seconds > 0 else 'behind'}"
