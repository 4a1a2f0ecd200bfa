"""What the server must answer, in lists and sets: a model of one person, from the contract, not from the code.

Moments and spans are in milliseconds. Nothing here knows HTTP, a database or a hash.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.authenticator import Authenticator

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
STEP = 30 * SECOND
Told = dict[str, object]


@dataclass
class Answer:
    """An answer: its status, its stable code, how long to wait, what else it says, and what was made by it."""

    status: int
    code: str | None = None
    retry_after: int | None = None
    told: Told = field(default_factory=dict)
    made: object = None


class Failures:
    """Wrong attempts. At most so many in any window of so long."""

    def __init__(self, *limits: tuple[int, int]) -> None:
        self.limits = limits
        self.longest = max(window for _, window in limits)
        self.moments: list[int] = []

    def refused(self, now: int) -> Answer | None:
        """The refusal while a budget is spent. A moment that the clock has not reached counts as this one."""
        settled = [min(moment, now) for moment in self.moments]
        waits = [settled[-most] + window - now for most, window in self.limits if len(settled) >= most]
        wait = -(-max(0, *waits, 0) // SECOND)
        if not wait:
            return None
        self.moments = settled
        return Answer(429, "TOO_MANY_ATTEMPTS", wait)

    def add(self, now: int) -> None:
        """One more; those that no window reaches are forgotten."""
        self.moments = [min(each, now) for each in self.moments if min(each, now) > now - self.longest] + [now]


@dataclass(eq=False)
class Session:
    """A sign-in that lasts, with the refresh tokens it has had, the newest last."""

    begun: int
    aal: str
    used: int
    id: str = ""
    refresh_tokens: list[str] = field(default_factory=list)

    def is_over(self, now: int) -> bool:
        return now - self.used >= DAY or now - self.begun >= 30 * DAY


@dataclass(frozen=True)
class Access:
    """An access token: what it opens, and when it was issued, to the second."""

    token: str
    session: Session
    issued: int


@dataclass(eq=False)
class Challenge:
    """A sign-in that waits for the second factor."""

    until: int
    failures: int = 0
    token: str = ""


@dataclass(eq=False)
class Enrolment:
    """A secret that was shown and is not proved yet."""

    until: int
    secret: str = ""
    codes: list[str] = field(default_factory=list)


class Person:
    """One person: password, second factor, sessions. Each method is a request at the moment `now`."""

    def __init__(self, email: str, password: str) -> None:
        self.email, self.password = email, password
        self.secret: str | None = None
        self.last_step = -1
        self.codes: list[str] = []
        self.pending: Enrolment | None = None
        self.sessions: list[Session] = []
        self.challenges: list[Challenge] = []
        code_limits = (5, 5 * MINUTE), (20, HOUR), (50, DAY)
        self.wrong_totp, self.wrong_backup = Failures(*code_limits), Failures(*code_limits)
        self.wrong_passwords = Failures((10, 15 * MINUTE))

    def standing(self, access: Access, now: int) -> Answer | None:
        """What is wrong with a bearer."""
        if access.issued > now + 30 * SECOND:
            return Answer(401, "INVALID_TOKEN")
        if now >= access.issued + 30 * MINUTE:
            return Answer(401, "TOKEN_EXPIRED")
        if access.session not in self.sessions or access.session.is_over(now):
            return Answer(401, "SESSION_REVOKED")
        return None

    def begin_session(self, now: int, aal: str = "aal1") -> Answer:
        session = Session(now, aal, now)
        self.sessions.append(session)
        return Answer(200, told={"aal": aal}, made=session)

    def login(self, now: int, password: str, code: str | None) -> Answer:
        refused = self._password(now, password, Answer(401, "INVALID_CREDENTIALS"))
        if refused:
            return refused
        if self.secret is None:
            return self.begin_session(now)
        if code is None:
            challenge = Challenge(now + 5 * MINUTE)
            self.challenges.append(challenge)
            return Answer(403, "TWO_FACTOR_REQUIRED", told={"expiresIn": 300}, made=challenge)
        return self._code(now, code, wrong=401) or self.begin_session(now, "aal2")

    def challenge(self, now: int, challenge: Challenge, code: str) -> Answer:
        if challenge not in self.challenges or now >= challenge.until:
            return Answer(401, "INVALID_CHALLENGE")
        locked = self._failures(code).refused(now)
        if locked or challenge.failures == 5:
            return locked or Answer(401, "INVALID_CHALLENGE")
        refused = self._code(now, code, wrong=401)
        if refused:
            challenge.failures += 1
            return refused
        self.challenges.remove(challenge)
        return self.begin_session(now, "aal2")

    def refresh(self, now: int, session: Session, token: str) -> Answer:
        if session not in self.sessions or token not in session.refresh_tokens:
            return Answer(401, "INVALID_REFRESH_TOKEN")
        if session.is_over(now) or token != session.refresh_tokens[-1]:
            self.sessions.remove(session)
            return Answer(401, "INVALID_REFRESH_TOKEN")
        session.used = now
        return Answer(200, told={"aal": session.aal}, made=session)

    def setup(self, now: int, access: Access, password: str | None, code: str | None) -> Answer:
        refused = self.standing(access, now)
        if not refused and password is not None:
            refused = self._password(now, password, Answer(400, "INVALID_PASSWORD"))
        elif not refused and now - access.session.begun > HOUR:
            refused = Answer(403, "REAUTHENTICATION_REQUIRED")
        if not refused and self.secret is not None:
            refused = Answer(400, "TWO_FACTOR_ALREADY_ENABLED") if code is None else self._code(now, code)
        if refused:
            return refused
        self.pending = Enrolment(now + 15 * MINUTE)
        return Answer(200, made=self.pending)

    def verify(self, now: int, access: Access, code: str) -> Answer:
        refused = self.standing(access, now)
        if refused:
            return refused
        if self.pending is None:
            return Answer(400, "TWO_FACTOR_ALREADY_ENABLED" if self.secret else "TWO_FACTOR_SETUP_NOT_STARTED")
        if now >= self.pending.until:
            return Answer(400, "TWO_FACTOR_SETUP_EXPIRED")
        offsets = _offsets(self.pending.secret, code, now)
        refused = self._attempt(now, code, lambda: abs(offsets[0]) <= 1 if offsets else False)
        if refused:
            if refused.status == 400 and offsets:
                refused.told = {"clockDriftSeconds": 30 * offsets[0]}
            return refused
        self.secret, self.codes, self.pending = self.pending.secret, self.pending.codes, None
        self.last_step = now // STEP + min(offset for offset in offsets if abs(offset) <= 1)
        self.challenges, self.sessions, access.session.aal = [], [access.session], "aal2"
        return Answer(200)

    def disable(self, now: int, access: Access, password: str, code: str) -> Answer:
        refused = self.standing(access, now)
        if not refused and self.secret is None:
            refused = Answer(400, "TWO_FACTOR_NOT_ENABLED")
        refused = refused or self._password(now, password, Answer(400, "INVALID_PASSWORD")) or self._code(now, code)
        if refused:
            return refused
        self.secret, self.codes, self.pending, self.last_step, self.challenges = None, [], None, -1, []
        return Answer(200)

    def new_codes(self, now: int, access: Access, code: str) -> Answer:
        refused = self.standing(access, now)
        if not refused and self.secret is None:
            refused = Answer(400, "TWO_FACTOR_NOT_ENABLED")
        refused = refused or self._code(now, code)
        if refused:
            return refused
        self.codes, self.challenges = [], []
        return Answer(200, made=self.codes)

    def change_password(self, now: int, access: Access, current: str, new: str) -> Answer:
        refused = self.standing(access, now) or self._password(now, current, Answer(400, "INVALID_PASSWORD"))
        if not refused and new == current:
            refused = Answer(400, "VALIDATION_ERROR")
        if refused:
            return refused
        self.password, self.challenges, self.sessions = new, [], [access.session]
        return Answer(200)

    def status(self, now: int, access: Access) -> Answer:
        told: Told = {
            "enabled": self.secret is not None,
            "pending": self.pending is not None and now < self.pending.until,
            "backupCodesRemaining": len(self.codes),
        }
        return self.standing(access, now) or Answer(200, told=told)

    def list_sessions(self, now: int, access: Access) -> Answer:
        lasting = {(each.id, each.aal, each is access.session) for each in self.sessions if not each.is_over(now)}
        return self.standing(access, now) or Answer(200, told={"sessions": lasting})

    def revoke(self, now: int, access: Access, session_id: str) -> Answer:
        refused = self.standing(access, now)
        if refused:
            return refused
        found = [session for session in self.sessions if session.id == session_id]
        if not found:
            return Answer(404, "NOT_FOUND")
        self.sessions.remove(found[0])
        return Answer(200)

    def sweep(self, now: int) -> None:
        """What a server does when it starts: what is over is forgotten, and does not come back with the clock."""
        self.sessions = [session for session in self.sessions if not session.is_over(now)]
        self.challenges = [challenge for challenge in self.challenges if now < challenge.until]
        failures = self.wrong_passwords
        failures.moments = failures.moments if max(failures.moments, default=0) + failures.longest >= now else []

    def _failures(self, code: str) -> Failures:
        return self.wrong_totp if _is_totp(code) else self.wrong_backup

    def _attempt(self, now: int, code: str, is_right: Callable[[], bool], wrong: int = 400) -> Answer | None:
        """Nothing if the code is right; else the refusal, and it is counted unless the budget is spent already."""
        failures = self._failures(code)
        refused = failures.refused(now)
        if refused or is_right():
            return refused
        failures.add(now)
        return Answer(wrong, "INVALID_TWO_FACTOR_CODE")

    def _code(self, now: int, code: str, wrong: int = 400) -> Answer | None:
        """Nothing if the code proves the factor in force, which spends it."""
        return self._attempt(now, code, lambda: self._spend(now, code), wrong)

    def _spend(self, now: int, code: str) -> bool:
        if not _is_totp(code):
            found = _read(code) in self.codes
            if found:
                self.codes.remove(_read(code))
            return found
        near = [now // STEP + offset for offset in _offsets(self.secret or "", code, now) if abs(offset) <= 1]
        fresh = [step for step in near if step > self.last_step]
        if fresh:
            self.last_step = min(fresh)
        return bool(fresh)

    def _password(self, now: int, password: str, wrong: Answer) -> Answer | None:
        refused = self.wrong_passwords.refused(now)
        if refused or password == self.password:
            return refused
        self.wrong_passwords.add(now)
        return wrong


def _read(code: str) -> str:
    return code.replace(" ", "").replace("-", "")


def _is_totp(code: str) -> bool:
    return len(_read(code)) == 6 and _read(code).isdigit()


def _offsets(secret: str, code: str, now: int) -> list[int]:
    """How many steps off the code is right, the nearest first; up to ten either side."""
    shown = Authenticator(secret, lambda: now / SECOND)
    return sorted((steps for steps in range(-10, 11) if shown.code(steps=steps) == _read(code)), key=abs)
