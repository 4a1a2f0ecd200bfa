"""What must be there for an operation to succeed, and the values to put in the place of an example's."""

from collections.abc import Callable
from itertools import count

from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

TOKEN, CODE, EMAIL = "YOUR_TOKEN", "492039", "morgan.chen@northwind.dev"
ORG, PROJECT, ID = "665f1c2ab7d94e0012ab34cc", "665f1c2ab7d94e0012ab34ce", "665f1c2ab7d94e0012ab34d0"
CHALLENGE, REFRESH = "mgc_Zl8cKrfZTgASqzTNm1n0…", "mgr_Zl8cKrfZTgASqzTNZl8cK7fZTgASqzTO…"

Values = dict[str, str]
_numbers = count(1)


def values_for(operation_id: str, server: Server) -> Values:
    """The values with which an example of the operation succeeds once, on a stage that is set for it alone."""
    return _STAGES.get(operation_id, _signed_in)(server)


def _signed_in(server: Server) -> Values:
    owner = operator(server)
    return {TOKEN: owner.token, ORG: owner.org_id or "", PROJECT: first_project(owner), ID: first_project(owner)}


def _newcomer(server: Server) -> Values:
    return {**_signed_in(server), EMAIL: f"newcomer{next(_numbers)}@northwind.dev"}


def _operator_again(server: Server) -> Values:
    return {EMAIL: operator(server).email}


def _member(server: Server) -> Player:
    return person(server, first_project(operator(server)))


def _of_a_project(server: Server) -> Values:
    member = _member(server)
    return {TOKEN: member.token, PROJECT: member.project_id or "", EMAIL: member.email}


def _waiting_setup(server: Server) -> Values:
    owner = operator(server)
    owner.begin_setup()
    return {TOKEN: owner.token, CODE: owner.code()}


def _enrolled(server: Server) -> Values:
    member = _member(server).enrol()
    return {TOKEN: member.token, CODE: member.fresh_code()}


def _challenged(server: Server) -> Values:
    member = _member(server).enrol()
    return {CHALLENGE: member.challenge(), CODE: member.fresh_code()}


def _refreshable(server: Server) -> Values:
    return {REFRESH: operator(server).refresh_token}


def _two_sessions(server: Server) -> Values:
    owner = operator(server)
    other = owner.signed_in_again()
    sessions = other.get("/api/users/me/sessions").json()["sessions"]
    (other_id,) = [session["_id"] for session in sessions if not session["current"]]
    return {TOKEN: other.token, ID: other_id}


def _api_key(server: Server) -> Values:
    owner = operator(server)
    made = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)})
    return {TOKEN: owner.token, ID: made.json()["apiKey"]["_id"]}


_STAGES: dict[str, Callable[[Server], Values]] = {
    "verify2FA": _waiting_setup,
    "disable2FA": _enrolled,
    "regenerateBackupCodes": _enrolled,
    "eraseUserData": _enrolled,
    "revokeSession": _two_sessions,
    "registerUser": _newcomer,
    "registerLocalUser": _newcomer,
    "loginUser": _operator_again,
    "loginLocalUser": _of_a_project,
    "getLocalSession": _of_a_project,
    "logoutLocalUser": _of_a_project,
    "completeTwoFactorChallenge": _challenged,
    "refreshToken": _refreshable,
    **dict.fromkeys(("updateApiKey", "deleteApiKey", "regenerateApiKey", "getApiKeyUsage"), _api_key),
}
