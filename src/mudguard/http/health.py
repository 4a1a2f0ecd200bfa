"""Whether the server is well: for people, for load balancers, for clients that verify tokens."""

import time
from collections.abc import Callable

from fastapi import APIRouter, Response

from mudguard import __version__
from mudguard.http.answers import Answer, Timestamp, answer, timestamp
from mudguard.http.operations import operation
from mudguard.http.routing import DirectRoute
from mudguard.security.tokens import AccessTokens
from mudguard.store import instance
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError


class Services(Answer):
    """The state of what the server stands on."""

    database: str


class Health(Answer):
    """The state of the server."""

    status: str
    timestamp: Timestamp
    services: Services
    version: str
    uptime: int


class Liveness(Answer):
    """Whether the process answers, or may be sent requests."""

    status: str


class JsonWebKeySet(Answer):
    """The public keys that verify access tokens (RFC 7517)."""

    keys: list[dict[str, str]]


def router(*, database: Database, tokens: AccessTokens, clock: Callable[[], int]) -> APIRouter:
    """Health, liveness, readiness, and the key set."""
    routes = APIRouter(tags=["health"], route_class=DirectRoute)
    started = time.monotonic()

    @routes.get(
        "/health",
        **operation(
            "healthCheck",
            "Health check",
            "The state of the server and its database. Always 200: `status` is `unhealthy` while the database is away.",
            answers=Health,
            answered="The state",
            example={
                "status": "healthy",
                "timestamp": "2026-01-02T03:04:05.000Z",
                "services": {"database": "healthy"},
                "version": "0.1.0",
                "uptime": 3600,
            },
        ),
    )
    async def health() -> Response:
        state = "healthy" if await instance.is_reachable(database) else "unhealthy"
        return answer(
            Health(
                status=state,
                timestamp=timestamp(clock()),
                services=Services(database=state),
                version=__version__,
                uptime=int(time.monotonic() - started),
            )
        )

    @routes.get(
        "/livez",
        **operation(
            "liveness", "Liveness", "Whether the process answers at all; restart it if not.",
            answers=Liveness, answered="It does", example={"status": "ok"},
        ),
    )  # fmt: skip
    async def liveness() -> Response:
        return answer(Liveness(status="ok"))

    @routes.get(
        "/readyz",
        **operation(
            "readiness", "Readiness", "Whether the server can do its work now; 503 keeps traffic away until it can.",
            answers=Liveness, answered="It can", example={"status": "ok"},
        ),
    )  # fmt: skip
    async def readiness() -> Response:
        if not await instance.is_reachable(database):
            raise DatabaseUnavailableError("not reachable")
        return answer(Liveness(status="ok"))

    @routes.get(
        "/.well-known/jwks.json",
        **operation(
            "jsonWebKeySet", "Keys that verify access tokens",
            "For services that check tokens themselves. Empty with HS256, whose key is secret.",
            answers=JsonWebKeySet, answered="The key set", example={"keys": []},
        ),
    )  # fmt: skip
    async def key_set() -> Response:
        return answer(JsonWebKeySet(keys=tokens.public_keys()))

    return routes
