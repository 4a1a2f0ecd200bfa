"""What an operator does with accounts on the server's command line, without proof from the person."""

from collections.abc import Container

from mudguard.authn.callers import COMMAND_LINE
from mudguard.authn.session_guard import SessionGuard
from mudguard.factors import transitions
from mudguard.rules import passwords
from mudguard.rules.events import EventType
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.rules.roles import Status
from mudguard.security.hashing import PasswordHasher
from mudguard.store import people, sessions, two_factor
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.two_factor import TwoFactor


class Administration:
    """Finds accounts by e-mail address, switches them off and on, and resets passwords and second factors."""

    def __init__(
        self, *, guard: SessionGuard, database: Database, hasher: PasswordHasher, common_passwords: Container[str],
    ) -> None:  # fmt: skip
        self._guard = guard
        self._database = database
        self._hasher = hasher
        self._common_passwords = common_passwords

    async def find(self, email: str, *, realm: str = "") -> Person | Refused:
        """The account with that address. `realm`, a project's id or `OPERATORS`, chooses among several."""
        async with self._database.reading() as connection:
            everybody = await people.all_by_email(connection, email)
        found = [person for person in everybody if realm in ("", person.realm)]
        if len(found) == 1:
            return found[0]
        if not everybody:
            return Refused(ErrorCode.NOT_FOUND, f"nobody here has the e-mail address {email}")
        realms = ", ".join(sorted(person.realm for person in everybody))
        if not found:
            return Refused(ErrorCode.NOT_FOUND, f"{email} has no account in {realm}, but in: {realms}")
        return Refused(
            ErrorCode.CONFLICT, f"several accounts have the address {email}; name one by --project: {realms}"
        )

    async def two_factor(self, person: Person) -> TwoFactor:
        """The state of a person's second factor."""
        async with self._database.reading() as connection:
            return await two_factor.read(connection, person.id)

    async def count_sessions(self, person: Person) -> int:
        """How many sessions a person has."""
        async with self._database.reading() as connection:
            return len(await sessions.of_person(connection, person.id))

    async def set_status(self, person: Person, status: Status) -> None:
        """Switch an account off or on. Its sessions stay, but are refused while it is off."""

        async def change_status(connection: Connection) -> None:
            await people.change(connection, person.id, status=status, updated_at=self._guard.now_ms())
            await self._record(connection, EventType.ACCOUNT_STATUS, person)

        await self._database.transact(change_status)

    async def verify_email(self, person: Person) -> None:
        """Mark a person's e-mail address as verified."""

        async def take_as_verified(connection: Connection) -> None:
            await people.change(connection, person.id, email_verified=True, updated_at=self._guard.now_ms())
            await self._record(connection, EventType.EMAIL_VERIFY, person)

        await self._database.transact(take_as_verified)

    async def reset_password(self, person: Person, new: str) -> Refused | None:
        """Give a person a new password and end their sessions. The second factor stays as it is."""
        objection = passwords.objection(new, email=person.email, common=self._common_passwords)
        if objection:
            return Refused(ErrorCode.VALIDATION_ERROR, objection)
        new_hash = await self._hasher.hash(new)

        async def replace_password(connection: Connection) -> None:
            await people.change(connection, person.id, password_hash=new_hash, updated_at=self._guard.now_ms())
            await self._end_sign_ins(connection, person)
            await self._record(connection, EventType.PASSWORD_RESET, person)

        return await self._database.transact(replace_password)

    async def reset_two_factor(self, person: Person) -> None:
        """Turn a person's 2FA off and end their sessions, also those on a lost device."""

        async def turn_off(connection: Connection) -> None:
            state = await two_factor.lock(connection, person.id)
            if state.version:
                await two_factor.save(connection, transitions.off(state))
            await self._end_sign_ins(connection, person)
            await self._record(connection, EventType.TWO_FACTOR_RESET, person)

        await self._database.transact(turn_off)

    async def _end_sign_ins(self, connection: Connection, person: Person) -> None:
        """End sessions, and sign-ins that wait for a second factor."""
        await people.renew_credentials(connection, person.id)
        await sessions.revoke_all(connection, person.id)

    async def _record(self, connection: Connection, event: EventType, person: Person) -> None:
        await self._guard.record(connection, event, person, COMMAND_LINE, None, actor=COMMAND_LINE.address)
