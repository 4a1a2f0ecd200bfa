"""Where each microsecond of a 2FA setup goes: its parts, one after the other, in one process, on SQLite."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop
from starlette.types import ASGIApp

from benchmarks.mudguard_server import Mudguard
from benchmarks.works import SETUP
from mudguard.accounts.presentation import user
from mudguard.accounts.schemas import CurrentUserResponse
from mudguard.authn.callers import Caller, Visitor
from mudguard.authn.clock import milliseconds
from mudguard.factors.schemas import TwoFASetupResponse
from mudguard.rules import backup_codes, otpauth, qr, totp
from mudguard.security.keyring import Keyring
from mudguard.serving import logs
from mudguard.serving.application import create_app
from mudguard.serving.boot import prepare
from mudguard.store import people, sessions
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.sqlite.file import DatabaseFile
from mudguard.web.answers import json_answer
from mudguard.wiring import Services

_REPEATS = 5
_AT_ONCE = 8

_WRITE = "UPDATE people SET updated_at = updated_at + 1 WHERE id = ?"
"""A row that changes; what stays the same is not written."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one time, in microseconds: what all threads spent of the processor, and what passed meanwhile."""

    processor: float
    elapsed: float


def measure(people: int, times: int, tell: Callable[[str], None]) -> None:
    """Processor time and elapsed time of each part, the least of five repeats."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, Path(os.devnull).open("w") as nowhere:
        server = Mudguard("Mudguard", Path(folder))
        server.make_ready(people)
        tokens = [_bearer(request) for request in server.prepare(SETUP, 1).requests]
        ring, database = prepare(server.settings)
        sys.stderr, real = nowhere, sys.stderr
        logs.configure(as_json=True)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found = runner.run(_parts(server, ring, database, tokens[:times]))
        finally:
            sys.stderr = real
    tell("processor  elapsed")
    for name, cost in found.items():
        tell(f"{cost.processor:6.0f} µs {cost.elapsed:5.0f} µs  {name}")


async def _parts(server: Mudguard, ring: Keyring, database: Database, tokens: Sequence[str]) -> dict[str, Cost]:
    services = Services(server.settings, ring, database)
    try:
        return {
            **await _pure(server, services, tokens),
            **await _of_database(server, services, tokens),
            **await _of_web(server, ring, services, tokens),
        }
    finally:
        await services.close()


async def _pure(server: Mudguard, services: Services, tokens: Sequence[str]) -> dict[str, Cost]:
    """What is computed."""
    times = len(tokens)
    now_ms = milliseconds()
    uris = [otpauth.uri(issuer="Shop", account=server.cast.email(0), secret=_secret()) for _ in range(times)]
    codes = backup_codes.new_set(secrets.randbelow)
    encrypted = services.two_factor._encrypted  # noqa: SLF001  # a part by itself, as are those below
    return {
        "a QR code as modules": await _computed(times, lambda number: qr._matrix(uris[number])),  # noqa: SLF001
        "the same as a PNG, base64": await _computed(times, lambda number: qr.data_uri(uris[number])),
        "ten backup codes": await _computed(times, lambda _: backup_codes.new_set(secrets.randbelow)),
        "secret and codes encrypted": await _computed(times, lambda _: encrypted("p" * 24, bytes(20), codes)),
        "an access token seen before": await _computed(times, lambda _: services.tokens.read(tokens[0], now_ms=now_ms)),
        "one that is new": await _computed(times, lambda number: services.tokens._verified(tokens[number])),  # noqa: SLF001
    }


async def _of_database(server: Mudguard, services: Services, tokens: Sequence[str]) -> dict[str, Cost]:
    """What is read and written."""
    times, database = len(tokens), services.database
    callers = _callers(services, tokens)

    async def nothing(_connection: Connection) -> None:
        pass

    async def find(number: int) -> None:
        claims = callers[number].claims

        async def found(connection: Connection) -> None:
            await sessions.find(connection, claims.person_id, claims.session_id)

        await database.transact(found)

    async def write(number: int) -> None:
        async def change(connection: Connection) -> None:
            await people.change(connection, callers[number].claims.person_id, updated_at=milliseconds())

        await database.transact(change)

    def read(number: int) -> Awaitable[Any]:
        return services.sessions.current(callers[number])

    def begin(number: int) -> Awaitable[Any]:
        return services.two_factor.setup(callers[number])

    at_once = f"{_AT_ONCE} of them at once, each"
    return {
        "session and person read (short read)": await _one_by_one(times, read),
        "an empty transaction": await _one_by_one(times, lambda _: database.transact(nothing)),
        "session and person read in one": await _one_by_one(times, find),
        "a commit of one row, without its statements": _commit(server, callers),
        "a transaction of one row": await _one_by_one(times, write),
        f"{at_once} (a transaction of one row)": await _gathered(times, write),
        "a setup by itself, without HTTP": await _one_by_one(times, begin),
        f"{at_once} (a setup)": await _gathered(times, begin),
    }


async def _of_web(server: Mudguard, ring: Keyring, services: Services, tokens: Sequence[str]) -> dict[str, Cost]:
    """What HTTP adds, without its server."""
    times = len(tokens)
    caller = _callers(services, tokens)[0]
    enrolment: Any = await services.two_factor.setup(caller)
    found: Any = await services.sessions.current(caller)
    log = structlog.get_logger("mudguard.requests")
    app = create_app(server.settings, ring, database=services.database)

    def line(_number: int) -> None:
        log.info(
            "request", method="POST", route="/api/users/2fa/setup", status=200, ms=1.2, request_id="5f2b9c0e7a1d4c36",
            person_id=caller.claims.person_id,
        )  # fmt: skip

    def setup_answer(_number: int) -> None:
        json_answer(
            TwoFASetupResponse(
                secret=enrolment.secret, qr_code=enrolment.qr_code, manual_entry_key=enrolment.manual_entry_key,
                backup_codes=enrolment.backup_codes,
            )
        )  # fmt: skip

    def person_answer(_number: int) -> None:
        json_answer(CurrentUserResponse(user=user(found.person)))

    def ask(number: int) -> Awaitable[None]:
        return _request(app, "GET", "/api/users/me", tokens[number])

    def set_up(number: int) -> Awaitable[None]:
        return _request(app, "POST", "/api/users/2fa/setup", tokens[number])

    return {
        "a line of the log": await _computed(times, line),
        "a setup's answer as JSON": await _computed(times, setup_answer),
        "a person's answer as JSON": await _computed(times, person_answer),
        f"{_AT_ONCE} reads at once by the application, each": await _gathered(times, ask),
        f"{_AT_ONCE} setups at once by the application, each": await _gathered(times, set_up),
    }


def _callers(services: Services, tokens: Sequence[str]) -> list[Caller]:
    visitor, now_ms = Visitor("127.0.0.1", "wrk", "5f2b9c0e7a1d4c36"), milliseconds()
    return [Caller(services.tokens.read(token, now_ms=now_ms), visitor) for token in tokens]


async def _computed(times: int, part: Callable[[int], Any]) -> Cost:
    async def once() -> None:
        for number in range(times):
            part(number)

    return await _least_of(times, once)


async def _one_by_one(times: int, part: Callable[[int], Awaitable[Any]]) -> Cost:
    async def once() -> None:
        for number in range(times):
            await part(number)

    return await _least_of(times, once)


async def _gathered(times: int, part: Callable[[int], Awaitable[Any]]) -> Cost:
    """With some at once, each of which begins its next when it is done."""

    async def some(first: int) -> None:
        for number in range(first, times, _AT_ONCE):
            await part(number)

    async def once() -> None:
        await asyncio.gather(*(some(first) for first in range(_AT_ONCE)))

    return await _least_of(times, once)


async def _least_of(times: int, once: Callable[[], Awaitable[None]]) -> Cost:
    took = []
    for _ in range(_REPEATS):
        processor, begun = time.process_time(), time.perf_counter()
        await once()
        took.append((time.process_time() - processor, time.perf_counter() - begun))
    return _least(times, took)


def _commit(server: Mudguard, callers: Sequence[Caller]) -> Cost:
    """`COMMIT` alone, which flushes the disk, on a connection like the writer's."""
    raw = DatabaseFile(server.settings.data_dir / "mudguard.db").open("wal_autocheckpoint=0", "busy_timeout=1000")
    took = []
    for _ in range(_REPEATS):
        processor = elapsed = 0.0
        for caller in callers:
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(_WRITE, (caller.claims.person_id,))
            before, begun = time.process_time(), time.perf_counter()
            raw.commit()
            elapsed += time.perf_counter() - begun
            processor += time.process_time() - before
        took.append((processor, elapsed))
    raw.close()
    return _least(len(callers), took)


def _least(times: int, took: Sequence[tuple[float, float]]) -> Cost:
    processor, elapsed = (min(seconds) / times * 1e6 for seconds in zip(*took, strict=True))
    return Cost(processor, elapsed)


async def _request(app: ASGIApp, method: str, path: str, token: str) -> None:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(b"host", b"x"), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message.get("status", 200) != 200:
            raise SystemExit(f"{method} {path} was answered by {message['status']}")

    await app(scope, receive, send)


def _bearer(request: bytes) -> str:
    return request.partition(b"Bearer ")[2].partition(b"\r\n")[0].decode()


def _secret() -> str:
    return totp.base32(secrets.token_bytes(totp.SECRET_BYTES))
