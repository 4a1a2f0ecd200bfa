"""Faults in their short form: nothing acknowledged is lost, no code works twice, every answer is right or 503.

`make faults` does the same at length, with a hundred kills on each database.
"""

from functools import partial

from tests.faults import catalogue
from tests.faults.catalogue import SHORT
from tests.faults.clock import step_clock
from tests.faults.kills import kill_workers
from tests.faults.trial import Finding
from tests.support.postgresql import PostgresServer


def nothing_lost(finding: Finding) -> bool:
    """Whether all is there, and as the findings show what was done at all."""
    assert (finding.lost, finding.wrong) == ([], [])
    return finding.is_good


def test_workers_that_are_killed_lose_nothing_on_sqlite() -> None:
    kills = partial(kill_workers, times=SHORT.kills)
    assert nothing_lost(catalogue.on_sqlite(catalogue.KILL_SQLITE, kills, may_cut=True))


def test_workers_that_are_killed_lose_nothing_on_postgresql(postgres: PostgresServer) -> None:
    kills = partial(kill_workers, times=SHORT.kills)
    assert nothing_lost(catalogue.on_postgres(postgres, catalogue.KILL_POSTGRESQL, kills, may_cut=True))


def test_a_full_disk_loses_nothing() -> None:
    assert nothing_lost(catalogue.full_disk(SHORT))


def test_rows_that_another_has_locked_lose_nothing(postgres: PostgresServer) -> None:
    assert nothing_lost(catalogue.rows_locked(postgres, SHORT))


def test_connections_that_are_cut_lose_nothing(postgres: PostgresServer) -> None:
    assert nothing_lost(catalogue.connections_cut(postgres, SHORT))


def test_a_stepped_clock_lets_no_code_work_twice() -> None:
    assert nothing_lost(step_clock(catalogue.CLOCK_SQLITE))
