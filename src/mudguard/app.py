"""The composition root: settings in, application out. The only room that knows all the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from mudguard.clock import milliseconds
from mudguard.http import errors, health, openapi
from mudguard.http.credentials import PersonOnly, PersonOrKey
from mudguard.http.limits import AddressLimits
from mudguard.http.middleware import Origins, Passage
from mudguard.http.visitors import Visitors
from mudguard.portal import routes as portal
from mudguard.projects.routes import api_key_router, project_router
from mudguard.security.keyring import Keyring
from mudguard.services import Services
from mudguard.settings import Settings
from mudguard.sign_in.routes import router as sign_in_router
from mudguard.store.database import Database
from mudguard.store.faults import DatabaseUnavailableError
from mudguard.store.removal import sweep
from mudguard.two_factor.routes import router as two_factor_router
from mudguard.users.routes import router as users_router

SWEEP_SECONDS = 600

log = structlog.get_logger(__name__)


def create_app(
    settings: Settings, keyring: Keyring, *, database: Database, clock: Callable[[], int] = milliseconds
) -> Starlette:
    """The application. It expects a database whose schema is up to date, and closes it at the end."""
    services = Services(settings, keyring, database, clock=clock)
    visitors = Visitors(settings.trusted_proxies)
    limits = AddressLimits(enabled=settings.ip_limits == "on", shared_url=settings.valkey_url)
    person = PersonOnly(
        tokens=services.tokens,
        visitors=visitors,
        is_key_in_force=services.api_keys.is_in_force,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep_now_and_then(database, settings, clock))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            await limits.close()
            await services.close()

    app = Starlette(lifespan=lifespan, middleware=_middleware(settings))
    app.router.redirect_slashes = False
    app.state.clock = clock
    errors.install(app)
    routers = (
        two_factor_router(services.two_factor, person=person),
        users_router(services.users, services.sign_in, person=person),
        sign_in_router(services.sign_in, services.registration, person=person, limits=limits, visitors=visitors),
        project_router(services.projects, person=person, person_or_key=PersonOrKey(person)),
        api_key_router(services.api_keys, person=person),
        health.router(database=database, tokens=services.tokens, clock=clock),
    )
    for router in routers:  # flat, not nested: one look-up a request, and 405 can say all methods of a path
        app.router.routes.extend(router.routes)
    if settings.docs == "on":
        openapi.serve(app)
        portal.serve(app, address=settings.public_url.rstrip("/"), edit_url=settings.docs_edit_url)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outermost inwards."""
    passage = Middleware(Passage)
    if not settings.cors_origins:
        return [passage]
    origins = Middleware(
        Origins,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type"],
        expose_headers=["X-Request-Id", "Retry-After", "WWW-Authenticate"],
    )
    return [passage, origins]


async def _sweep_now_and_then(database: Database, settings: Settings, clock: Callable[[], int]) -> None:
    while True:
        try:
            await sweep(database, now_ms=clock(), lifetimes=settings.lifetimes)
        except DatabaseUnavailableError as error:
            log.warning("sweep put off", reason=str(error))
        except Exception:  # the next one may go through
            log.exception("unexpected error in the sweep")
        await asyncio.sleep(SWEEP_SECONDS)
