"""TOTP against the vectors of its RFCs, and what makes a code good at one moment and once only."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mudguard.rules import totp
from mudguard.rules.totp import Adrift, Replayed, Right, Verdict, Wrong, hotp, judge, step_at

SECRET = b"12345678901234567890"
STEP = 56_666_666
NOW = STEP * 30_000 + 12_345

HOTP_CODES = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
"""RFC 4226 appendix D, for the counters from 0."""

TOTP_VECTORS = [
    (59, 0x1, "94287082"),
    (1_111_111_109, 0x23523EC, "07081804"),
    (1_111_111_111, 0x23523ED, "14050471"),
    (1_234_567_890, 0x273EF07, "89005924"),
    (2_000_000_000, 0x3F940AA, "69279037"),
    (20_000_000_000, 0x27BC86AA, "65353130"),
]
"""RFC 6238 appendix B, the rows of SHA-1: seconds, step, code."""

secrets = st.binary(min_size=20, max_size=20)
moments = st.integers(min_value=10**9, max_value=2**42)
codes = st.from_regex(r"[0-9]{6}", fullmatch=True)


def judge_now(code: str, *, last_step: int | None = None, measure_drift: bool = False) -> Verdict:
    return judge(SECRET, code, now_ms=NOW, last_step=last_step, measure_drift=measure_drift)


@pytest.mark.parametrize(("counter", "code"), list(enumerate(HOTP_CODES)))
def test_hotp_gives_the_codes_of_rfc_4226(counter: int, code: str) -> None:
    assert hotp(SECRET, counter) == code


@pytest.mark.parametrize(("seconds", "step", "code"), TOTP_VECTORS)
def test_totp_gives_the_codes_of_rfc_6238(seconds: int, step: int, code: str) -> None:
    assert step_at(seconds * 1000) == step
    assert hotp(SECRET, step, digits=8) == code


@pytest.mark.parametrize(("seconds", "step", "code"), TOTP_VECTORS)
def test_the_last_six_digits_of_each_vector_are_accepted_at_its_time(seconds: int, step: int, code: str) -> None:
    assert judge(SECRET, code[-6:], now_ms=seconds * 1000, last_step=None) == Right(step)


def test_a_step_begins_on_its_first_millisecond() -> None:
    assert [step_at(moment) for moment in (0, 29_999, 30_000, 59_999)] == [0, 0, 1, 1]


@pytest.mark.parametrize("distance", [-1, 0, 1])
def test_the_codes_of_this_step_and_its_neighbours_are_right(distance: int) -> None:
    assert judge_now(hotp(SECRET, STEP + distance)) == Right(STEP + distance)


@pytest.mark.parametrize("distance", [-20, -11, -10, -2, 2, 10, 11, 20])
def test_a_code_further_away_is_wrong(distance: int) -> None:
    assert judge_now(hotp(SECRET, STEP + distance)) == Wrong()


@pytest.mark.parametrize("code", ["", "0", "00000", "0000000", "abcdef", "٠١٢٣٤٥"])
def test_what_is_not_six_ascii_digits_is_wrong(code: str) -> None:
    assert judge_now(code) == Wrong()


def test_a_code_with_its_leading_zero_left_out_is_wrong() -> None:
    step = next(step for step in range(1_000) if hotp(SECRET, step).startswith("0"))
    assert judge(SECRET, hotp(SECRET, step)[1:], now_ms=step * 30_000, last_step=None) == Wrong()


def test_a_code_is_replayed_once_its_step_was_accepted() -> None:
    assert judge_now(hotp(SECRET, STEP), last_step=STEP) == Replayed()


def test_a_code_is_replayed_once_a_later_step_was_accepted() -> None:
    assert judge_now(hotp(SECRET, STEP), last_step=STEP + 1) == Replayed()


def test_the_next_step_is_right_after_this_one() -> None:
    assert judge_now(hotp(SECRET, STEP + 1), last_step=STEP) == Right(STEP + 1)


def test_a_code_that_two_steps_of_the_window_share_is_good_once_for_each() -> None:
    first = 910_737
    code = hotp(SECRET, first)
    assert hotp(SECRET, first + 1) == code
    now_ms = first * 30_000
    assert judge(SECRET, code, now_ms=now_ms, last_step=None) == Right(first)
    assert judge(SECRET, code, now_ms=now_ms, last_step=first) == Right(first + 1)
    assert judge(SECRET, code, now_ms=now_ms, last_step=first + 1) == Replayed()


def test_at_the_beginning_of_time_there_is_no_step_before() -> None:
    assert judge(SECRET, hotp(SECRET, 0), now_ms=0, last_step=None, measure_drift=True) == Right(0)


@pytest.mark.parametrize("distance", [-10, -9, -2, 2, 3, 10])
def test_drift_is_measured_in_seconds_ahead_or_behind(distance: int) -> None:
    assert judge_now(hotp(SECRET, STEP + distance), measure_drift=True) == Adrift(distance * 30)


@pytest.mark.parametrize(("current", "seconds"), [(2_388, -60), (2_392, 60)])
def test_of_two_steps_that_share_a_code_the_nearer_tells_the_drift(current: int, seconds: int) -> None:
    code = hotp(SECRET, 2_386)
    assert hotp(SECRET, 2_394) == code
    now_ms = current * 30_000
    assert judge(SECRET, code, now_ms=now_ms, last_step=None, measure_drift=True) == Adrift(seconds)


@pytest.mark.parametrize("distance", [-11, 11])
def test_drift_is_not_looked_for_beyond_ten_steps(distance: int) -> None:
    assert judge_now(hotp(SECRET, STEP + distance), measure_drift=True) == Wrong()


@given(secrets, moments, st.integers(-20, 20), st.none() | st.integers(-3, 3))
def test_a_code_is_right_for_the_first_step_of_the_window_that_is_above_the_last_accepted(
    secret: bytes, now_ms: int, distance: int, last_distance: int | None
) -> None:
    current = step_at(now_ms)
    code = hotp(secret, current + distance)
    last_step = None if last_distance is None else current + last_distance
    window = range(current - 1, current + 2)
    good = [step for step in window if hotp(secret, step) == code and (last_step is None or step > last_step)]
    verdict = judge(secret, code, now_ms=now_ms, last_step=last_step)
    assert ([verdict] if isinstance(verdict, Right) else []) == [Right(step) for step in good[:1]]


@given(secrets, moments, codes)
def test_a_code_outside_the_window_is_never_right(secret: bytes, now_ms: int, code: str) -> None:
    current = step_at(now_ms)
    assume(code not in {hotp(secret, step) for step in range(current - 1, current + 2)})
    assert judge(secret, code, now_ms=now_ms, last_step=None) == Wrong()


@given(secrets, moments, st.integers(-20, 20), st.none() | st.integers(-3, 3))
def test_measuring_drift_accepts_nothing_more(
    secret: bytes, now_ms: int, distance: int, last_distance: int | None
) -> None:
    current = step_at(now_ms)
    code = hotp(secret, current + distance)
    last_step = None if last_distance is None else current + last_distance
    plain = judge(secret, code, now_ms=now_ms, last_step=last_step)
    measured = judge(secret, code, now_ms=now_ms, last_step=last_step, measure_drift=True)
    assert measured == plain or (isinstance(plain, Wrong) and isinstance(measured, Adrift))


@given(secrets, st.lists(st.tuples(st.integers(0, 600_000), st.integers(-3, 3)), max_size=40))
def test_no_step_is_accepted_twice_in_any_order_of_codes_and_moments(
    secret: bytes, attempts: list[tuple[int, int]]
) -> None:
    accepted: list[int] = []
    for elapsed_ms, distance in attempts:
        now_ms = NOW + elapsed_ms
        code = hotp(secret, step_at(now_ms) + distance)
        verdict = judge(secret, code, now_ms=now_ms, last_step=accepted[-1] if accepted else None)
        if isinstance(verdict, Right):
            assert hotp(secret, verdict.step) == code
            accepted.append(verdict.step)
    assert accepted == sorted(set(accepted))


@given(secrets)
def test_a_secret_of_160_bits_is_spelt_in_32_characters_of_base32_without_padding(secret: bytes) -> None:
    spelt = totp.base32(secret)
    assert len(spelt) == 32
    assert base64.b32decode(spelt) == secret


@pytest.mark.parametrize("distance", [-2, 2, 10])
def test_drift_is_measured_only_on_request(distance: int) -> None:
    code = hotp(SECRET, STEP + distance)
    assert judge(SECRET, code, now_ms=NOW, last_step=None) == Wrong()
    assert judge_now(code, measure_drift=True) == Adrift(distance * 30)


def test_padding_is_left_out_of_a_secret_of_another_length() -> None:
    assert totp.base32(b"f") == "MY"


def test_a_secret_is_grouped_by_fours_for_typing_by_hand() -> None:
    assert totp.in_groups("GEZDGNBVGY3TQOJQ") == "GEZD GNBV GY3T QOJQ"


def test_a_last_group_may_be_shorter() -> None:
    assert totp.in_groups("GEZDGN") == "GEZD GN"
