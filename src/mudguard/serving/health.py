"""The server's health, for people and load balancers, and its public keys, for clients that verify tokens."""

import time

from mudguard import __version__
from mudguard.authn.callers import Visitor
from mudguard.authn.clock import Clock
from mudguard.security.tokens import AccessTokens
from mudguard.store import instance
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.web.access import ANYONE
from mudguard.web.answers import ResponseModel, Timestamp, timestamp
from mudguard.web.inputs import NOTHING
from mudguard.web.operations import Call, Operations


class HealthChecks:
    """The server's dependencies and its uptime."""

    def __init__(self, *, database: Database, tokens: AccessTokens, clock: Clock) -> None:
        self.tokens = tokens
        self.clock = clock
        self._database = database
        self._started = time.monotonic()

    async def has_database(self) -> bool:
        """Whether the database answers."""
        return await instance.is_reachable(self._database)

    def uptime(self) -> int:
        """Seconds since the start."""
        return int(time.monotonic() - self._started)


class Services(ResponseModel):
    """The state of the server's dependencies."""

    database: str


class Health(ResponseModel):
    """The state of the server."""

    status: str
    timestamp: Timestamp
    services: Services
    version: str
    uptime: int


class Liveness(ResponseModel):
    """Whether the process answers, or is ready for requests."""

    status: str


class JsonWebKeySet(ResponseModel):
    """The public keys that verify access tokens (RFC 7517)."""

    keys: list[dict[str, str]]


operations: Operations[HealthChecks] = Operations("health")


@operations.add(
    "GET", "/health", id="healthCheck", access=ANYONE, takes=NOTHING,
    summary="Health check",
    description="The state of the server and its database. Always 200: `status` is `unhealthy` while the database is "
    "away.",
    answered="The state",
    example={
        "status": "healthy",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "services": {"database": "healthy"},
        "version": "0.1.0",
        "uptime": 3600,
    },
)  # fmt: skip
async def health(checks: HealthChecks, _call: Call[Visitor, None]) -> Health:
    state = "healthy" if await checks.has_database() else "unhealthy"
    return Health(
        status=state,
        timestamp=timestamp(checks.clock()),
        services=Services(database=state),
        version=__version__,
        uptime=checks.uptime(),
    )


@operations.add(
    "GET", "/livez", id="liveness", access=ANYONE, takes=NOTHING,
    summary="Liveness",
    description="Whether the process answers at all; restart it if not.",
    answered="It does",
    example={"status": "ok"},
)  # fmt: skip
async def liveness(_checks: HealthChecks, _call: Call[Visitor, None]) -> Liveness:
    return Liveness(status="ok")


@operations.add(
    "GET", "/readyz", id="readiness", access=ANYONE, takes=NOTHING,
    summary="Readiness",
    description="Whether the server can do its work now; 503 keeps traffic away until it can.",
    answered="It can",
    example={"status": "ok"},
)  # fmt: skip
async def readiness(checks: HealthChecks, _call: Call[Visitor, None]) -> Liveness:
    if not await checks.has_database():
        raise DatabaseUnavailableError("not reachable")
    return Liveness(status="ok")


@operations.add(
    "GET", "/.well-known/jwks.json", id="jsonWebKeySet", access=ANYONE, takes=NOTHING,
    summary="Keys that verify access tokens",
    description="For services that check tokens themselves. Empty with HS256, whose key is secret.",
    answered="The key set",
    example={"keys": []},
)  # fmt: skip
async def key_set(checks: HealthChecks, _call: Call[Visitor, None]) -> JsonWebKeySet:
    return JsonWebKeySet(keys=checks.tokens.public_keys())
