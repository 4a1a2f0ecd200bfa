"""The application: every operation, the documentation site, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from mudguard.accounts import routes as accounts
from mudguard.authn.clock import Clock, milliseconds
from mudguard.docs import routes as docs
from mudguard.factors import routes as factors
from mudguard.projects import key_routes as api_keys
from mudguard.projects import routes as projects
from mudguard.security.keyring import Keyring
from mudguard.serving import health
from mudguard.serving.health import HealthChecks
from mudguard.settings import Settings
from mudguard.sign_in import routes as sign_in
from mudguard.sign_in import session_routes as sessions
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.removal import sweep
from mudguard.web import errors
from mudguard.web.access import AccessChecks
from mudguard.web.middleware import CorsMiddleware, RequestMiddleware
from mudguard.web.operations import Operation
from mudguard.web.rate_limits import AddressLimits
from mudguard.web.visitors import Visitors
from mudguard.wiring import Services

SWEEP_SECONDS = 600

OPERATIONS: tuple[Operation, ...] = (
    *factors.operations,
    *accounts.operations,
    *sessions.account_sessions,
    *sign_in.sign_up,
    *sign_in.sign_in,
    *sessions.sessions,
    *projects.operations,
    *api_keys.operations,
    *health.operations,
)
"""All operations, in the order of the documentation."""

log = structlog.get_logger(__name__)


def create_app(settings: Settings, keyring: Keyring, *, database: Database, clock: Clock = milliseconds) -> Starlette:
    """The application. The database's schema must be up to date. The application closes the database at the end."""
    services = Services(settings, keyring, database, clock=clock)
    limits = AddressLimits(enabled=settings.ip_limits == "on", shared_url=settings.valkey_url)
    checks = AccessChecks(
        tokens=services.tokens,
        visitors=Visitors(settings.trusted_proxies),
        limits=limits,
        is_key_in_force=services.api_keys.is_in_force,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep_regularly(database, settings, clock))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await limits.close()
            await services.close()

    routes = [
        *factors.operations.routes(services.two_factor, checks),
        *accounts.operations.routes(services.users, checks),
        *sessions.account_sessions.routes(services.sessions, checks),
        *sign_in.sign_up.routes(services.registration, checks),
        *sign_in.sign_in.routes(services.sign_in, checks),
        *sessions.sessions.routes(services.sessions, checks),
        *projects.operations.routes(services.projects, checks),
        *api_keys.operations.routes(services.api_keys, checks),
        *health.operations.routes(HealthChecks(database=database, tokens=services.tokens, clock=clock), checks),
    ]
    if settings.docs == "on":
        routes += docs.routes(OPERATIONS, address=settings.public_url.rstrip("/"), edit_url=settings.docs_edit_url)
    app = Starlette(lifespan=lifespan, middleware=_middleware(settings), routes=routes)
    app.router.redirect_slashes = False
    app.state.clock = clock
    errors.install(app)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """The middleware, the outermost first."""
    every_request = Middleware(RequestMiddleware)
    if not settings.cors_origins:
        return [every_request]
    cors = Middleware(
        CorsMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type"],
        expose_headers=["X-Request-Id", "Retry-After", "WWW-Authenticate"],
    )
    return [every_request, cors]


async def _sweep_regularly(database: Database, settings: Settings, clock: Clock) -> None:
    while True:
        try:
            await sweep(database, now_ms=clock(), lifetimes=settings.lifetimes)
        except DatabaseUnavailableError as error:
            log.warning("sweep put off", reason=str(error))
        except Exception:  # the next sweep may succeed
            log.exception("unexpected error in the sweep")
        await asyncio.sleep(SWEEP_SECONDS)
