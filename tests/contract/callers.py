"""Who calls: operators and people of a project, who know their own ids, passwords and codes."""

import itertools
from typing import Any

import schemathesis

from tests.support.people import first_project, operator, person
from tests.support.server import Server

FOR_PEOPLE_OF_A_PROJECT = {"loginLocalUser", "getLocalSession", "logoutLocalUser", "eraseUserData"}
"""Operations that operators have no use for; one who owns an organisation in use cannot be erased."""

FOR_A_SECOND_FACTOR = {"disable2FA", "regenerateBackupCodes", "completeTwoFactorChallenge"}
"""Operations that need one that is on."""

FOR_ONCE = {
    "logoutUser", "logoutLocalUser", "eraseUserData", "changePassword", "revokeSession", "refreshToken",
    "verify2FA", "registerUser", "registerLocalUser", "createProject", "deleteProject", "deleteApiKey",
    *FOR_A_SECOND_FACTOR,
}  # fmt: skip
"""Operations that nobody can do twice in the same way: sessions end by them, codes and names are used up."""

REQUESTS = itertools.count()
"""Counts them, in this process."""

Case = schemathesis.Case[Any]

_PERMISSIONS = [{"resource": "auth", "actions": ["read"]}]


class Caller:
    """Somebody for an operation, with all that they can truthfully say in it."""

    def __init__(self, server: Server, operation_id: str) -> None:
        self.owner = operator(server)
        project_id = first_project(self.owner)
        is_local = operation_id in FOR_PEOPLE_OF_A_PROJECT
        self.player = person(server, project_id) if is_local else self.owner
        self._path: dict[str, str] = {"orgId": str(self.owner.org_id)}
        if "Project" in operation_id:
            self._path["id"] = project_id
        elif "ApiKey" in operation_id:
            key = {"name": "Back end", "projectId": project_id, "permissions": _PERMISSIONS}
            self._path["id"] = self.owner.post("/api/api-keys", key).json()["apiKey"]["_id"]
        elif operation_id == "revokeSession":
            self._path["id"] = self.player.get("/api/users/me/sessions").json()["sessions"][0]["_id"]
        self._known: dict[str, Any] = {
            "projectId": project_id,
            "email": self.player.email,
            "password": self.player.password,
            "currentPassword": self.player.password,
            "refreshToken": self.player.refresh_token,
        }
        if operation_id in FOR_A_SECOND_FACTOR:
            self.player.enrol()
            self._known["token"] = self.player.backup_codes[0]
            self._known["challengeToken"] = self.player.challenge()
        if operation_id.startswith("register"):
            self._known["email"] = f"newcomer.{self.player.email}"
        if operation_id == "verify2FA":
            self.player.begin_setup()
            self._known["token"] = self.player.code()

    def in_their_place(self, case: Case) -> None:
        """Let the path of `case` lead to what is theirs."""
        if case.path_parameters:
            case.path_parameters = {name: self._path.get(name, value) for name, value in case.path_parameters.items()}

    def by_the_truth(self, case: Case) -> None:
        """Let `case` name their own things, passwords and codes wherever it names any."""
        self.in_their_place(case)
        if isinstance(case.body, dict):
            case.body = {name: self._known.get(name, value) for name, value in case.body.items()}
        if case.query:
            case.query = {name: self._known.get(name, value) for name, value in case.query.items()}


class Callers:
    """Somebody for each operation, and somebody else when they are of no more use."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._standing: dict[str, Caller] = {}

    def of(self, case: Case) -> Caller:
        """Somebody who stands."""
        operation_id = _id(case)
        if operation_id not in self._standing:
            self._standing[operation_id] = Caller(self.server, operation_id)
        return self._standing[operation_id]

    def note(self, case: Case, status: int) -> None:
        """Let somebody go who is locked out now, or did what is done once."""
        if status == 429 or (status < 300 and _id(case) in FOR_ONCE):
            self._standing.pop(_id(case), None)


def _id(case: Case) -> str:
    operation_id: str = case.operation.definition.raw["operationId"]
    return operation_id
