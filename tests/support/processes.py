"""The `mudguard` command in processes of its own: commands that come to an end, and servers."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from tests.support.clock import Clock
from tests.support.commands import run_forked, start_forked

MUDGUARD = Path(sys.executable).with_name("mudguard")
PATIENCE_SECONDS = 60

SWIFT = {"argon2_memory_kib": "8", "argon2_passes": "1", "ip_limits": "off"}
"""Settings with which hashing costs next to nothing and one address may do all."""

_ADDRESS = re.compile(r"http://\S+:\d+")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a process: this one's, with `settings` as its only MUDGUARD_* variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MUDGUARD_")}
    given = {"data_dir": str(data_dir), **SWIFT, **settings}
    return {**own, **{f"MUDGUARD_{name.upper()}": value for name, value in given.items()}}


def run(*arguments: str, data_dir: Path, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """What came of a command, with `typed` on a standard input that is no terminal."""
    return run_forked(arguments, environment=environment(data_dir, **settings), typed=typed, patience=PATIENCE_SECONDS)


class ServerProcess:
    """`mudguard serve` on a free port: `with ServerProcess(tmp_path) as server: server.client.get("/health")`.

    The process starts at once, so that several can start side by side; `with` waits until it listens.
    """

    def __init__(self, data_dir: Path, *arguments: str, umask: int = -1, **settings: str) -> None:
        self.clock = Clock()
        self.data_dir = data_dir
        self.settings = settings
        self._streams = tempfile.TemporaryDirectory()
        self.process = start_forked(
            ("serve", "--port", "0", *arguments),
            environment=environment(data_dir, **settings),
            streams=Path(self._streams.name),
            umask=umask,
        )

    def __enter__(self) -> Self:
        announced = self._announced()
        if announced is None:
            log = self.log()
            self.__exit__(None, None, None)
            raise AssertionError(f"the server did not start: {log}")
        self.url = announced
        self.client = httpx2.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        self.client.get("/livez").raise_for_status()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.exitcode is None:
            self.stop()
        if hasattr(self, "client"):
            self.client.close()
        self._streams.cleanup()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def database_url(self) -> str:
        """Where it keeps its data."""
        return self.settings.get("database_url") or f"sqlite:///{self.data_dir / 'mudguard.db'}"

    def workers(self) -> list[int]:
        """The processes that it started to serve, the oldest first, by Linux's account of processes."""
        parent = self.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return sorted(int(child) for child in children)

    def log(self) -> str:
        """What the server has written to standard error so far."""
        return self._written("err")

    def stop(self) -> int:
        """Ask the server to stop, and wait: its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """The exit code, when the server has come to its end."""
        self.process.join(PATIENCE_SECONDS)
        if self.process.exitcode is None:
            raise TimeoutError("the server did not come to its end")
        return self.process.exitcode

    def _announced(self) -> str | None:
        """The address that the server says it listens on; None if it has come to its end before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            is_over = self.process.exitcode is not None
            found = _ADDRESS.search(self._written("out"))
            if found or is_over:
                return found[0] if found else None
            time.sleep(0.01)
        return None

    def _written(self, stream: str) -> str:
        path = Path(self._streams.name) / stream
        return path.read_text(errors="replace") if path.exists() else ""
