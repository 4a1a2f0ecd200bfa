"""Every request that people make: in words, as it goes to the server, and as the model hears it."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from tests.model.actors import Actor, Kind, made_up
from tests.model.reference import Answer, Challenge
from tests.support.people import PASSWORD

NO_CHALLENGE = Challenge(0, token="mgc_nobodys")


@dataclass
class Move:
    """A request: who makes it; what it is, in words; how to send it; what the model answers; the code it shows."""

    actor: Actor
    text: str
    send: Callable[[], httpx2.Response]
    expected: Callable[[int], Answer]
    code: str | None = None


class Requests:
    """What two people can ask of the server that `client` reaches."""

    def __init__(self, client: Callable[[], httpx2.Client], actors: list[Actor]) -> None:
        self._client = client
        self.actors = actors

    def setup(self, who: int, which: int, password: bool | None, kind: Kind | None) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        typed, code = self._password(actor, password), self._code(who, kind)
        body = _given(password=typed, token=code)
        return Move(
            actor, f"sets 2FA up with {_password_text(password)} and {_code_text(kind)}",
            lambda: self._post("/api/users/2fa/setup", body or None, access.token),
            lambda now: actor.person.setup(now, access, typed, code), code,
        )  # fmt: skip

    def verify(self, who: int, which: int, kind: Kind) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        code = actor.code(kind, self.actors[1 - who], pending=True)
        return Move(
            actor, f"verifies with {kind.value}",
            lambda: self._post("/api/users/2fa/verify", {"token": code}, access.token),
            lambda now: actor.person.verify(now, access, code), code,
        )  # fmt: skip

    def disable(self, who: int, which: int, password: bool, kind: Kind) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        typed, code = self._password(actor, password) or "", self._code(who, kind) or ""
        return Move(
            actor, f"disables 2FA with {_password_text(password)} and {kind.value}",
            lambda: self._post("/api/users/2fa/disable", {"password": typed, "token": code}, access.token),
            lambda now: actor.person.disable(now, access, typed, code), code,
        )  # fmt: skip

    def new_codes(self, who: int, which: int, kind: Kind) -> Move:
        actor, access, code = self.actors[who], self.actors[who].access(which), self._code(who, kind) or ""
        return Move(
            actor, f"asks for new backup codes with {kind.value}",
            lambda: self._post("/api/users/2fa/backup-codes", {"token": code}, access.token),
            lambda now: actor.person.new_codes(now, access, code), code,
        )  # fmt: skip

    def status(self, who: int, which: int) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        return Move(
            actor, "looks where 2FA stands",
            lambda: self._client().get("/api/users/2fa", headers=_bearer(access.token)),
            lambda now: actor.person.status(now, access),
        )  # fmt: skip

    def sessions(self, who: int, which: int) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        return Move(
            actor, "lists sessions",
            lambda: self._client().get("/api/users/me/sessions", headers=_bearer(access.token)),
            lambda now: actor.person.list_sessions(now, access),
        )  # fmt: skip

    def login(self, who: int, password: bool, kind: Kind | None) -> Move:
        actor, code = self.actors[who], self._code(who, kind)
        typed = self._password(actor, password) or ""
        realm = _given(projectId=actor.project_id)
        body = {"email": actor.person.email, "password": typed, **realm, **_given(totpToken=code)}
        return Move(
            actor, f"logs in with {_password_text(password)} and {_code_text(kind)}",
            lambda: self._post("/api/auth/local/login" if realm else "/api/auth/login", body),
            lambda now: actor.person.login(now, typed, code), code,
        )  # fmt: skip

    def challenge(self, who: int, which: int, kind: Kind, *, by: int) -> Move:
        """Answer a challenge of `who` with a code of `by`."""
        actor, code = self.actors[who], self._code(by, kind) or ""
        challenge = actor.challenges[-1 - which % len(actor.challenges)] if actor.challenges else NO_CHALLENGE
        return Move(
            actor, f"finishes a sign-in with {kind.value}{'' if by == who else ', as the other person has it'}",
            lambda: self._post("/api/auth/2fa/challenge", {"challengeToken": challenge.token, "token": code}),
            lambda now: actor.person.challenge(now, challenge, code), code,
        )  # fmt: skip

    def change_password(self, who: int, which: int, password: bool, *, same: bool) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        current = self._password(actor, password) or ""
        actor.passwords += 1
        new = current if same else f"{PASSWORD} {actor.passwords}"
        body = {"currentPassword": current, "newPassword": new}
        return Move(
            actor, f"changes the password with {_password_text(password)}{', to the same' if same else ''}",
            lambda: self._client().patch("/api/users/password", json=body, headers=_bearer(access.token)),
            lambda now: actor.person.change_password(now, access, current, new),
        )  # fmt: skip

    def logout(self, who: int, which: int) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        path = "/api/auth/local/logout" if actor.project_id else "/api/auth/logout"
        return Move(
            actor, "logs out",
            lambda: self._post(path, None, access.token),
            lambda now: actor.person.revoke(now, access, access.session.id),
        )  # fmt: skip

    def revoke_session(self, who: int, which: int, *, whose: int, target: int) -> Move:
        actor, access = self.actors[who], self.actors[who].access(which)
        session_id = self.actors[whose].access(target).session.id
        return Move(
            actor, f"revokes a session of {self.actors[whose].name}",
            lambda: self._client().delete(f"/api/users/me/sessions/{session_id}", headers=_bearer(access.token)),
            lambda now: actor.person.revoke(now, access, session_id),
        )  # fmt: skip

    def refresh(self, who: int, which: int, age: str) -> Move:
        """With the newest token of a session, with the one before (if there was one), or with one never issued."""
        actor, session = self.actors[who], self.actors[who].access(which).session
        *_, newest = issued = session.refresh_tokens
        token = {"newest": newest, "used": issued[-2:][0], "made-up": made_up(newest)}[age]
        return Move(
            actor, f"refreshes with the {age} token",
            lambda: self._post("/api/auth/refresh", {"refreshToken": token}),
            lambda now: actor.person.refresh(now, session, token),
        )  # fmt: skip

    def _post(self, path: str, body: object, token: str | None = None) -> httpx2.Response:
        return self._client().post(path, json=body, headers=_bearer(token) if token else {})

    def _code(self, who: int, kind: Kind | None) -> str | None:
        return None if kind is None else self.actors[who].code(kind, self.actors[1 - who])

    def _password(self, actor: Actor, right: bool | None) -> str | None:
        return None if right is None else actor.person.password if right else "wrong horse battery"


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _password_text(right: bool | None) -> str:
    return {None: "no password", True: "the right password", False: "a wrong password"}[right]


def _code_text(kind: Kind | None) -> str:
    return kind.value if kind else "no code"
