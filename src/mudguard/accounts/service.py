"""What people do with their own account: profile, password, export, erasure."""

from collections.abc import Container
from dataclasses import dataclass

from mudguard.authn.callers import Caller
from mudguard.authn.proofs import Proof, ProofChecks
from mudguard.authn.session_guard import SessionGuard
from mudguard.authn.turns import one_at_a_time
from mudguard.rules import passwords
from mudguard.rules.events import Event, EventType
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.roles import Role
from mudguard.security.hashing import PasswordHasher
from mudguard.store import api_keys, audit, challenges, organizations, people, projects, sessions, two_factor
from mudguard.store.api_keys import ApiKey
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.sessions import ActiveSession


@dataclass(frozen=True, slots=True)
class Export:
    """All data about a person, without hashes and secrets."""

    exported_at: int
    person: Person
    projects: list[Project]
    api_keys: list[ApiKey]


class UserService:
    """The operations of a person on their own account."""

    def __init__(
        self, *, guard: SessionGuard, database: Database, hasher: PasswordHasher, proofs: ProofChecks,
        common_passwords: Container[str],
    ) -> None:  # fmt: skip
        self._guard = guard
        self._database = database
        self._hasher = hasher
        self._proofs = proofs
        self.turns = proofs.turns
        self._common_passwords = common_passwords

    async def me(self, caller: Caller) -> Person | Refused:
        """The caller."""
        found = await self._guard.read(caller)
        return found if isinstance(found, Refused) else found.person

    async def update(
        self, caller: Caller, *, first_name: str | None, last_name: str | None, avatar: str | None
    ) -> Person | Refused:
        """Change the profile. None leaves a field as it is; an empty avatar removes the avatar."""
        changes = {"first_name": first_name, "last_name": last_name, "avatar": avatar}
        given: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
        if avatar == "":
            given["avatar"] = None

        async def change_profile(connection: Connection, found: ActiveSession) -> Person:
            await people.change(connection, found.person.id, updated_at=self._guard.now_ms(), **given)
            return await people.find(connection, found.person.id) or found.person

        return await self._guard.run_audited(caller, EventType.PROFILE_UPDATE, change_profile)

    @one_at_a_time
    async def change_password(self, caller: Caller, *, current: str, new: str) -> Refused | None:
        """Set a new password. End all other sessions, and all sign-ins that wait for a second factor."""
        proof = await self._proofs.of_caller(caller, password=current)
        if isinstance(proof, Refused):
            return proof
        objection = self._objection(proof.email, current=current, new=new)
        new_hash = await self._hasher.hash(new) if proof.password_is_right and not objection else None

        async def replace_password(connection: Connection, found: ActiveSession) -> Refused | None:
            refused = await proof.record_password(connection, found.person)
            if refused or new_hash is None:
                return refused or Refused(ErrorCode.VALIDATION_ERROR, details={"newPassword": objection})
            await people.change_password(connection, found.person, new_hash, now_ms=self._guard.now_ms())
            await sessions.revoke_all(connection, found.person.id, but=found.session.id)
            return None

        return await self._guard.run_audited(caller, EventType.PASSWORD_CHANGE, replace_password)

    async def export(self, caller: Caller) -> Export | Refused:
        """Everything about the caller (GDPR article 15)."""
        async with self._database.reading_at_length() as connection:
            found = await self._guard.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            person = found.person
            return Export(
                exported_at=self._guard.now_ms(),
                person=person,
                projects=await projects.of_organization(connection, person.org_id) if person.org_id else [],
                api_keys=await api_keys.made_by(connection, person.id),
            )

    async def security_events(
        self, caller: Caller, *, before: tuple[int, str] | None, most: int
    ) -> list[Event] | Refused:
        """What happened to the caller's account, the newest first."""
        async with self._database.reading_at_length() as connection:
            found = await self._guard.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            return await audit.events(connection, audit.Filter(person_id=found.person.id, before=before), most=most)

    @one_at_a_time
    async def erase(self, caller: Caller, *, password: str, token: str) -> Person | Refused:
        """Erase the caller (GDPR article 17), at once and for good. With 2FA on, a code is needed too.

        Refuses with `CONFLICT` the only owner of an organisation that has other people or projects.
        """
        proof = await self._proofs.of_caller(caller, password=password, code=token)
        if isinstance(proof, Refused):
            return proof

        async def erase_account(connection: Connection, found: ActiveSession) -> Person | Refused:
            person = found.person
            refused = await proof.record_password(connection, person)
            if refused:
                return refused
            orphaned = await _organization_left_without_owner(connection, person)
            if isinstance(orphaned, Refused):
                return orphaned
            if person.two_factor_enabled:
                refused = await _record_code(connection, person, proof)
                if refused:
                    return refused
            await self._erase(connection, person)
            if orphaned:
                await organizations.remove(connection, orphaned)
            return person

        factor = proof.factor if proof.is_on else None
        return await self._guard.run_audited(caller, EventType.ACCOUNT_ERASE, erase_account, factor=factor)

    async def _erase(self, connection: Connection, person: Person) -> None:
        await sessions.revoke_all(connection, person.id)
        await challenges.drop_all(connection, person.id)
        await api_keys.deactivate_made_by(connection, person.id)
        await people.erase(connection, person, now_ms=self._guard.now_ms())

    def _objection(self, email: str, *, current: str, new: str) -> str | None:
        if new == current:
            return "Choose a password other than the current one."
        return passwords.objection(new, email=email, common=self._common_passwords)


async def _record_code(connection: Connection, person: Person, proof: Proof) -> Refused | None:
    if proof.code is None:
        return Refused(
            ErrorCode.INVALID_TWO_FACTOR_CODE,
            "Two-factor authentication is on: send a code of your authenticator, or a backup code, as totpToken.",
        )
    return await proof.record_code(connection, await two_factor.lock(connection, person.id))


async def _organization_left_without_owner(connection: Connection, person: Person) -> str | Refused | None:
    """The organisation to remove with its only operator; None if an owner stays or there is none; else a refusal."""
    if person.org_id is None or person.role is not Role.OWNER:
        return None
    others = [other for other in await people.of_organization(connection, person.org_id) if other.id != person.id]
    if any(other.role is Role.OWNER for other in others):
        return None
    if others or await projects.of_organization(connection, person.org_id):
        return Refused(
            ErrorCode.CONFLICT,
            "You are the only owner of an organisation that is in use. Delete its projects, and make another operator "
            "its owner or remove them, then erase your account.",
            extra={"soleOwnedOrgs": [person.org_id]},
        )
    return person.org_id
