"""Signing up: operators with a new organisation, people to a project."""

import secrets
from collections.abc import Container
from dataclasses import dataclass

from mudguard.authn.callers import COMMAND_LINE, Visitor
from mudguard.authn.session_guard import SessionGuard
from mudguard.projects.service import new_project
from mudguard.rules import passwords
from mudguard.rules.assurance import PASSWORD_ONLY
from mudguard.rules.events import EventType
from mudguard.rules.identity import slug
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.roles import Role, Status
from mudguard.security.hashing import PasswordHasher
from mudguard.security.ids import fresh_id
from mudguard.sign_in.issuing import SessionIssuer, SignedIn
from mudguard.store import organizations, people, projects
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.organizations import Organization
from mudguard.store.people import Person

FIRST_PROJECT = "First project"

_TAKEN = "An account with this e-mail address exists. Sign in, or use another address."


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person who wants an account."""

    email: str
    password: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new account that may not sign in yet. It waits for a verified e-mail address, or for approval."""

    person: Person
    waits_for_verification: bool


class RegistrationService:
    """Makes accounts."""

    def __init__(
        self, *, guard: SessionGuard, database: Database, hasher: PasswordHasher, issuer: SessionIssuer,
        common_passwords: Container[str],
    ) -> None:  # fmt: skip
        self._guard = guard
        self._database = database
        self._hasher = hasher
        self._issuer = issuer
        self._common_passwords = common_passwords

    async def register_operator(
        self, applicant: Applicant, *, org_name: str = "", visitor: Visitor
    ) -> SignedIn | Refused:
        """Make an operator, signed in, who owns a new organisation with a first project."""
        refused = self._weak(applicant)
        if refused:
            return refused
        password_hash = await self._hasher.hash(applicant.password)

        async def found_and_sign_in(connection: Connection) -> SignedIn | Refused:
            person = await self._founder(connection, applicant, password_hash, org_name, visitor)
            return (
                person
                if isinstance(person, Refused)
                else await self._issuer.begin(connection, person, PASSWORD_ONLY, visitor)
            )

        return await self._database.transact(found_and_sign_in)

    async def found_organization(self, applicant: Applicant, *, org_name: str = "") -> Person | Refused:
        """`register_operator` without signing in; for the command line."""
        refused = self._weak(applicant)
        if refused:
            return refused
        password_hash = await self._hasher.hash(applicant.password)

        async def found(connection: Connection) -> Person | Refused:
            return await self._founder(connection, applicant, password_hash, org_name, COMMAND_LINE)

        return await self._database.transact(found)

    async def register_person(
        self, project_id: str, applicant: Applicant, *, visitor: Visitor
    ) -> SignedIn | SignedUp | Refused:
        """Make a person of a project, signed in unless the project needs approval or a verified address first."""
        refused = self._weak(applicant)
        if refused:
            return refused
        password_hash = await self._hasher.hash(applicant.password)

        async def sign_up(connection: Connection) -> SignedIn | SignedUp | Refused:
            project = await projects.find(connection, project_id)
            if project is None:
                return Refused(ErrorCode.NOT_FOUND, "There is no project with this projectId. Check it in the console.")
            status = Status(project.settings["defaultUserAccountStatus"])
            now_ms = self._guard.now_ms()
            person = _person(
                applicant, password_hash, role=Role.VIEWER, project_id=project.id, now_ms=now_ms, status=status
            )
            if not await people.add(connection, person):
                return Refused(ErrorCode.CONFLICT, _TAKEN)
            await self._record(connection, person, visitor)
            waits_for_verification = bool(project.settings["requireEmailVerification"])
            if status is not Status.ACTIVE or waits_for_verification:
                return SignedUp(person, waits_for_verification)
            return await self._issuer.begin(connection, person, PASSWORD_ONLY, visitor)

        return await self._database.transact(sign_up)

    async def add_operator(self, applicant: Applicant, *, org_id: str, role: Role) -> Person | Refused:
        """Add an operator to an organisation; for the command line."""
        refused = self._weak(applicant)
        if refused:
            return refused
        password_hash = await self._hasher.hash(applicant.password)

        async def join(connection: Connection) -> Person | Refused:
            organization = await organizations.find(connection, org_id)
            if organization is None:
                return Refused(ErrorCode.NOT_FOUND, "There is no organisation with this id.")
            person = _person(
                applicant, password_hash, role=role, organization=organization, now_ms=self._guard.now_ms(),
                status=Status.ACTIVE,
            )  # fmt: skip
            if not await people.add(connection, person):
                return Refused(ErrorCode.CONFLICT, _TAKEN)
            await self._record(connection, person, COMMAND_LINE)
            return person

        return await self._database.transact(join)

    def _weak(self, applicant: Applicant) -> Refused | None:
        objection = passwords.objection(applicant.password, email=applicant.email, common=self._common_passwords)
        return Refused(ErrorCode.VALIDATION_ERROR, details={"password": objection}) if objection else None

    async def _founder(
        self, connection: Connection, applicant: Applicant, password_hash: str, org_name: str, visitor: Visitor
    ) -> Person | Refused:
        now_ms = self._guard.now_ms()
        name = org_name or f"{applicant.first_name}'s organization"
        organization = await self._new_organization(connection, name, now_ms=now_ms)
        person = _person(
            applicant, password_hash, role=Role.OWNER, organization=organization, now_ms=now_ms, status=Status.ACTIVE
        )
        if not await people.add(connection, person):
            return Refused(ErrorCode.CONFLICT, _TAKEN)
        await organizations.add(connection, organization)
        await projects.add(connection, new_project(organization.id, FIRST_PROJECT, slug(FIRST_PROJECT), now_ms=now_ms))
        await self._record(connection, person, visitor)
        return person

    async def _record(self, connection: Connection, person: Person, visitor: Visitor) -> None:
        actor = visitor.address if visitor is COMMAND_LINE else None
        await self._guard.record(connection, EventType.ACCOUNT_REGISTER, person, visitor, person, actor=actor)

    async def _new_organization(self, connection: Connection, name: str, *, now_ms: int) -> Organization:
        wanted = slug(name)
        if await organizations.slug_is_taken(connection, wanted):
            wanted = f"{wanted}-{secrets.token_hex(4)}"
        return Organization(fresh_id(now_ms), name, wanted, now_ms, now_ms)


def _person(
    applicant: Applicant, password_hash: str, *, role: Role, status: Status, now_ms: int,
    organization: Organization | None = None, project_id: str | None = None,
) -> Person:  # fmt: skip
    return Person(
        id=fresh_id(now_ms),
        org_id=organization.id if organization else None,
        project_id=project_id,
        role=role,
        custom_role=None,
        email=applicant.email,
        first_name=applicant.first_name,
        last_name=applicant.last_name,
        avatar=None,
        password_hash=password_hash,
        credentials_version=1,
        status=status,
        is_anonymous=False,
        email_verified=False,
        last_login_at=None,
        created_at=now_ms,
        updated_at=now_ms,
        org_name=organization.name if organization else None,
        org_slug=organization.slug if organization else None,
    )
