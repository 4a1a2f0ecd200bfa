"""A server that a request can kill: a header says at which of its statements the process gets its kill -9.

Run as a program it makes everything ready once, then forks a process that serves, and another one each time that one
dies. Statement by statement would take minutes if each death cost a start.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import httpx2
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mudguard.store.postgresql.connection import PostgresqlConnection
from mudguard.store.sqlite.connection import ShortReader, SqliteConnection
from mudguard.store.sqlite.writer import Writer
from tests.support.clock import Clock
from tests.support.processes import PATIENCE_SECONDS, environment

KILL_AT = "X-Kill-At"

_STEPS = [
    *((kind, name) for kind in (SqliteConnection, ShortReader) for name in ("_rows",)),
    (SqliteConnection, "execute"),
    (Writer, "_commit"),
    *((PostgresqlConnection, name) for name in ("_executed", "run_together", "run_many", "commit")),
]
"""Where a server does something to its database, one after the other."""


class MortalServer:
    """The program in a process of its own."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.clock = Clock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.mortal"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(data_dir, **settings),
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self.client = httpx2.Client(
            base_url=self.url, timeout=PATIENCE_SECONDS, headers={"Connection": "close"}
        )  # a kept connection could be that of a process that died
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def survives(self, method: str, path: str, *, kill_at: int, **options: object) -> httpx2.Response | None:
        """The answer to a request during which the server dies at statement `kill_at`; None if it did die."""
        headers = {**options.pop("headers", {}), KILL_AT: str(kill_at)}  # type: ignore[dict-item]  # headers are a dict
        try:
            return self.client.request(method, path, headers=headers, **options)  # type: ignore[arg-type]  # as given
        except httpx2.TransportError:
            return None


class _Countdown:
    """Kills this process at a chosen statement, commit or answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._left = 0
        for owner, name in _STEPS:
            setattr(owner, name, self._stepped(getattr(owner, name)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope.get("headers", ()):
            if name.decode() == KILL_AT.lower():
                self._left = int(value)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._step()
                self._left = 0
            await send(message)

        await self._app(scope, receive, answer)

    def _stepped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, with a step before it."""

        def step_and_call(*arguments: Any, **named: Any) -> Any:
            self._step()
            return call(*arguments, **named)

        return step_and_call

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Serve, and go on serving, until SIGTERM."""
    from mudguard.serving import boot  # noqa: PLC0415  # only the program needs the server
    from mudguard.serving.application import create_app  # noqa: PLC0415

    settings = boot.load_settings()
    ring, database = boot.prepare(settings, upgrade=True)
    app = _Countdown(create_app(settings, ring, database=database))
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    child = 0

    def end(_number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os._exit(0)

    while True:
        child = os.fork()
        if child == 0:
            config = uvicorn.Config(app, loop="asyncio", log_config=None, access_log=False, ws="none")
            uvicorn.Server(config).run(sockets=[listener])
            return
        signal.signal(signal.SIGTERM, end)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
