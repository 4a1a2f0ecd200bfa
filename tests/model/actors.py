"""People whose requests go to the real server and to the model alike, and everything they ever saw."""

import base64
from dataclasses import dataclass, field
from enum import Enum

import httpx2

from tests.model.reference import Access, Answer, Challenge, Enrolment, Person, Session
from tests.support.answers import claims
from tests.support.authenticator import Authenticator
from tests.support.clock import Clock


class Kind(Enum):
    """Kinds of code that somebody may enter."""

    RIGHT = "a right code"
    NEXT = "the code of the next step"
    PREVIOUS = "the code of the step before"
    SPELT = "a right code with hyphens"
    SPENT = "the last accepted code"
    ADRIFT = "a code of five steps later"
    BEHIND = "a code of two steps before"
    WRONG = "a wrong code"
    OTHER_SECRET = "a code of an authenticator not asked for"
    OTHER_PERSON = "the other person's code"
    BACKUP = "a backup code"
    SPELT_BACKUP = "a backup code with spaces"
    SPENT_BACKUP = "the last accepted backup code"
    OLD_BACKUP = "a backup code of a set before"
    OTHERS_BACKUP = "the other person's backup code"
    WRONG_BACKUP = "a wrong backup code"


STEPS_OFF = {Kind.NEXT: 1, Kind.PREVIOUS: -1, Kind.ADRIFT: 5, Kind.BEHIND: -2}
WRONG_BACKUP_CODE = "x0x0x0x0"


@dataclass(eq=False)
class Actor:
    """Somebody with an account: the model of it, and every token, secret and code that they ever saw."""

    name: str
    person: Person
    clock: Clock
    project_id: str | None
    accesses: list[Access] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    sets: list[list[str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    passwords: int = 0

    def access(self, index: int) -> Access:
        """An access token: those that stand first, then the newest."""
        now, newest_first = self.clock(), list(reversed(self.accesses))
        by_worth = sorted(newest_first, key=lambda each: self.person.standing(each, now) is not None)
        return by_worth[index % len(by_worth)]

    def keep(self, answer: Answer, response: httpx2.Response) -> None:
        """Remember what `response` handed out, and tell the model its spelling."""
        made, body = answer.made, response.json()
        if isinstance(made, Session):
            said = claims(body["token"])
            made.id = said["sid"]
            made.refresh_tokens.append(body["refreshToken"])
            self.accesses.append(Access(body["token"], made, said["iat"] * 1000))
        elif isinstance(made, Challenge):
            made.token = body["challengeToken"]
            self.challenges.append(made)
        elif isinstance(made, Enrolment):
            made.secret = body["secret"]
            made.codes += body["backupCodes"]
            self.secrets.append(made.secret)
            self.sets.append(list(made.codes))
        elif isinstance(made, list):
            made += body["backupCodes"]
            self.sets.append(list(made))

    def code(self, kind: Kind, other: "Actor", *, pending: bool = False) -> str:
        """A code of that kind to prove the factor in force, or the pending one; if there is none, a wrong code."""
        asked = self.person.secret
        if pending:
            asked = self.person.pending.secret if self.person.pending else None
        code = self._backup_code(kind, other, pending=pending) or self._totp_code(kind, other, asked, pending=pending)
        return code or Authenticator(asked or "A" * 32, self.clock.seconds).wrong_code()

    def _backup_code(self, kind: Kind, other: "Actor", *, pending: bool) -> str | None:
        setup = self.person.pending if pending else None
        own = setup.codes if setup else self.person.codes
        first = own[0] if own else WRONG_BACKUP_CODE
        return {
            Kind.BACKUP: first,
            Kind.SPELT_BACKUP: f" {first[:4]} {first[4:]} ",
            Kind.SPENT_BACKUP: _last_of(self.accepted, 8) or WRONG_BACKUP_CODE,
            Kind.OLD_BACKUP: self.sets[-2][-1] if len(self.sets) > 1 else WRONG_BACKUP_CODE,
            Kind.OTHERS_BACKUP: other.person.codes[0] if other.person.codes else WRONG_BACKUP_CODE,
            Kind.WRONG_BACKUP: WRONG_BACKUP_CODE,
        }.get(kind)

    def _totp_code(self, kind: Kind, other: "Actor", asked: str | None, *, pending: bool) -> str | None:
        others = [secret for secret in self.secrets if secret != asked]
        secrets = {Kind.OTHER_SECRET: others, Kind.OTHER_PERSON: other.secrets}.get(kind, [asked] if asked else [])
        if kind is Kind.SPENT:
            return _last_of(self.accepted, 6)
        if kind is Kind.WRONG or not secrets:
            return None
        if kind in (Kind.RIGHT, Kind.SPELT):
            shown = self._fresh(secrets[-1], is_used=not pending)
            return shown if kind is Kind.RIGHT else f"{shown[:3]}-{shown[3:]}"
        return Authenticator(secrets[-1], self.clock.seconds).code(steps=STEPS_OFF.get(kind, 0))

    def _fresh(self, secret: str, *, is_used: bool) -> str:
        """The code of the earliest step that is good and not spent, else the one shown now."""
        now = int(self.clock.seconds() // 30)
        ahead = max(0, self.person.last_step + 1 - now) if is_used else 0
        return Authenticator(secret, self.clock.seconds).code(steps=ahead if ahead <= 1 else 0)


def made_up(refresh_token: str) -> str:
    """A refresh token that was never issued, of the same person and session."""
    prefix, body = refresh_token[:4], refresh_token[4:]
    ids = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[:24]
    return prefix + base64.urlsafe_b64encode(ids + bytes(48)).decode().rstrip("=")


def _last_of(codes: list[str], length: int) -> str | None:
    return next((code for code in reversed(codes) if len(code) == length), None)
