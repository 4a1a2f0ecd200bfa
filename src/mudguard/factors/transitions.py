"""The transitions of a second factor: off, pending, on. None of them resets the failures."""

from dataclasses import replace

from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.security.hashing import HashedCodes
from mudguard.store.two_factor import PendingSetup, TwoFactor


def pending(state: TwoFactor, setup: PendingSetup) -> TwoFactor:
    """`setup` is pending and replaces any other. A factor that is on stays on."""
    return replace(state, pending=setup)


def on(state: TwoFactor, codes: HashedCodes | None, *, now_ms: int) -> TwoFactor:
    """The pending authenticator is on, with its own backup codes. `state.last_step` is already spent."""
    if state.pending is None:
        raise ValueError("nothing is pending")
    secret = state.pending.secret
    return replace(state, secret=secret, enabled_at=now_ms, codes=codes, codes_used=0, pending=None)


def off(state: TwoFactor) -> TwoFactor:
    """Secret, codes and pending setup are gone."""
    return replace(state, secret=None, enabled_at=None, last_step=None, codes=None, codes_used=0, pending=None)


def with_new_codes(state: TwoFactor, codes: HashedCodes) -> TwoFactor:
    """Only `codes` are valid now."""
    return replace(state, codes=codes, codes_used=0)


def why_not_verifiable(state: TwoFactor, *, now_ms: int) -> Refused | None:
    """Why no code can be verified now; None if a setup is pending."""
    if state.pending is None:
        return Refused(ErrorCode.TWO_FACTOR_ALREADY_ENABLED if state.is_on else ErrorCode.TWO_FACTOR_SETUP_NOT_STARTED)
    if state.pending.until <= now_ms:
        return Refused(ErrorCode.TWO_FACTOR_SETUP_EXPIRED)
    return None
