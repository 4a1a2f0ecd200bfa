"""What a sign-in has proved: authentication methods (RFC 8176) and assurance level (NIST SP 800-63B-4)."""

from dataclasses import dataclass

from mudguard.rules.codes import Factor

PASSWORD_ONLY = ("pwd",)

_WITH_FACTOR = {
    Factor.TOTP: ("pwd", "otp", "mfa"),
    Factor.BACKUP_CODE: ("pwd", "mfa"),
}


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things last, in seconds. `reauth_max_age` 0 never asks for a fresh sign-in."""

    session_idle: int = 24 * 3_600
    session_absolute: int = 30 * 24 * 3_600
    challenge: int = 300
    pending_setup: int = 900
    reauth_max_age: int = 3_600


def methods_after(factor: Factor) -> tuple[str, ...]:
    """The `amr` values of a session in which the password and then `factor` were proved."""
    return _WITH_FACTOR[factor]


def level_of(methods: tuple[str, ...]) -> str:
    """`aal2` if a second factor was proved, else `aal1`."""
    return "aal2" if "mfa" in methods else "aal1"


def is_recent(auth_time_ms: int, *, now_ms: int, lifetimes: Lifetimes) -> bool:
    """Whether a sign-in at `auth_time_ms` is recent enough for a sensitive operation."""
    max_age = lifetimes.reauth_max_age
    return max_age == 0 or now_ms - auth_time_ms <= max_age * 1000


def session_is_over(*, created_at_ms: int, last_used_at_ms: int, now_ms: int, lifetimes: Lifetimes) -> bool:
    """Whether a session was idle for too long, or is too old (NIST SP 800-63B-4 section 5.2)."""
    idle = now_ms - last_used_at_ms >= lifetimes.session_idle * 1000
    return idle or now_ms - created_at_ms >= lifetimes.session_absolute * 1000
