"""Throttling: never more failures than the budget in any window, and an end to every lock-out."""

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules.throttle import (
    CODE_ATTEMPT_LIMITS,
    PASSWORDS_FROM_ONE_ADDRESS,
    PASSWORDS_FROM_STRANGERS,
    Limit,
    at_the_latest,
    retry_after,
    with_failure,
)

NOW = 1_700_000_000_000

budgets = st.lists(st.builds(Limit, st.integers(1, 6), st.integers(1, 120)), min_size=1, max_size=3).map(tuple)
pauses = st.lists(st.integers(0, 40_000), max_size=80)


class Attacker:
    """Tries at every chance, and is counted as the services count. Keeps what a server forgets: all that got through.

    `elapsed_ms` is real time; `set_back_ms` is how far the server's clock was set back meanwhile.
    """

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self.limits = limits
        self.elapsed_ms = NOW
        self.set_back_ms = 0
        self.remembered: tuple[int, ...] = ()
        self.admitted: list[int] = []

    @property
    def now_ms(self) -> int:
        return self.elapsed_ms - self.set_back_ms

    def attempt(self) -> bool:
        """One wrong guess; whether it was looked at."""
        if retry_after(self.remembered, self.limits, now_ms=self.now_ms):
            self.remembered = at_the_latest(self.remembered, now_ms=self.now_ms)
            return False
        self.remembered = with_failure(self.remembered, self.limits, now_ms=self.now_ms)
        self.admitted.append(self.elapsed_ms)
        return True

    def admitted_in_the_last(self, seconds: int) -> int:
        return len(self.admitted) - bisect_right(self.admitted, self.elapsed_ms - seconds * 1000)

    def is_within_budget(self) -> bool:
        """Whether no window of any limit, wherever it begins, holds more than the limit."""
        return all(
            later - earlier >= limit.seconds * 1000
            for limit in self.limits
            for earlier, later in zip(self.admitted, self.admitted[limit.failures :], strict=False)
        )


@given(budgets, pauses)
def test_no_window_ever_holds_more_failures_than_its_budget(limits: tuple[Limit, ...], waits: list[int]) -> None:
    attacker = Attacker(limits)
    for wait in waits:
        attacker.elapsed_ms += wait
        attacker.attempt()
    assert attacker.is_within_budget()


@given(budgets, st.lists(st.tuples(st.integers(0, 40_000), st.sampled_from([0, 0, 0, 1, 900, 60_000, 10**8]))))
def test_setting_the_clock_back_gives_nobody_a_further_attempt(
    limits: tuple[Limit, ...], moves: list[tuple[int, int]]
) -> None:
    attacker = Attacker(limits)
    for wait, jump in moves:
        attacker.elapsed_ms += wait
        attacker.set_back_ms += jump
        attacker.attempt()
    assert attacker.is_within_budget()


@given(st.lists(st.integers(0, 3_600_000), max_size=150))
def test_wrong_codes_stay_within_all_three_budgets_at_once(waits: list[int]) -> None:
    attacker = Attacker(CODE_ATTEMPT_LIMITS)
    for wait in waits:
        attacker.elapsed_ms += wait
        attacker.attempt()
    assert attacker.is_within_budget()


@given(budgets, pauses)
def test_an_attempt_is_refused_only_while_a_window_is_full(limits: tuple[Limit, ...], waits: list[int]) -> None:
    attacker = Attacker(limits)
    for wait in waits:
        attacker.elapsed_ms += wait
        is_full = any(attacker.admitted_in_the_last(limit.seconds) >= limit.failures for limit in limits)
        assert attacker.attempt() is not is_full


@given(budgets, pauses)
def test_waiting_as_long_as_told_frees_it_and_a_second_less_does_not(
    limits: tuple[Limit, ...], waits: list[int]
) -> None:
    attacker = Attacker(limits)
    for wait in waits:
        attacker.elapsed_ms += wait
        attacker.attempt()
        told = retry_after(attacker.remembered, limits, now_ms=attacker.now_ms)
        later = attacker.now_ms + told * 1000
        assert retry_after(attacker.remembered, limits, now_ms=later) == 0
        assert told == 0 or retry_after(attacker.remembered, limits, now_ms=later - 1000) > 0


@pytest.mark.parametrize("limits", [CODE_ATTEMPT_LIMITS, PASSWORDS_FROM_ONE_ADDRESS, PASSWORDS_FROM_STRANGERS])
def test_a_lock_out_ends_on_the_millisecond(limits: tuple[Limit, ...]) -> None:
    failures = (NOW,) * limits[0].failures
    over = NOW + limits[0].seconds * 1000
    assert retry_after(failures, limits, now_ms=over - 1) == 1
    assert retry_after(failures, limits, now_ms=over) == 0


@pytest.mark.parametrize(
    ("left_ms", "told"), [(1, 1), (999, 1), (1_000, 1), (1_001, 2), (299_001, 300), (300_000, 300)]
)
def test_the_wait_is_told_in_whole_seconds_rounded_up(left_ms: int, told: int) -> None:
    assert retry_after((NOW,) * 5, CODE_ATTEMPT_LIMITS, now_ms=NOW + 300_000 - left_ms) == told


@pytest.mark.parametrize(
    ("limits", "failures", "spacing_ms", "told"),
    [
        (CODE_ATTEMPT_LIMITS, 5, 1_000, 296),
        (CODE_ATTEMPT_LIMITS, 20, 180_000, 180),
        (CODE_ATTEMPT_LIMITS, 50, 1_700_000, 3_100),
        (PASSWORDS_FROM_ONE_ADDRESS, 10, 1_000, 891),
        (PASSWORDS_FROM_STRANGERS, 100, 1_000, 3_501),
    ],
)
def test_the_documented_budgets_are_in_force(
    limits: tuple[Limit, ...], failures: int, spacing_ms: int, told: int
) -> None:
    moments = tuple(range(NOW, NOW + failures * spacing_ms, spacing_ms))
    assert retry_after(moments[:-1], limits, now_ms=moments[-1]) == 0
    assert retry_after(moments, limits, now_ms=moments[-1]) == told


def test_the_longest_of_several_waits_is_told() -> None:
    limits = (Limit(1, 10), Limit(2, 100))
    assert retry_after((NOW, NOW), limits, now_ms=NOW) == 100


def test_who_never_failed_may_try() -> None:
    assert retry_after((), CODE_ATTEMPT_LIMITS, now_ms=NOW) == 0


def test_a_failure_in_the_future_counts_as_happening_now() -> None:
    tomorrow = (NOW + 86_400_000,) * 5
    assert retry_after(tomorrow, CODE_ATTEMPT_LIMITS, now_ms=NOW) == 300
    settled = at_the_latest(tomorrow, now_ms=NOW)
    assert retry_after(settled, CODE_ATTEMPT_LIMITS, now_ms=NOW + 300_000) == 0


@given(budgets, pauses, st.integers(-(10**9), 10**9))
def test_a_lock_out_expires_by_itself_within_its_longest_window(
    limits: tuple[Limit, ...], waits: list[int], jump: int
) -> None:
    attacker = Attacker(limits)
    for wait in waits:
        attacker.elapsed_ms += wait
        attacker.attempt()
    attacker.set_back_ms = jump
    attacker.attempt()
    over = attacker.now_ms + max(limit.seconds for limit in limits) * 1000
    assert retry_after(attacker.remembered, limits, now_ms=over) == 0


@given(budgets, pauses)
def test_no_more_failures_are_remembered_than_a_limit_looks_at(limits: tuple[Limit, ...], waits: list[int]) -> None:
    attacker = Attacker(limits)
    for wait in waits:
        attacker.elapsed_ms += wait
        attacker.attempt()
        assert len(attacker.remembered) <= max(limit.failures for limit in limits)


def test_failures_older_than_the_longest_window_are_forgotten() -> None:
    assert with_failure((NOW - 86_400_000, NOW - 86_399_999), CODE_ATTEMPT_LIMITS, now_ms=NOW) == (
        NOW - 86_399_999,
        NOW,
    )


@given(st.lists(st.integers(), max_size=20).map(sorted), st.integers())
def test_moments_in_the_future_are_brought_back_and_the_others_left_alone(moments: list[int], now_ms: int) -> None:
    assert at_the_latest(moments, now_ms=now_ms) == tuple(now_ms if moment > now_ms else moment for moment in moments)
