"""What people do with their own account: profile, password, export, erasure."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from mudguard.rules import passwords
from mudguard.rules.events import Event, EventType
from mudguard.rules.refusals import Code, Refused
from mudguard.rules.roles import Role
from mudguard.security.hashing import Passwords
from mudguard.sign_in.bearer import Caller, Gate
from mudguard.sign_in.passwords import PasswordProof, WeighedPassword
from mudguard.store import api_keys, audit, challenges, organizations, people, projects, sessions, two_factor
from mudguard.store.api_keys import ApiKey
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.projects import Project
from mudguard.store.sessions import ActiveSession
from mudguard.two_factor.codes import CodeProof, WeighedCode


@dataclass(frozen=True, slots=True)
class Export:
    """All that is kept about a person and may be handed out: no hashes, no secrets."""

    exported_at: int
    person: Person
    projects: list[Project]
    api_keys: list[ApiKey]


class UserService:
    """The operations of a person on their own account."""

    def __init__(
        self, *, gate: Gate, database: Database, hasher: Passwords, passwords: PasswordProof, codes: CodeProof,
        common_passwords: Container[str], clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._gate = gate
        self._database = database
        self._hasher = hasher
        self._passwords = passwords
        self._codes = codes
        self._common_passwords = common_passwords
        self._clock = clock

    async def me(self, caller: Caller) -> Person | Refused:
        """The caller."""
        found = await self._gate.read(caller)
        return found if isinstance(found, Refused) else found.person

    async def update(
        self, caller: Caller, *, first_name: str | None, last_name: str | None, avatar: str | None
    ) -> Person | Refused:
        """Change the profile; None leaves a field as it is, an empty avatar removes it."""
        changes = {"first_name": first_name, "last_name": last_name, "avatar": avatar}
        given: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
        if avatar == "":
            given["avatar"] = None

        async def change_profile(connection: Connection, found: ActiveSession) -> Person:
            await people.change(connection, found.person.id, updated_at=self._clock(), **given)
            return await people.find(connection, found.person.id) or found.person

        return await self._gate.run_audited(caller, EventType.PROFILE_UPDATE, change_profile)

    async def change_password(self, caller: Caller, *, current: str, new: str) -> Refused | None:
        """A new password. Every other session ends, and every sign-in that waits for its second factor."""
        seen = await self._gate.read(caller)
        if isinstance(seen, Refused):
            return seen
        weighed = await self._weigh_password(seen.person, current, caller)
        if isinstance(weighed, Refused):
            return weighed
        objection = self._objection(seen.person, current=current, new=new)
        new_hash = None if objection or not weighed.is_right else await self._hasher.hash(new)

        async def replace_password(connection: Connection, found: ActiveSession) -> Refused | None:
            refused = await self._settle_password(connection, found.person, weighed)
            if refused or new_hash is None:
                return refused or Refused(Code.VALIDATION_ERROR, details={"newPassword": objection})
            await people.change_password(connection, found.person, new_hash, now_ms=self._clock())
            await sessions.revoke_all(connection, found.person.id, but=found.session.id)
            return None

        return await self._gate.run_audited(caller, EventType.PASSWORD_CHANGE, replace_password)

    async def export(self, caller: Caller) -> Export | Refused:
        """Everything about the caller (GDPR article 15)."""
        async with self._database.reading_at_length() as connection:
            found = await self._gate.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            person = found.person
            return Export(
                exported_at=self._clock(),
                person=person,
                projects=await projects.of_organization(connection, person.org_id) if person.org_id else [],
                api_keys=await api_keys.made_by(connection, person.id),
            )

    async def security_events(
        self, caller: Caller, *, before: tuple[int, str] | None, most: int
    ) -> list[Event] | Refused:
        """What happened to the caller's account, the newest first."""
        async with self._database.reading_at_length() as connection:
            found = await self._gate.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            return await audit.events(connection, audit.Filter(person_id=found.person.id, before=before), most=most)

    async def erase(self, caller: Caller, *, password: str, token: str) -> Person | Refused:
        """Erase the caller (GDPR article 17), at once and for good; with 2FA on a code is needed too.

        The only owner of an organisation that others or projects depend on is refused with `CONFLICT`.
        """
        proofs = await self._password_and_code(caller, password, token)
        if isinstance(proofs, Refused):
            return proofs
        weighed_password, weighed_code = proofs

        async def erase_account(connection: Connection, found: ActiveSession) -> Person | Refused:
            person = found.person
            refused = await self._settle_password(connection, person, weighed_password)
            if refused:
                return refused
            orphaned = await _organization_left_without_owner(connection, person)
            if isinstance(orphaned, Refused):
                return orphaned
            if person.two_factor_enabled:
                refused = await self._settle_code(connection, person, weighed_code)
                if refused:
                    return refused
            await self._erase(connection, person)
            if orphaned:
                await organizations.remove(connection, orphaned)
            return person

        factor = weighed_code.factor if weighed_code else None
        return await self._gate.run_audited(caller, EventType.ACCOUNT_ERASE, erase_account, factor=factor)

    async def _password_and_code(
        self, caller: Caller, password: str, token: str
    ) -> tuple[WeighedPassword, WeighedCode | None] | Refused:
        async with self._database.reading() as connection:
            found = await self._gate.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            state = await two_factor.read(connection, found.person.id)
        wants_code = token and found.person.two_factor_enabled
        code = await self._codes.weigh(state, token, now_ms=self._clock()) if wants_code else None
        weighed = await self._weigh_password(found.person, password, caller)
        return weighed if isinstance(weighed, Refused) else (weighed, code)

    async def _weigh_password(self, person: Person, password: str, caller: Caller) -> WeighedPassword | Refused:
        return await self._passwords.weigh_of(person, password, address=caller.visitor.address, now_ms=self._clock())

    async def _settle_password(
        self, connection: Connection, person: Person, weighed: WeighedPassword
    ) -> Refused | None:
        return await self._passwords.settle(
            connection, weighed, person, wrong=Code.INVALID_PASSWORD, now_ms=self._clock()
        )

    async def _settle_code(self, connection: Connection, person: Person, weighed: WeighedCode | None) -> Refused | None:
        if weighed is None:
            return Refused(
                Code.INVALID_TWO_FACTOR_CODE,
                "Two-factor authentication is on: send a code of your authenticator, or a backup code, as totpToken.",
            )
        state = await two_factor.lock(connection, person.id)
        return (await self._codes.settle(connection, state, weighed, now_ms=self._clock())).refused

    async def _erase(self, connection: Connection, person: Person) -> None:
        await sessions.revoke_all(connection, person.id)
        await challenges.drop_all(connection, person.id)
        await api_keys.deactivate_made_by(connection, person.id)
        await people.erase(connection, person, now_ms=self._clock())

    def _objection(self, person: Person, *, current: str, new: str) -> str | None:
        if new == current:
            return "Choose a password other than the current one."
        return passwords.objection(new, email=person.email, common=self._common_passwords)


async def _organization_left_without_owner(connection: Connection, person: Person) -> str | Refused | None:
    """The organisation that goes with its only operator; None if an owner stays or there is none; else why not."""
    if person.org_id is None or person.role is not Role.OWNER:
        return None
    others = [other for other in await people.of_organization(connection, person.org_id) if other.id != person.id]
    if any(other.role is Role.OWNER for other in others):
        return None
    if others or await projects.of_organization(connection, person.org_id):
        return Refused(
            Code.CONFLICT,
            "You are the only owner of an organisation that is in use. Delete its projects, and make another operator "
            "its owner or remove them, then erase your account.",
            extra={"soleOwnedOrgs": [person.org_id]},
        )
    return person.org_id
