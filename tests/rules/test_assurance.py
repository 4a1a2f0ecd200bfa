"""What a sign-in has proved, and for how long it counts."""

import pytest

from mudguard.rules.assurance import PASSWORD_ONLY, Lifetimes, is_recent, level_of, methods_after, session_is_over
from mudguard.rules.codes import Factor

NOW = 1_700_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


def test_a_password_alone_is_aal1() -> None:
    assert PASSWORD_ONLY == ("pwd",)
    assert level_of(PASSWORD_ONLY) == "aal1"


def test_password_and_totp_are_otp_and_mfa_of_rfc_8176() -> None:
    assert methods_after(Factor.TOTP) == ("pwd", "otp", "mfa")


def test_a_backup_code_is_a_factor_but_no_one_time_password_generator() -> None:
    assert methods_after(Factor.BACKUP_CODE) == ("pwd", "mfa")


@pytest.mark.parametrize("factor", Factor)
def test_either_second_factor_is_aal2(factor: Factor) -> None:
    assert level_of(methods_after(factor)) == "aal2"


@pytest.mark.parametrize(("age_ms", "expected"), [(0, True), (HOUR, True), (HOUR + 1, False), (-1_000, True)])
def test_a_sign_in_is_recent_for_an_hour(age_ms: int, expected: bool) -> None:
    assert is_recent(NOW - age_ms, now_ms=NOW, lifetimes=Lifetimes()) is expected


def test_with_a_maximum_age_of_0_every_sign_in_is_recent() -> None:
    assert is_recent(0, now_ms=NOW, lifetimes=Lifetimes(reauth_max_age=0))


@pytest.mark.parametrize(("idle_ms", "expected"), [(0, False), (DAY - 1, False), (DAY, True)])
def test_a_session_ends_after_24_idle_hours(idle_ms: int, expected: bool) -> None:
    over = session_is_over(
        created_at_ms=NOW - 2 * DAY, last_used_at_ms=NOW - idle_ms, now_ms=NOW, lifetimes=Lifetimes()
    )
    assert over is expected


@pytest.mark.parametrize(("age_ms", "expected"), [(30 * DAY - 1, False), (30 * DAY, True)])
def test_a_session_ends_after_30_days_however_busy(age_ms: int, expected: bool) -> None:
    over = session_is_over(created_at_ms=NOW - age_ms, last_used_at_ms=NOW, now_ms=NOW, lifetimes=Lifetimes())
    assert over is expected


def test_a_challenge_lasts_5_minutes_and_a_pending_setup_15() -> None:
    assert (Lifetimes().challenge, Lifetimes().pending_setup) == (300, 900)
