"""What people do with their own account: profile, password, export, erasure."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from sqlalchemy import Connection

from mudguard.rules import passwords
from mudguard.rules.assurance import Lifetimes
from mudguard.rules.refusals import Code, Refused
from mudguard.security.hashing import Passwords
from mudguard.sign_in.bearer import Caller, standing
from mudguard.sign_in.passwords import PasswordProof, WeighedPassword
from mudguard.store import api_keys, challenges, organizations, people, projects, sessions, two_factor
from mudguard.store.api_keys import ApiKey
from mudguard.store.database import Database
from mudguard.store.people import Person, Role
from mudguard.store.projects import Project
from mudguard.store.sessions import Standing
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
        self, *, database: Database, hasher: Passwords, passwords: PasswordProof, codes: CodeProof,
        common_passwords: Container[str], clock: Callable[[], int], lifetimes: Lifetimes,
    ) -> None:  # fmt: skip
        self._database = database
        self._hasher = hasher
        self._passwords = passwords
        self._codes = codes
        self._common_passwords = common_passwords
        self._clock = clock
        self._lifetimes = lifetimes

    def me(self, caller: Caller) -> Person | Refused:
        """The caller."""
        with self._database.reading() as connection:
            found = self._standing(connection, caller)
        return found if isinstance(found, Refused) else found.person

    def update(
        self, caller: Caller, *, first_name: str | None, last_name: str | None, avatar: str | None
    ) -> Person | Refused:
        """Change the profile; None leaves a field as it is, an empty avatar removes it."""
        changes = {"first_name": first_name, "last_name": last_name, "avatar": avatar}
        given: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
        if avatar == "":
            given["avatar"] = None

        def work(connection: Connection) -> Person | Refused:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            people.change(connection, found.person.id, updated_at=self._clock(), **given)
            return people.find(connection, found.person.id) or found.person

        return self._database.transact(work)

    def change_password(self, caller: Caller, *, current: str, new: str) -> Refused | None:
        """A new password. Every other session ends, and every sign-in that waits for its second factor."""
        with self._database.reading() as connection:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            weighed = self._weigh_password(connection, found.person, current, caller)
            if isinstance(weighed, Refused):
                return weighed
        objection = self._objection(found.person, current=current, new=new)
        new_hash = None if objection or not weighed.is_right else self._hasher.hash(new)

        def work(connection: Connection) -> Refused | None:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            refused = self._settle_password(connection, found.person, weighed)
            if refused or new_hash is None:
                return refused or Refused(Code.VALIDATION_ERROR, details={"newPassword": objection})
            people.change_password(connection, found.person, new_hash, now_ms=self._clock())
            sessions.revoke_all(connection, found.person.id, but=found.session.id)
            challenges.drop_all(connection, found.person.id)
            return None

        return self._database.transact(work)

    def export(self, caller: Caller) -> Export | Refused:
        """Everything about the caller (GDPR article 15)."""
        with self._database.reading() as connection:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            person = found.person
            return Export(
                exported_at=self._clock(),
                person=person,
                projects=projects.of_organization(connection, person.org_id) if person.org_id else [],
                api_keys=api_keys.made_by(connection, person.id),
            )

    def erase(self, caller: Caller, *, password: str, token: str) -> Person | Refused:
        """Erase the caller (GDPR article 17), at once and for good; with 2FA on a code is needed too.

        The only owner of an organisation that others or projects depend on is refused with `CONFLICT`.
        """
        proofs = self._weigh_for_erasure(caller, password, token)
        if isinstance(proofs, Refused):
            return proofs
        weighed_password, weighed_code = proofs

        def work(connection: Connection) -> Person | Refused:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            person = found.person
            refused = self._settle_password(connection, person, weighed_password)
            if refused:
                return refused
            orphaned = _organization_left_without_owner(connection, person)
            if isinstance(orphaned, Refused):
                return orphaned
            if person.two_factor_enabled:
                refused = self._settle_code(connection, person, weighed_code)
                if refused:
                    return refused
            self._erase(connection, person)
            if orphaned:
                organizations.remove(connection, orphaned)
            return person

        return self._database.transact(work)

    def _standing(self, connection: Connection, caller: Caller) -> Standing | Refused:
        return standing(connection, caller, now_ms=self._clock(), lifetimes=self._lifetimes)

    def _weigh_password(
        self, connection: Connection, person: Person, password: str, caller: Caller
    ) -> WeighedPassword | Refused:
        address = caller.visitor.address
        return self._passwords.weigh_of(connection, person, password, address=address, now_ms=self._clock())

    def _settle_password(self, connection: Connection, person: Person, weighed: WeighedPassword) -> Refused | None:
        return self._passwords.settle(connection, weighed, person, wrong=Code.INVALID_PASSWORD, now_ms=self._clock())

    def _weigh_for_erasure(
        self, caller: Caller, password: str, token: str
    ) -> tuple[WeighedPassword, WeighedCode | None] | Refused:
        with self._database.reading() as connection:
            found = self._standing(connection, caller)
            if isinstance(found, Refused):
                return found
            wants_code = token and found.person.two_factor_enabled
            code = self._codes.weigh(connection, found.person.id, token, now_ms=self._clock()) if wants_code else None
            weighed = self._weigh_password(connection, found.person, password, caller)
            return weighed if isinstance(weighed, Refused) else (weighed, code)

    def _settle_code(self, connection: Connection, person: Person, weighed: WeighedCode | None) -> Refused | None:
        if weighed is None:
            return Refused(
                Code.INVALID_TWO_FACTOR_CODE,
                "Two-factor authentication is on: send a code of your authenticator, or a backup code, as totpToken.",
            )
        return self._codes.settle(
            connection, two_factor.read(connection, person.id), weighed, now_ms=self._clock()
        ).refused

    def _erase(self, connection: Connection, person: Person) -> None:
        sessions.revoke_all(connection, person.id)
        challenges.drop_all(connection, person.id)
        api_keys.deactivate_made_by(connection, person.id)
        people.erase(connection, person, now_ms=self._clock())

    def _objection(self, person: Person, *, current: str, new: str) -> str | None:
        if new == current:
            return "Choose a password other than the current one."
        return passwords.objection(new, email=person.email, common=self._common_passwords)


def _organization_left_without_owner(connection: Connection, person: Person) -> str | Refused | None:
    """The organisation that goes with its only operator; None if an owner stays or there is none; else why not."""
    if person.org_id is None or person.role is not Role.OWNER:
        return None
    others = [other for other in people.of_organization(connection, person.org_id) if other.id != person.id]
    if any(other.role is Role.OWNER for other in others):
        return None
    if others or projects.of_organization(connection, person.org_id):
        return Refused(
            Code.CONFLICT,
            "You are the only owner of an organisation that is in use. Delete its projects, and make another operator "
            "its owner or remove them, then erase your account.",
            extra={"soleOwnedOrgs": [person.org_id]},
        )
    return person.org_id
