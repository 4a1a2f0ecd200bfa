"""Refusals: the stable codes that clients switch on, and refusals as values."""

from mudguard.rules.refusals import ErrorCode, Refused

STABLE = """
    VALIDATION_ERROR INVALID_TWO_FACTOR_CODE INVALID_PASSWORD TWO_FACTOR_ALREADY_ENABLED TWO_FACTOR_NOT_ENABLED
    TWO_FACTOR_SETUP_NOT_STARTED TWO_FACTOR_SETUP_EXPIRED
    UNAUTHORIZED INVALID_TOKEN TOKEN_EXPIRED SESSION_REVOKED INVALID_CREDENTIALS INVALID_CHALLENGE INVALID_REFRESH_TOKEN
    API_KEY_NOT_SUPPORTED FORBIDDEN ACCOUNT_DISABLED EMAIL_VERIFICATION_REQUIRED TWO_FACTOR_REQUIRED
    REAUTHENTICATION_REQUIRED
    NOT_FOUND METHOD_NOT_ALLOWED CONFLICT PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE RATE_LIMITED TOO_MANY_ATTEMPTS
    INTERNAL_ERROR SERVICE_UNAVAILABLE
"""
"""Once published a code keeps its name: clients compare against it."""


def test_the_codes_are_exactly_the_published_ones() -> None:
    assert [code.value for code in ErrorCode] == STABLE.split()


def test_a_code_is_called_as_it_is_spelt() -> None:
    assert all(code.name == code.value for code in ErrorCode)


def test_two_refusals_for_one_reason_are_equal() -> None:
    assert Refused(ErrorCode.TOO_MANY_ATTEMPTS, retry_after=5) == Refused(ErrorCode.TOO_MANY_ATTEMPTS, retry_after=5)


def test_a_refusal_says_nothing_but_its_code_unless_told_to() -> None:
    refused = Refused(ErrorCode.CONFLICT)
    assert (refused.text, refused.details, refused.retry_after, refused.extra) == (None, None, None, {})


def test_refusals_do_not_share_what_is_added_to_one() -> None:
    Refused(ErrorCode.CONFLICT).extra["key"] = "value"
    assert Refused(ErrorCode.CONFLICT).extra == {}
