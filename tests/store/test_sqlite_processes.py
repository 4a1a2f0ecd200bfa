"""Several processes at one SQLite file: killed next to a commit, writing side by side, and none that starves."""

import signal

import pytest

from mudguard.store import organizations
from mudguard.store.database import Database
from mudguard.store.tables import organizations as organizations_table
from tests.store.calls import count, read, transact
from tests.store.other_process import COMMITTED, UNCOMMITTED, doing, one_more
from tests.store.writing_process import HEAVY, LIGHT, Writes, writing
from tests.support.racers import race

KINDS = ["SQLite"]


def written(database: Database, *processes: str, seconds: float = 3, commit_seconds: float = 0) -> list[Writes]:
    """What processes that write side by side have to tell."""
    finishes = race([writing(how, database, seconds, commit_seconds=commit_seconds) for how in processes])
    return [Writes.of(finish) for finish in finishes]


@pytest.mark.parametrize(("moment", "is_there"), [("before", False), ("after", True)])
def test_a_process_that_is_killed_next_to_a_commit_leaves_it_done_or_not_done(
    database: Database, moment: str, is_there: bool
) -> None:
    (finish,) = race([doing(f"die {moment} COMMIT", database)])
    assert finish.exit_code == -signal.SIGKILL
    assert read(database, organizations.find, COMMITTED) is not None
    assert (read(database, organizations.find, UNCOMMITTED) is not None) == is_there


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_a_process_was_killed_next_to_a_commit_others_write_on(database: Database, moment: str) -> None:
    race([doing(f"die {moment} COMMIT", database)])
    assert transact(database, one_more) == 1


def test_of_two_processes_that_write_without_pause_no_write_is_lost(database: Database) -> None:
    first, second = written(database, HEAVY, HEAVY)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert count(database, organizations_table) == len(first.seconds) + len(second.seconds)


@pytest.mark.parametrize("commit_seconds", [0, 0.01])
def test_a_process_that_writes_now_and_then_does_not_starve_beside_one_that_writes_without_pause(
    database: Database, commit_seconds: float
) -> None:
    heavy, light = written(database, HEAVY, LIGHT, commit_seconds=commit_seconds)
    assert (heavy.exit_code, light.exit_code) == (0, 0)
    assert light.seconds[-1] < 1
    assert len(light.seconds) > 20


def test_two_processes_that_write_without_pause_share_the_file_evenly(database: Database) -> None:
    first, second = written(database, HEAVY, HEAVY, commit_seconds=0.01)
    assert max(first.seconds[-1], second.seconds[-1]) < 1
    assert min(len(first.seconds), len(second.seconds)) > max(len(first.seconds), len(second.seconds)) / 2
