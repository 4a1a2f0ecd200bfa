"""The endpoints of sessions."""

from mudguard.accounts.examples import USER
from mudguard.accounts.presentation import user
from mudguard.authn.callers import Caller, Visitor
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.sign_in import examples
from mudguard.sign_in.presentation import described, local_session_user, refreshed
from mudguard.sign_in.schemas import (
    LocalSessionQuery,
    LocalSessionResponse,
    RefreshTokenRequest,
    RefreshTokenResponse,
    SessionResponse,
    SessionsResponse,
)
from mudguard.sign_in.sessions import SessionService
from mudguard.web.access import PERSON, limited
from mudguard.web.answers import Message
from mudguard.web.errors import RefusedError, unwrap
from mudguard.web.inputs import NOTHING, JsonBody, Query
from mudguard.web.operations import Call, Operations
from mudguard.web.rate_limits import RateLimitedAction

sessions: Operations[SessionService] = Operations("auth")
account_sessions: Operations[SessionService] = Operations("users")


@sessions.add(
    "POST",
    "/api/auth/refresh",
    id="refreshToken",
    access=limited(RateLimitedAction.REFRESH),
    takes=JsonBody(RefreshTokenRequest),
    summary="Refresh access token (org and project)",
    description="Exchanges a refresh token for a new pair. Each works once: presented again, it ends its session.",
    answered="A new pair",
    example={"message": "Token refreshed.", **examples.TOKENS},
    request_example={"refreshToken": examples.REFRESH_TOKEN},
    errors=(ErrorCode.INVALID_REFRESH_TOKEN, ErrorCode.ACCOUNT_DISABLED),
)
async def refresh(service: SessionService, call: Call[Visitor, RefreshTokenRequest]) -> RefreshTokenResponse:
    return refreshed(unwrap(await service.refresh(call.input.refresh_token, visitor=call.caller)))


@sessions.add(
    "GET",
    "/api/auth/session",
    id="getCurrentSession",
    access=PERSON,
    takes=NOTHING,
    summary="Get current session",
    description="Who is signed in with this token.",
    answered="The session",
    example={"user": USER, "authenticated": True},
)
async def session(service: SessionService, call: Call[Caller, None]) -> SessionResponse:
    found = unwrap(await service.current(call.caller))
    return SessionResponse(user=user(found.person), authenticated=True)


@sessions.add(
    "POST",
    "/api/auth/local/logout",
    id="logoutLocalUser",
    access=PERSON,
    takes=NOTHING,
    summary="Logout user (project-based)",
    description="Ends the session of this token, at once.",
    answered="Signed out",
    example={"message": "Signed out."},
)
@sessions.add(
    "POST",
    "/api/auth/logout",
    id="logoutUser",
    access=PERSON,
    takes=NOTHING,
    summary="Logout user",
    description="Ends the session of this token, at once.",
    answered="Signed out",
    example={"message": "Signed out."},
)
async def logout(service: SessionService, call: Call[Caller, None]) -> Message:
    unwrap(await service.logout(call.caller))
    return Message(message="Signed out.")


@sessions.add(
    "GET",
    "/api/auth/local/session",
    id="getLocalSession",
    access=PERSON,
    takes=Query(LocalSessionQuery),
    summary="Get current session (project-based)",
    description="Who is signed in with this token, a person of a project. With `projectId`, of that project.",
    answered="The session",
    example={"user": {**examples.LOCAL_USER, "customRole": None}, "authenticated": True},
    errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN),
)
async def local_session(service: SessionService, call: Call[Caller, LocalSessionQuery]) -> LocalSessionResponse:
    found = unwrap(await service.current(call.caller)).person
    if found.project_id is None:
        raise RefusedError(
            Refused(ErrorCode.FORBIDDEN, "This is for people of a project. Operators use GET /api/auth/session.")
        )
    if call.input.project_id is not None and call.input.project_id.lower() != found.project_id:
        raise RefusedError(Refused(ErrorCode.NOT_FOUND, "You have no session in this project."))
    return LocalSessionResponse(user=local_session_user(found), authenticated=True)


@account_sessions.add(
    "GET",
    "/api/users/me/sessions",
    id="listSessions",
    access=PERSON,
    takes=NOTHING,
    summary="List sessions",
    description="Where the person is signed in, the newest first.",
    answered="The sessions",
    example={"sessions": [examples.SESSION], "total": 1},
)
async def list_sessions(service: SessionService, call: Call[Caller, None]) -> SessionsResponse:
    found = unwrap(await service.all(call.caller))
    shown = [described(session, current_id=call.caller.claims.session_id) for session in found]
    return SessionsResponse(sessions=shown, total=len(shown))


@account_sessions.add(
    "DELETE",
    "/api/users/me/sessions/{id}",
    id="revokeSession",
    access=PERSON,
    takes=NOTHING,
    summary="Revoke a session",
    description="Ends one of the person's sessions, at once.",
    answered="The session has ended",
    example={"message": "Session revoked."},
    errors=(ErrorCode.NOT_FOUND,),
)
async def revoke_session(service: SessionService, call: Call[Caller, None]) -> Message:
    unwrap(await service.revoke(call.caller, call.ids["id"]))
    return Message(message="Session revoked.")
