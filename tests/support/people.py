"""People to play: operators and people of a project, with or without a second factor."""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx2

from tests.support.authenticator import Authenticator
from tests.support.clock import Clock

PASSWORD = "correct horse battery"

_numbers = itertools.count(1)


class Reachable(Protocol):
    """A server, in this process or one of its own."""

    client: httpx2.Client
    clock: Clock


@dataclass
class Player:
    """Somebody who signed up, and the requests they make."""

    client: httpx2.Client
    clock: Clock
    email: str
    person_id: str
    token: str
    refresh_token: str
    password: str = PASSWORD
    project_id: str | None = None
    org_id: str | None = None
    authenticator: Authenticator | None = None
    backup_codes: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """The bearer header; none without a token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.client.get(path, headers=self.headers, **options)

    def post(self, path: str, body: object = None) -> httpx2.Response:
        return self.client.post(path, headers=self.headers, json=body)

    def patch(self, path: str, body: object) -> httpx2.Response:
        return self.client.patch(path, headers=self.headers, json=body)

    def delete(self, path: str) -> httpx2.Response:
        return self.client.delete(path, headers=self.headers)

    def code(self, *, steps: int = 0) -> str:
        """What the authenticator shows."""
        assert self.authenticator is not None
        return self.authenticator.code(steps=steps)

    def fresh_code(self) -> str:
        """A code of a step that was not used yet: time goes on to it."""
        self.clock.next_step()
        return self.code()

    def wrong_code(self) -> str:
        assert self.authenticator is not None
        return self.authenticator.wrong_code()

    def begin_setup(self, body: object = None) -> dict[str, Any]:
        """Start an enrolment and scan its secret."""
        response = self.post("/api/users/2fa/setup", body)
        assert response.status_code == 200, response.text
        setup: dict[str, Any] = response.json()
        self.authenticator = Authenticator(setup["secret"], self.clock.seconds)
        self.backup_codes = setup.get("backupCodes", [])
        return setup

    def enrol(self) -> "Player":
        """Set 2FA up and verify it."""
        self.begin_setup()
        response = self.post("/api/users/2fa/verify", {"token": self.code()})
        assert response.status_code == 200, response.text
        return self

    def login(self, **more: Any) -> httpx2.Response:
        """The password step of a sign-in."""
        body = {"email": self.email, "password": self.password, **more}
        if self.project_id:
            return self.client.post("/api/auth/local/login", json={"projectId": self.project_id, **body})
        return self.client.post("/api/auth/login", json=body)

    def challenge(self) -> str:
        """The challenge token that a login gives while 2FA is on."""
        response = self.login()
        assert response.status_code == 403, response.text
        token: str = response.json()["challengeToken"]
        return token

    def answer(self, challenge_token: str, code: object) -> httpx2.Response:
        """The second step of a sign-in."""
        return self.client.post("/api/auth/2fa/challenge", json={"challengeToken": challenge_token, "token": code})

    def in_session_of(self, response: httpx2.Response) -> "Player":
        """The same person in the session that `response` opened or renewed."""
        assert response.status_code == 200, response.text
        pair = response.json()
        return replace(self, token=pair["token"], refresh_token=pair["refreshToken"])

    def signed_in_again(self) -> "Player":
        """The same person in one more session, with a code of the authenticator if there is one in force."""
        response = self.login()
        if response.status_code == 403:
            response = self.answer(response.json()["challengeToken"], self.fresh_code())
        return self.in_session_of(response)

    def refresh(self) -> httpx2.Response:
        """Exchange the refresh token."""
        return self.client.post("/api/auth/refresh", json={"refreshToken": self.refresh_token})

    def refreshed(self) -> "Player":
        """The same person in the same session, with a new pair of tokens."""
        return self.in_session_of(self.refresh())

    def at(self, server: Reachable) -> "Player":
        """The same person in the same session, at another server on the same database."""
        return replace(self, client=server.client)

    def two_factor(self) -> dict[str, Any]:
        """Where the second factor stands."""
        response = self.get("/api/users/2fa")
        assert response.status_code == 200, response.text
        status: dict[str, Any] = response.json()
        return status


def operator(server: Reachable, *, email: str | None = None, **more: Any) -> Player:
    """A new operator with an organisation of their own."""
    email = email or f"operator{next(_numbers)}@northwind.test"
    body = {"email": email, "password": PASSWORD, "firstName": "Olga", "lastName": "Operator", "agreedToTerms": True}
    response = server.client.post("/api/auth/register", json={**body, **more})
    assert response.status_code == 201, response.text
    made = response.json()
    return Player(
        server.client, server.clock, email, made["user"]["_id"], made["token"], made["refreshToken"],
        org_id=made["user"]["org"]["_id"],
    )  # fmt: skip


def first_project(owner: Player) -> str:
    """The id of the project that came with an operator's organisation."""
    project_id: str = owner.get(f"/api/projects/{owner.org_id}/projects").json()["projects"][0]["_id"]
    return project_id


def person(server: Reachable, project_id: str, *, email: str | None = None) -> Player:
    """A new person of a project."""
    email = email or f"person{next(_numbers)}@customers.test"
    body = {"email": email, "password": PASSWORD, "firstName": "Pia", "lastName": "Person", "projectId": project_id}
    response = server.client.post("/api/auth/local/register", json=body)
    assert response.status_code == 201, response.text
    made = response.json()
    return Player(
        server.client,
        server.clock,
        email,
        made["user"]["id"],
        made["token"],
        made["refreshToken"],
        project_id=project_id,
    )
