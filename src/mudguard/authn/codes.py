"""Judges TOTP codes and backup codes, for every endpoint.

A backup code is hashed outside the transaction, because hashing is slow. Every code is judged inside it, against the
state read there. So if two requests send the same code, one succeeds.
"""

import dataclasses
from dataclasses import dataclass

from mudguard.rules import backup_codes, totp
from mudguard.rules.codes import Factor, factor_of
from mudguard.rules.purposes import AUTHENTICATOR_SECRET
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.throttle import CODE_ATTEMPT_LIMITS, at_the_latest, retry_after, with_failure
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.hashing import BackupCodeHasher
from mudguard.store.two_factor import TwoFactor

_REPLAYED = "This code was used already. Wait for the next one and enter that."
_TOO_MANY = "Too many wrong codes. Wait, then enter a fresh one."


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """A typed code, not judged yet. A backup code has a `digest`, hashed with the `salt` of one set."""

    code: str = dataclasses.field(repr=False)
    factor: Factor
    salt: bytes = b""
    digest: bytes = dataclasses.field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What a code came to: the state to save, and the refusal if it was not proved."""

    state: TwoFactor
    refused: Refused | None = None


class CodeChecker:
    """Judges codes against the state of a person's second factor."""

    def __init__(self, cipher: FieldCipher, hasher: BackupCodeHasher) -> None:
        self._cipher = cipher
        self._hasher = hasher

    async def check(self, state: TwoFactor, code: str, *, now_ms: int) -> CodeCheck:
        """Normalise `code`. Hash a backup code with the salt of the set in `state`. Raises `OverloadedError`."""
        factor = factor_of(code)
        if factor is Factor.TOTP or state.codes is None:
            return CodeCheck(code, factor)
        if retry_after(state.backup_failures, CODE_ATTEMPT_LIMITS, now_ms=now_ms):
            return CodeCheck(code, factor)
        return CodeCheck(code, factor, state.codes.salt, await self._hasher.digest(code, state.codes))

    def judge(self, state: TwoFactor, check: CodeCheck, *, now_ms: int) -> CodeResult:
        """Whether `check` proves the second factor that is on. Writes nothing."""
        locked = _locked(state, check.factor, now_ms=now_ms)
        if locked:
            return locked
        if check.factor is Factor.TOTP:
            return self._judge_totp(state, check.code, now_ms=now_ms)
        return _judge_backup_code(state, check, now_ms=now_ms)

    def judge_pending(self, state: TwoFactor, check: CodeCheck, *, now_ms: int) -> CodeResult:
        """Whether `check` proves the authenticator of the pending setup. Only a TOTP code can."""
        locked = _locked(state, check.factor, now_ms=now_ms)
        if locked:
            return locked
        if state.pending is None or check.factor is not Factor.TOTP:
            return _failed(
                state, check.factor, now_ms=now_ms,
                text="Enter the 6-digit code that your authenticator app shows. Backup codes count once 2FA is on.",
            )  # fmt: skip
        secret = self._cipher.decrypt(state.pending.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET)
        verdict = totp.judge(secret, check.code, now_ms=now_ms, last_step=None, measure_drift=True)
        if isinstance(verdict, totp.Right):
            return CodeResult(dataclasses.replace(state, last_step=verdict.step))
        if isinstance(verdict, totp.Adrift):
            return _failed(
                state, Factor.TOTP, now_ms=now_ms,
                text=f"Your device's clock is about {_duration(verdict.seconds)}. Set it to automatic time, then enter "
                "the code it shows.",
                details={"clockDriftSeconds": verdict.seconds},
            )  # fmt: skip
        return _failed(state, Factor.TOTP, now_ms=now_ms)

    def _judge_totp(self, state: TwoFactor, code: str, *, now_ms: int) -> CodeResult:
        if state.secret is None:
            return _failed(state, Factor.TOTP, now_ms=now_ms)
        secret = self._cipher.decrypt(state.secret, owner=state.person_id, purpose=AUTHENTICATOR_SECRET)
        verdict = totp.judge(secret, code, now_ms=now_ms, last_step=state.last_step)
        if isinstance(verdict, totp.Right):
            return CodeResult(dataclasses.replace(state, last_step=verdict.step))
        text = _REPLAYED if isinstance(verdict, totp.Replayed) else None
        return _failed(state, Factor.TOTP, now_ms=now_ms, text=text)


def is_locked(state: TwoFactor, check: CodeCheck, *, now_ms: int) -> bool:
    """Whether too many wrong codes of this kind were sent, so that none is judged."""
    return retry_after(_failures(state, check.factor), CODE_ATTEMPT_LIMITS, now_ms=now_ms) > 0


def _judge_backup_code(state: TwoFactor, check: CodeCheck, *, now_ms: int) -> CodeResult:
    """Judge it against the set it was hashed for. If that set was replaced meanwhile, the code is void."""
    if state.codes is not None and state.codes.salt == check.salt:
        index = backup_codes.position(check.digest, state.codes.digest_list())
        if index is not None and not backup_codes.is_used(state.codes_used, index):
            used = backup_codes.spend(state.codes_used, index)
            return CodeResult(dataclasses.replace(state, codes_used=used))
    return _failed(state, Factor.BACKUP_CODE, now_ms=now_ms)


def _locked(state: TwoFactor, factor: Factor, *, now_ms: int) -> CodeResult | None:
    failures = _failures(state, factor)
    wait = retry_after(failures, CODE_ATTEMPT_LIMITS, now_ms=now_ms)
    if not wait:
        return None
    restarted = _with_failures(state, factor, at_the_latest(failures, now_ms=now_ms))
    return CodeResult(restarted, Refused(ErrorCode.TOO_MANY_ATTEMPTS, _TOO_MANY, retry_after=wait))


def _failed(
    state: TwoFactor, factor: Factor, *, now_ms: int, text: str | None = None, details: dict[str, object] | None = None
) -> CodeResult:
    counted = _with_failures(state, factor, with_failure(_failures(state, factor), CODE_ATTEMPT_LIMITS, now_ms=now_ms))
    return CodeResult(counted, Refused(ErrorCode.INVALID_TWO_FACTOR_CODE, text, details=details))


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
