"""What people do with their own account: profile, password, export, erasure."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from sqlalchemy import Connection

from mudguard.rules import passwords
from mudguard.rules.events import Event, EventType
from mudguard.rules.refusals import Code, Refused
from mudguard.security.hashing import Passwords
from mudguard.sign_in.bearer import Caller, Gate
from mudguard.sign_in.passwords import PasswordProof, WeighedPassword
from mudguard.store import api_keys, audit, challenges, organizations, people, projects, sessions, two_factor
from mudguard.store.api_keys import ApiKey
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
        self, *, gate: Gate, hasher: Passwords, passwords: PasswordProof, codes: CodeProof,
        common_passwords: Container[str], clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._gate = gate
        self._hasher = hasher
        self._passwords = passwords
        self._codes = codes
        self._common_passwords = common_passwords
        self._clock = clock

    def me(self, caller: Caller) -> Person | Refused:
        """The caller."""
        return self._gate.look(caller, lambda _, found: found.person)

    def update(
        self, caller: Caller, *, first_name: str | None, last_name: str | None, avatar: str | None
    ) -> Person | Refused:
        """Change the profile; None leaves a field as it is, an empty avatar removes it."""
        changes = {"first_name": first_name, "last_name": last_name, "avatar": avatar}
        given: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
        if avatar == "":
            given["avatar"] = None

        def work(connection: Connection, found: Standing) -> Person:
            people.change(connection, found.person.id, updated_at=self._clock(), **given)
            return people.find(connection, found.person.id) or found.person

        return self._gate.act(caller, EventType.PROFILE_UPDATE, work)

    def change_password(self, caller: Caller, *, current: str, new: str) -> Refused | None:
        """A new password. Every other session ends, and every sign-in that waits for its second factor."""

        def weigh(connection: Connection, found: Standing) -> tuple[WeighedPassword, str | None] | Refused:
            weighed = self._weigh_password(connection, found.person, current, caller)
            if isinstance(weighed, Refused):
                return weighed
            return weighed, self._objection(found.person, current=current, new=new)

        proofs = self._gate.look(caller, weigh)
        if isinstance(proofs, Refused):
            return proofs
        weighed, objection = proofs
        new_hash = None if objection or not weighed.is_right else self._hasher.hash(new)

        def work(connection: Connection, found: Standing) -> Refused | None:
            refused = self._settle_password(connection, found.person, weighed)
            if refused or new_hash is None:
                return refused or Refused(Code.VALIDATION_ERROR, details={"newPassword": objection})
            people.change_password(connection, found.person, new_hash, now_ms=self._clock())
            sessions.revoke_all(connection, found.person.id, but=found.session.id)
            return None

        return self._gate.act(caller, EventType.PASSWORD_CHANGE, work)

    def export(self, caller: Caller) -> Export | Refused:
        """Everything about the caller (GDPR article 15)."""

        def work(connection: Connection, found: Standing) -> Export:
            person = found.person
            return Export(
                exported_at=self._clock(),
                person=person,
                projects=projects.of_organization(connection, person.org_id) if person.org_id else [],
                api_keys=api_keys.made_by(connection, person.id),
            )

        return self._gate.look(caller, work)

    def security_events(self, caller: Caller, *, before: tuple[int, str] | None, most: int) -> list[Event] | Refused:
        """What happened to the caller's account, the newest first."""

        def work(connection: Connection, found: Standing) -> list[Event]:
            return audit.events(connection, audit.Filter(person_id=found.person.id, before=before), most=most)

        return self._gate.look(caller, work)

    def erase(self, caller: Caller, *, password: str, token: str) -> Person | Refused:
        """Erase the caller (GDPR article 17), at once and for good; with 2FA on a code is needed too.

        The only owner of an organisation that others or projects depend on is refused with `CONFLICT`.
        """

        def weigh(connection: Connection, found: Standing) -> tuple[WeighedPassword, WeighedCode | None] | Refused:
            wants_code = token and found.person.two_factor_enabled
            code = self._codes.weigh(connection, found.person.id, token, now_ms=self._clock()) if wants_code else None
            weighed = self._weigh_password(connection, found.person, password, caller)
            return weighed if isinstance(weighed, Refused) else (weighed, code)

        proofs = self._gate.look(caller, weigh)
        if isinstance(proofs, Refused):
            return proofs
        weighed_password, weighed_code = proofs

        def work(connection: Connection, found: Standing) -> Person | Refused:
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

        factor = weighed_code.factor if weighed_code else None
        return self._gate.act(caller, EventType.ACCOUNT_ERASE, work, factor=factor)

    def _weigh_password(
        self, connection: Connection, person: Person, password: str, caller: Caller
    ) -> WeighedPassword | Refused:
        address = caller.visitor.address
        return self._passwords.weigh_of(connection, person, password, address=address, now_ms=self._clock())

    def _settle_password(self, connection: Connection, person: Person, weighed: WeighedPassword) -> Refused | None:
        return self._passwords.settle(connection, weighed, person, wrong=Code.INVALID_PASSWORD, now_ms=self._clock())

    def _settle_code(self, connection: Connection, person: Person, weighed: WeighedCode | None) -> Refused | None:
        if weighed is None:
            return Refused(
                Code.INVALID_TWO_FACTOR_CODE,
                "Two-factor authentication is on: send a code of your authenticator, or a backup code, as totpToken.",
            )
        return self._codes.settle(
            connection, two_factor.lock(connection, person.id), weighed, now_ms=self._clock()
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
