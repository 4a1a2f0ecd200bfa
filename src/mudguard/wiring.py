"""The services, wired to one database and key ring. It loads no framework, so that commands start fast."""

from mudguard.accounts.administration import Administration
from mudguard.accounts.service import UserService
from mudguard.authn.clock import Clock, milliseconds
from mudguard.authn.codes import CodeChecker
from mudguard.authn.passwords import PasswordChecker
from mudguard.authn.proofs import ProofChecks
from mudguard.authn.session_guard import SessionGuard
from mudguard.factors.service import TwoFactorService
from mudguard.projects.access import Access
from mudguard.projects.keys import ApiKeyService
from mudguard.projects.service import ProjectService
from mudguard.security.common_passwords import common_passwords
from mudguard.security.field_cipher import FieldCipher
from mudguard.security.hashing import BackupCodeHasher, PasswordHasher
from mudguard.security.hashing_pool import HashingPool
from mudguard.security.keyring import Keyring
from mudguard.security.tokens import AccessTokens
from mudguard.settings import Settings
from mudguard.sign_in.issuing import SessionIssuer
from mudguard.sign_in.registration import RegistrationService
from mudguard.sign_in.service import SignInService
from mudguard.sign_in.sessions import SessionService
from mudguard.store.audit import AuditTrail
from mudguard.store.database import Database
from mudguard.store.instance import audit_key


class Services:
    """The services, wired to one database and key ring."""

    def __init__(
        self, settings: Settings, keyring: Keyring, database: Database, *, clock: Clock = milliseconds
    ) -> None:
        lifetimes = settings.lifetimes
        cipher = FieldCipher(keyring)
        self.database = database
        self.keyring = keyring
        self.hashing = HashingPool()
        hasher = PasswordHasher(settings.argon2, self.hashing)
        code_hasher = BackupCodeHasher(settings.argon2, self.hashing)
        self.trail = AuditTrail(lambda connection: audit_key(connection, cipher))
        guard = SessionGuard(database=database, trail=self.trail, lifetimes=lifetimes, clock=clock)
        proofs = ProofChecks(
            guard=guard,
            database=database,
            passwords=PasswordChecker(hasher, database),
            codes=CodeChecker(cipher, code_hasher),
        )
        access = Access(guard=guard, database=database)
        self.tokens = AccessTokens(
            keyring,
            algorithm=settings.token_algorithm,
            issuer=settings.public_url,
            audience=settings.token_audience,
            lifetime=settings.access_token_seconds,
        )
        issuer = SessionIssuer(guard, self.tokens)
        self.sign_in = SignInService(guard=guard, database=database, proofs=proofs, issuer=issuer, lifetimes=lifetimes)
        self.sessions = SessionService(guard=guard, database=database, issuer=issuer)
        self.registration = RegistrationService(
            guard=guard, database=database, hasher=hasher, issuer=issuer, common_passwords=common_passwords()
        )
        self.two_factor = TwoFactorService(
            guard=guard,
            database=database,
            cipher=cipher,
            hasher=code_hasher,
            proofs=proofs,
            lifetimes=lifetimes,
            setup_returns_backup_codes=settings.setup_returns_backup_codes,
        )
        self.users = UserService(
            guard=guard, database=database, hasher=hasher, proofs=proofs, common_passwords=common_passwords()
        )
        self.administration = Administration(
            guard=guard, database=database, hasher=hasher, common_passwords=common_passwords()
        )
        self.projects = ProjectService(database=database, access=access)
        self.api_keys = ApiKeyService(database=database, access=access)

    async def close(self) -> None:
        """Finish running work, and close threads and connections."""
        await self.database.close()
        self.hashing.close()
