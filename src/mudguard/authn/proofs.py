"""What a request proves: a password, a code, or both. Checked outside the transaction, recorded inside it.

Hashing is too slow for a transaction. The transaction that acts on the result writes it: it counts a failure, or spends
a code.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mudguard.authn import codes
from mudguard.authn.callers import Caller
from mudguard.authn.codes import CodeCheck, CodeChecker, CodeResult
from mudguard.authn.passwords import PasswordCheck, PasswordChecker
from mudguard.authn.session_guard import RETRY, SessionGuard
from mudguard.authn.turns import AccountTurns
from mudguard.rules.codes import Factor
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.store import people, two_factor
from mudguard.store.connection import Connection
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.store.two_factor import TwoFactor

NOT_SET_UP = TwoFactor("")


def unchanged(state: TwoFactor) -> TwoFactor:
    """Change nothing except the spent code."""
    return state


@dataclass(frozen=True, slots=True)
class Proof:
    """A checked password and a checked code; None if not sent.

    They were checked against `person` and `state`. `person` is None if nobody has the address.
    """

    checks: "ProofChecks" = field(repr=False)
    person: Person | None
    state: TwoFactor = NOT_SET_UP
    password: PasswordCheck | None = None
    code: CodeCheck | None = None

    @property
    def factor(self) -> Factor | None:
        """The code's kind of second factor."""
        return self.code.factor if self.code else None

    @property
    def email(self) -> str:
        """The person's address; empty if there is no person."""
        return self.person.email if self.person else ""

    @property
    def is_on(self) -> bool:
        """Whether 2FA was on when the code was checked."""
        return self.state.is_on

    @property
    def password_is_right(self) -> bool:
        """Whether the password was right when it was checked. `record_password` decides."""
        return self.password is not None and self.password.is_right

    async def record_password(
        self, connection: Connection, person: Person | None, *, wrong: ErrorCode = ErrorCode.INVALID_PASSWORD
    ) -> Refused | None:
        """None if the password is right for `person`, read in this transaction; else the refusal, counted."""
        if self.password is None:
            return Refused(wrong)
        now_ms = self.checks.now_ms()
        return await self.checks.passwords.record(connection, self.password, person, wrong=wrong, now_ms=now_ms)

    def judge_code(self, state: TwoFactor, *, pending: bool = False) -> CodeResult:
        """Judge the code against `state`, or against its pending setup. Writes nothing."""
        if self.code is None:
            raise ValueError("no code was sent")
        judge = self.checks.codes.judge_pending if pending else self.checks.codes.judge
        return judge(state, self.code, now_ms=self.checks.now_ms())

    async def record_code(
        self, connection: Connection, state: TwoFactor, *, pending: bool = False,
        then: Callable[[TwoFactor], TwoFactor | None] = unchanged,
    ) -> Refused | None:  # fmt: skip
        """Judge the code and write the result. A right code is spent and `then` changes `state`; a wrong one is
        counted.

        If `then` returns None, because it was prepared for another state, this is `RETRY` and nothing is written.
        """
        result = self.judge_code(state, pending=pending)
        after = result.state if result.refused else then(result.state)
        if after is None:
            return RETRY
        if after != state:
            await two_factor.save(connection, after)
        return result.refused

    def is_locked(self, state: TwoFactor) -> bool:
        """Whether too many wrong codes were sent, so that this one is not judged."""
        return self.code is not None and codes.is_locked(state, self.code, now_ms=self.checks.now_ms())


class ProofChecks:
    """Checks what a request proves, outside any transaction. Every method raises `OverloadedError`.

    The caller of each holds the account's turn, from the check until the result is recorded.
    """

    def __init__(
        self, *, guard: SessionGuard, database: Database, passwords: PasswordChecker, codes: CodeChecker
    ) -> None:
        self._guard = guard
        self._database = database
        self.turns = AccountTurns()
        self.passwords = passwords
        self.codes = codes
        self.now_ms = guard.now_ms

    async def of_caller(
        self, caller: Caller, *, password: str = "", code: str = "", needs_second_factor: bool = False
    ) -> Proof | Refused:
        """What a signed-in caller proves. Empty strings mean not sent.

        With `needs_second_factor`, refuses `TWO_FACTOR_NOT_ENABLED` while 2FA is off, before hashing anything.
        """
        async with self._database.reading() as connection:
            found = await self._guard.active_session(connection, caller)
            if isinstance(found, Refused):
                return found
            person = found.person
            state = await two_factor.read(connection, person.id)
        if needs_second_factor and not state.is_on:
            return Refused(ErrorCode.TWO_FACTOR_NOT_ENABLED)
        checked_code = await self.codes.check(state, code, now_ms=self.now_ms()) if code else None
        if not password:
            return Proof(self, person, state, code=checked_code)
        checked = await self._check_password(person.realm, person.email, person, password, caller.visitor.address)
        return checked if isinstance(checked, Refused) else Proof(self, person, state, checked, checked_code)

    async def of_login(self, realm: str, email: str, password: str, code: str, *, address: str) -> Proof | Refused:
        """What a sign-in to `realm` proves. If nobody has the address, it takes as long and has the same result."""
        async with self._database.reading() as connection:
            person = await people.find_by_email(connection, realm, email)
        checked = await self._check_password(realm, email, person, password, address)
        if isinstance(checked, Refused):
            return checked
        if not checked.is_right or person is None or not code:
            return Proof(self, person, password=checked)
        return await self.of_code(person.id, code, person=person, password=checked)

    async def of_code(
        self, person_id: str, code: str, *, person: Person | None = None, password: PasswordCheck | None = None
    ) -> Proof:
        """What a code proves, and a `password` that was checked before, if any."""
        async with self._database.reading() as connection:
            state = await two_factor.read(connection, person_id)
        return Proof(self, person, state, password, await self.codes.check(state, code, now_ms=self.now_ms()))

    async def _check_password(
        self, realm: str, email: str, person: Person | None, password: str, address: str
    ) -> PasswordCheck | Refused:
        return await self.passwords.check(realm, email, person, password, address=address, now_ms=self.now_ms())
