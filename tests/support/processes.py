"""The `mudguard` command in processes of its own: commands that come to an end, and servers."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from tests.support.clock import Clock

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
    return subprocess.run(
        [MUDGUARD, *arguments],
        input=typed,
        text=True,
        capture_output=True,
        env=environment(data_dir, **settings),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


class ServerProcess:
    """`mudguard serve` on a free port: `with ServerProcess(tmp_path) as server: server.client.get("/health")`.

    The process starts at once, so that several can start side by side; `with` waits until it listens.
    """

    def __init__(self, data_dir: Path, *arguments: str, umask: int = -1, **settings: str) -> None:
        self.clock = Clock()
        self.data_dir = data_dir
        self.settings = settings
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed in __exit__
        self.process = subprocess.Popen(
            [MUDGUARD, "serve", "--port", "0", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment(data_dir, **settings),
            umask=umask,
        )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        announced = _ADDRESS.search(self.process.stdout.readline())
        if announced is None:
            self.__exit__(None, None, None)
            raise AssertionError("the server did not start")
        self.url = announced[0]
        self.client = httpx2.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        self.client.get("/livez").raise_for_status()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        if hasattr(self, "client"):
            self.client.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def database_url(self) -> str:
        """Where it keeps its data."""
        return self.settings.get("database_url") or f"sqlite:///{self.data_dir / 'mudguard.db'}"

    def workers(self) -> list[int]:
        """The processes that it started to serve, the oldest first, by Linux's account of processes."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return sorted(int(child) for child in children)

    def log(self) -> str:
        """What the server has written to standard error so far."""
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> int:
        """Ask the server to stop, and wait: its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit code, when the server has come to its end."""
        return self.process.wait(PATIENCE_SECONDS)
