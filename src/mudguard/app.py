"""The composition root: settings in, application out. The only room that knows all the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI

from mudguard import __version__
from mudguard.clock import milliseconds
from mudguard.http import errors, health, openapi
from mudguard.http.credentials import PersonOnly, PersonOrKey
from mudguard.http.limits import AddressLimits
from mudguard.http.middleware import Origins, Passage
from mudguard.http.visitors import Visitors
from mudguard.http.workers import Workers
from mudguard.portal import routes as portal
from mudguard.projects.access import Access
from mudguard.projects.keys import ApiKeyService
from mudguard.projects.routes import api_key_router, project_router
from mudguard.projects.service import ProjectService
from mudguard.security.common_passwords import common_passwords
from mudguard.security.hashing import BackupCodeHasher, Passwords
from mudguard.security.keyring import Keyring
from mudguard.security.sealing import Seal
from mudguard.security.tokens import AccessTokens
from mudguard.settings import Settings
from mudguard.sign_in.bearer import Gate
from mudguard.sign_in.passwords import PasswordProof
from mudguard.sign_in.registration import RegistrationService
from mudguard.sign_in.routes import router as sign_in_router
from mudguard.sign_in.service import SignInService
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database, DatabaseUnavailableError
from mudguard.store.instance import audit_key
from mudguard.store.removal import sweep
from mudguard.two_factor.codes import CodeProof
from mudguard.two_factor.routes import router as two_factor_router
from mudguard.two_factor.service import TwoFactorService
from mudguard.users.administration import Administration
from mudguard.users.routes import router as users_router
from mudguard.users.service import UserService

SWEEP_SECONDS = 600

log = structlog.get_logger(__name__)


class Services:
    """The services, wired to one database and key ring."""

    def __init__(
        self, settings: Settings, keyring: Keyring, database: Database, *, clock: Callable[[], int] = milliseconds
    ) -> None:
        lifetimes = settings.lifetimes
        seal = Seal(keyring)
        self.database = database
        self.keyring = keyring
        hasher = Passwords(settings.hash_cost)
        code_hasher = BackupCodeHasher(settings.hash_cost)
        passwords = PasswordProof(hasher)
        codes = CodeProof(seal, code_hasher)
        self.trail = AuditTrail(lambda connection: audit_key(connection, seal))
        gate = Gate(database=database, trail=self.trail, clock=clock, lifetimes=lifetimes)
        access = Access(gate=gate, database=database, clock=clock)
        self.tokens = AccessTokens(
            keyring,
            algorithm=settings.token_algorithm,
            issuer=settings.public_url,
            audience=settings.token_audience,
            lifetime=settings.access_token_seconds,
        )
        self.sign_in = SignInService(
            gate=gate,
            database=database,
            tokens=self.tokens,
            passwords=passwords,
            codes=codes,
            clock=clock,
            lifetimes=lifetimes,
        )
        self.registration = RegistrationService(
            gate=gate,
            database=database,
            hasher=hasher,
            sign_in=self.sign_in,
            common_passwords=common_passwords(),
            clock=clock,
        )
        self.two_factor = TwoFactorService(
            gate=gate,
            seal=seal,
            hasher=code_hasher,
            passwords=passwords,
            codes=codes,
            clock=clock,
            lifetimes=lifetimes,
            setup_returns_backup_codes=settings.setup_returns_backup_codes,
        )
        self.users = UserService(
            gate=gate,
            hasher=hasher,
            passwords=passwords,
            codes=codes,
            common_passwords=common_passwords(),
            clock=clock,
        )
        self.administration = Administration(
            gate=gate, database=database, hasher=hasher, common_passwords=common_passwords(), clock=clock
        )
        self.projects = ProjectService(database=database, access=access, clock=clock)
        self.api_keys = ApiKeyService(database=database, access=access, clock=clock)


def create_app(
    settings: Settings, keyring: Keyring, *, database: Database, clock: Callable[[], int] = milliseconds
) -> FastAPI:
    """The application. It expects a database whose schema is up to date, and closes it at the end."""
    services = Services(settings, keyring, database, clock=clock)
    workers = Workers()
    visitors = Visitors(settings.trusted_proxies)
    limits = AddressLimits(enabled=settings.ip_limits == "on", shared_url=settings.valkey_url)
    person = PersonOnly(
        tokens=services.tokens,
        visitors=visitors,
        workers=workers,
        is_key_in_force=services.api_keys.is_in_force,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep_now_and_then(database, settings, workers, clock))
        yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        await limits.close()
        workers.close()
        database.close()

    app = FastAPI(
        title="Mudguard",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.clock = clock
    errors.install(app)
    routers = (
        two_factor_router(services.two_factor, person=person, workers=workers),
        users_router(services.users, services.sign_in, person=person, workers=workers),
        sign_in_router(
            services.sign_in, services.registration, person=person, workers=workers, limits=limits, visitors=visitors
        ),
        project_router(services.projects, person=person, person_or_key=PersonOrKey(person), workers=workers),
        api_key_router(services.api_keys, person=person, workers=workers),
        health.router(database=database, tokens=services.tokens, workers=workers, clock=clock),
    )
    for router in routers:  # flat, not nested: one look-up a request, and 405 can say all methods of a path
        app.router.routes.extend(router.routes)
    if settings.docs == "on":
        openapi.serve(app)
        portal.serve(app, address=settings.public_url.rstrip("/"), edit_url=settings.docs_edit_url)
    if settings.cors_origins:
        app.add_middleware(
            Origins,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type"],
            expose_headers=["X-Request-Id", "Retry-After", "WWW-Authenticate"],
        )
    app.add_middleware(Passage)
    return app


async def _sweep_now_and_then(
    database: Database, settings: Settings, workers: Workers, clock: Callable[[], int]
) -> None:
    while True:
        try:
            await workers.run(sweep, database, now_ms=clock(), lifetimes=settings.lifetimes)
        except DatabaseUnavailableError as error:
            log.warning("sweep put off", reason=str(error))
        await asyncio.sleep(SWEEP_SECONDS)
