"""Where each microsecond of a 2FA setup goes: its parts, one after the other, in one process."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from benchmarks.mudguard_server import Mudguard
from benchmarks.works import SETUP
from mudguard.app import create_app
from mudguard.boot import prepare
from mudguard.clock import milliseconds
from mudguard.http import logs
from mudguard.rules import backup_codes, otpauth, qr, totp
from mudguard.services import Services
from mudguard.sign_in.bearer import Caller, Visitor
from mudguard.store import sessions

_REPEATS = 5
_AT_ONCE = 8


def measure(people: int, times: int, tell: Callable[[str], None]) -> None:
    """Processor time of each part, the least of five repeats."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, Path(os.devnull).open("w") as nowhere:
        server = Mudguard("Mudguard", Path(folder))
        server.make_ready(people)
        tokens = [_bearer(request) for request in server.prepare(SETUP, 1).requests]
        sys.stderr, real = nowhere, sys.stderr
        logs.configure(as_json=True)
        try:
            for name, microseconds in _parts(server, tokens, times).items():
                tell(f"{microseconds:7.0f} µs  {name}")
        finally:
            sys.stderr = real


def _parts(server: Mudguard, tokens: list[str], times: int) -> dict[str, float]:
    ring, database = prepare(server.settings)
    services = Services(server.settings, ring, database)
    now_ms = milliseconds()
    visitor = Visitor("127.0.0.1", "wrk", "5f2b9c0e7a1d4c36")
    callers = [Caller(services.tokens.read(token, now_ms=now_ms), visitor) for token in tokens[:times]]
    uris = [otpauth.uri(issuer="Shop", account=server.cast.email(0), secret=_secret()) for _ in range(times)]
    codes = backup_codes.new_set(secrets.randbelow)
    begin = services.two_factor.setup

    def read(number: int) -> None:
        services.sign_in.current(callers[number])

    def write(_number: int) -> None:
        database.transact(_nothing)

    def find(number: int) -> None:
        claims = callers[number].claims
        database.transact(lambda connection: sessions.find(connection, claims.person_id, claims.session_id))

    found = {
        "a QR code as modules": _least(times, lambda number: qr._matrix(uris[number])),  # noqa: SLF001  # a part by itself
        "the same as a PNG, base64": _least(times, lambda number: qr.data_uri(uris[number])),
        "ten backup codes": _least(times, lambda _: backup_codes.new_set(secrets.randbelow)),
        "secret and codes sealed": _least(times, lambda _: services.two_factor._sealed("p" * 24, bytes(20), codes)),  # noqa: SLF001
        "an access token seen before": _least(times, lambda _: services.tokens.read(tokens[0], now_ms=now_ms)),
        "one that is new": _least(times, lambda number: services.tokens._verified(tokens[number])),  # noqa: SLF001
        "session and person read": _least(times, read),
        "an empty transaction": _least(times, write),
        "session and person read in one": _least(times, find),
        "a setup by itself, without HTTP": _least(times, lambda number: begin(callers[number])),
        f"{_AT_ONCE} of them at once, each": _at_once(times, lambda number: begin(callers[number])),
    }
    app = create_app(server.settings, ring, database=database)
    found[f"{_AT_ONCE} requests at once to the application, each"] = asyncio.run(_requests(app, tokens[:times]))
    database.close()
    return found


def _least(times: int, part: Callable[[int], Any]) -> float:
    def once() -> None:
        for number in range(times):
            part(number)

    return _least_of(times, once)


def _at_once(times: int, part: Callable[[int], Any]) -> float:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return _least_of(times, lambda: list(pool.map(part, range(times))))


def _least_of(times: int, once: Callable[[], Any]) -> float:
    took = []
    for _ in range(_REPEATS):
        begun = time.process_time()
        once()
        took.append(time.process_time() - begun)
    return min(took) / times * 1e6


async def _requests(app: Any, tokens: list[str]) -> float:
    async def send(numbers: range) -> None:
        for number in numbers:
            await _request(app, tokens[number])

    took = []
    for _ in range(_REPEATS):
        begun = time.process_time()
        await asyncio.gather(*(send(range(first, len(tokens), _AT_ONCE)) for first in range(_AT_ONCE)))
        took.append(time.process_time() - begun)
    return min(took) / len(tokens) * 1e6


async def _request(app: Any, token: str) -> None:
    path = "/api/users/2fa/setup"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(b"host", b"x"), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise SystemExit(f"a setup was answered by {message['status']}")

    await app(scope, receive, send)


def _bearer(request: bytes) -> str:
    return request.partition(b"Bearer ")[2].partition(b"\r\n")[0].decode()


def _secret() -> str:
    return totp.base32(secrets.token_bytes(totp.SECRET_BYTES))


def _nothing(_connection: Connection) -> None:
    """Work that does nothing."""
