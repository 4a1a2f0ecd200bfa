"""Several processes that serve: one that ends is replaced, and none outlives the one that started them."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.connections import wait_until_refused
from tests.support.processes import PATIENCE_SECONDS, ServerProcess

ENDED = "a process that served has ended; another takes its place"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of two processes."""
    with ServerProcess(tmp_path, "--workers", "2") as running:
        yield running


def is_ready(server: ServerProcess) -> bool:
    """Whether it does its work, as a new connection finds it."""
    return httpx2.get(f"{server.url}/readyz", timeout=PATIENCE_SECONDS).status_code == 200


def wait_for_successors(server: ServerProcess, of: list[int]) -> None:
    """Until two processes serve, none of them `of` those before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(set(server.workers()) - set(of)) < 2:
        assert time.monotonic() < deadline, "the processes were not replaced"
        time.sleep(0.01)


def wait_until_ended(server: ServerProcess, times: int) -> None:
    """Until so many processes have ended, those that could not even begin to serve among them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.log().count(ENDED) < times:
        assert time.monotonic() < deadline, "the processes were not tried again"
        time.sleep(0.05)


def test_processes_that_are_killed_are_replaced_and_that_is_logged(pair: ServerProcess) -> None:
    before = pair.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    wait_for_successors(pair, before)
    assert is_ready(pair)
    assert pair.log().count(ENDED) == 2


def test_processes_that_cannot_serve_are_tried_again_until_they_can(pair: ServerProcess) -> None:
    ring, aside = pair.data_dir / "keyring", pair.data_dir / "aside"
    ring.rename(aside)
    before = pair.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    wait_until_ended(pair, 4)
    aside.rename(ring)
    assert is_ready(pair)


def test_no_process_outlives_the_one_that_started_them(pair: ServerProcess) -> None:
    pair.process.kill()
    wait_until_refused(pair.port)
