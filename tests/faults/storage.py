"""Storage that fails: a full disk, and a database that somebody else keeps locked."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from tests.faults.trial import USUAL_REQUESTS, Trial

DISK_BYTES = 24 * 2**20
LOCK_SECONDS = 7
"""Longer than a write waits for another: 5 seconds on SQLite, 3 on PostgreSQL."""


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder on a file system of its own where root may mount one; elsewhere any folder."""
    with tempfile.TemporaryDirectory(prefix="mudguard-disk-") as folder:
        options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", folder]
        mounted = os.geteuid() == 0 and subprocess.run(["mount", *options], check=False).returncode == 0
        try:
            yield Path(folder)
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", folder], check=True)


def fill_disk(trial: Trial, times: int) -> None:
    """Let nothing more fit where the database is, until that is felt; then make room again."""
    full = _ballast if trial.server.data_dir.is_mount() else _size_limit
    for _ in range(times):
        trial.wait_for_requests(USUAL_REQUESTS)
        with full(trial):
            trial.wait_until_put_off()
            trial.wait_for_requests(20)
        trial.recovered()


def lock_file(trial: Trial, times: int) -> None:
    """Hold SQLite's one write lock for longer than anybody waits for it."""
    for _ in range(times):
        trial.wait_for_requests(USUAL_REQUESTS)
        with closing(sqlite3.connect(trial.server.data_dir / "mudguard.db", isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LOCK_SECONDS)
            trial.wait_until_put_off()
            other.execute("ROLLBACK")
        trial.recovered()


def lock_rows(trial: Trial, times: int) -> None:
    """Hold a lock on every person's second factor for longer than anybody waits for it."""
    for _ in range(times):
        trial.wait_for_requests(USUAL_REQUESTS)
        with psycopg.connect(trial.server.database_url) as other:
            other.execute("SELECT 1 FROM two_factor FOR UPDATE")
            trial.wait_until_put_off()
        trial.recovered()


@contextmanager
def _ballast(trial: Trial) -> Iterator[None]:
    """Something that takes all the room that is left, again and again while files shrink."""
    path = trial.server.data_dir / "ballast"
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def _size_limit(trial: Trial) -> Iterator[None]:
    """No file of the server may grow any more."""
    processes = [trial.server.pid, *trial.server.workers()]
    before = resource.prlimit(processes[0], resource.RLIMIT_FSIZE)
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process, resource.RLIMIT_FSIZE, before)
