"""The services, wired to one database and key ring. They know no framework, so that commands start swiftly."""

from collections.abc import Callable

from mudguard.clock import milliseconds
from mudguard.projects.access import Access
from mudguard.projects.keys import ApiKeyService
from mudguard.projects.service import ProjectService
from mudguard.security.common_passwords import common_passwords
from mudguard.security.hashing import BackupCodeHasher, Passwords
from mudguard.security.hashing_pool import HashingPool
from mudguard.security.keyring import Keyring
from mudguard.security.sealing import Seal
from mudguard.security.tokens import AccessTokens
from mudguard.settings import Settings
from mudguard.sign_in.bearer import Gate
from mudguard.sign_in.passwords import PasswordProof
from mudguard.sign_in.registration import RegistrationService
from mudguard.sign_in.service import SignInService
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database
from mudguard.store.instance import audit_key
from mudguard.two_factor.codes import CodeProof
from mudguard.two_factor.service import TwoFactorService
from mudguard.users.administration import Administration
from mudguard.users.service import UserService


class Services:
    """The services, wired to one database and key ring."""

    def __init__(
        self, settings: Settings, keyring: Keyring, database: Database, *, clock: Callable[[], int] = milliseconds
    ) -> None:
        lifetimes = settings.lifetimes
        seal = Seal(keyring)
        self.database = database
        self.keyring = keyring
        self.hashing = HashingPool()
        hasher = Passwords(settings.hash_cost, self.hashing)
        code_hasher = BackupCodeHasher(settings.hash_cost, self.hashing)
        passwords = PasswordProof(hasher, database)
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
            database=database,
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
            database=database,
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

    async def close(self) -> None:
        """Finish what was begun, and let go of threads and connections."""
        await self.database.close()
        self.hashing.close()
