"""A real server on a free port, in this process so that its clock can be set, over a real database."""

import socket
import threading
import time
from pathlib import Path
from subprocess import CompletedProcess
from types import TracebackType
from typing import Any, Self

import httpx2
import uvicorn

from mudguard.serving.application import create_app
from mudguard.serving.boot import prepare
from mudguard.serving.protocol import BoundedHttpProtocol
from mudguard.settings import Settings
from tests.support.clock import Clock
from tests.support.inspection import Inspection
from tests.support.processes import run

SWIFT_HASHES: dict[str, Any] = {"argon2_memory_kib": 8, "argon2_passes": 1}
"""Hashes that cost next to nothing, for tests that are not about their cost."""


def make_settings(data_dir: Path, **overrides: Any) -> Settings:
    """Settings for a test: a folder of its own, swift hashes, no limits per address."""
    return Settings.model_validate({"data_dir": data_dir, "ip_limits": "off", **SWIFT_HASHES, **overrides})


class Server:
    """Use as a context manager: `with Server(tmp_path) as server: server.client.get("/health")`."""

    protocol: type[BoundedHttpProtocol] = BoundedHttpProtocol
    keep_alive_seconds = 30

    def __init__(self, data_dir: Path, *, clock: Clock | None = None, **settings: Any) -> None:
        self.clock = clock or Clock()
        self.settings = make_settings(data_dir, **settings)
        keyring, self.database = prepare(self.settings, upgrade=True)
        self._inspection: Inspection | None = None
        self.app = create_app(self.settings, keyring, database=self.database, clock=self.clock)
        config = uvicorn.Config(
            self.app,
            loop="asyncio",
            http=self.protocol,
            timeout_keep_alive=self.keep_alive_seconds,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for an ACK
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx2.Client(base_url=self.url, timeout=30)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the server did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(timeout=20)
        if self._inspection is not None:
            self._inspection.close()

    def command(self, *arguments: str, typed: str = "") -> CompletedProcess[str]:
        """What came of a `mudguard` command beside this server."""
        settings = self.settings
        return run(*arguments, data_dir=settings.data_dir, typed=typed, database_url=settings.database_url)

    def inspect(self) -> Inspection:
        """A second way into the database, to look at what the server keeps."""
        if self._inspection is None:
            self._inspection = Inspection(self.database.url)
        return self._inspection
