"""The endpoints of a person's own account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from mudguard.http.answers import Message, answer, plain, timestamp, user
from mudguard.http.credentials import PersonOnly
from mudguard.http.errors import granted
from mudguard.http.json_body import JsonBody
from mudguard.http.operations import operation
from mudguard.http.routing import DirectRoute
from mudguard.http.security_events import (
    DEFAULT_PAGE,
    EXAMPLE,
    Before,
    Limit,
    SecurityEventsResponse,
    cursor,
    page,
)
from mudguard.projects.presentation import api_key, project
from mudguard.rules.identity import ID_PATTERN
from mudguard.rules.refusals import Code
from mudguard.sign_in import examples
from mudguard.sign_in.bearer import Caller
from mudguard.sign_in.presentation import described
from mudguard.sign_in.schemas import SessionsResponse
from mudguard.sign_in.service import SignInService
from mudguard.users.schemas import (
    ChangePasswordRequest,
    CurrentUserResponse,
    EraseUserDataRequest,
    EraseUserDataResponse,
    Erasure,
    ExportUserDataResponse,
    UpdatedUserResponse,
    UpdateUserRequest,
)
from mudguard.users.service import UserService


def router(service: UserService, sign_in: SignInService, *, person: PersonOnly) -> APIRouter:
    """The endpoints under `/api/users`, but those of two-factor authentication."""
    routes = APIRouter(prefix="/api/users", tags=["users"], route_class=DirectRoute)
    Person = Annotated[Caller, Depends(person)]  # noqa: N806  # a type, made per server

    @routes.get(
        "/me",
        **operation(
            "getCurrentUser", "Get current user profile", "The person whose token this is.",
            answers=CurrentUserResponse, answered="The person", example={"user": examples.USER},
        ),
    )  # fmt: skip
    async def me(caller: Person) -> Response:
        return answer(CurrentUserResponse(user=user(granted(await service.me(caller)))))

    @routes.patch(
        "/update",
        **operation(
            "updateUserProfile", "Update user profile", "Changes names and avatar; what is left out stays as it is.",
            answers=UpdatedUserResponse, answered="The person after the change",
            example={"message": "Profile updated.", "user": examples.USER},
            request_example={"firstName": "Morgan", "lastName": "Chen"},
        ),
    )  # fmt: skip
    async def update(
        caller: Person, body: Annotated[UpdateUserRequest, Depends(JsonBody(UpdateUserRequest))]
    ) -> Response:
        changed = await service.update(caller, first_name=body.first_name, last_name=body.last_name, avatar=body.avatar)
        return answer(UpdatedUserResponse(message="Profile updated.", user=user(granted(changed))))

    @routes.patch(
        "/password",
        **operation(
            "changePassword", "Change password",
            "Sets a new password. The person's other sessions end; this one stays.",
            answers=Message, answered="The password is changed", example={"message": "Password changed."},
            request_example={"currentPassword": "correct horse battery", "newPassword": "staple correct horse"},
            codes=(Code.INVALID_PASSWORD, Code.TOO_MANY_ATTEMPTS),
        ),
    )  # fmt: skip
    async def change_password(
        caller: Person, body: Annotated[ChangePasswordRequest, Depends(JsonBody(ChangePasswordRequest))]
    ) -> Response:
        granted(await service.change_password(caller, current=body.current_password, new=body.new_password))
        return answer(Message(message="Password changed."))

    @routes.get(
        "/me/export",
        **operation(
            "exportUserData", "Export user data (GDPR Article 15)",
            "Everything that is kept about the person, without hashes and secrets.",
            answers=ExportUserDataResponse, answered="The data",
            example={
                "exportedAt": "2026-01-02T03:04:05.000Z", "user": examples.USER, "projects": [], "transactions": [],
                "files": [], "integrations": [], "apiKeys": [],
            },
        ),
    )  # fmt: skip
    async def export(caller: Person) -> Response:
        found = granted(await service.export(caller))
        return answer(
            ExportUserDataResponse(
                exported_at=timestamp(found.exported_at),
                user=user(found.person),
                projects=[plain(project(each)) for each in found.projects],
                transactions=[],
                files=[],
                integrations=[],
                api_keys=[plain(api_key(each)) for each in found.api_keys],
            )
        )

    @routes.post(
        "/me/erase",
        **operation(
            "eraseUserData", "Delete user data (GDPR Article 17)",
            "Erases the account at once and for good: personal data, second factor, sessions. Needs the password and, "
            "with 2FA on, a code. The only owner of an organisation in use is refused.",
            answers=EraseUserDataResponse, answered="The account is erased",
            example={
                "success": True, "message": "Your account is erased.",
                "data": {
                    "alreadyErased": False, "subjectId": "665f1c2ab7d94e0012ab34cd", "anonymized": True,
                    "sessionsRevoked": True,
                },
            },
            request_example={"confirm": "DELETE", "currentPassword": "correct horse battery", "totpToken": "492039"},
            codes=(Code.INVALID_PASSWORD, Code.INVALID_TWO_FACTOR_CODE, Code.TOO_MANY_ATTEMPTS, Code.CONFLICT),
        ),
    )  # fmt: skip
    async def erase(
        caller: Person, body: Annotated[EraseUserDataRequest, Depends(JsonBody(EraseUserDataRequest))]
    ) -> Response:
        erased = granted(await service.erase(caller, password=body.current_password, token=body.totp_token))
        done = Erasure(already_erased=False, subject_id=erased.id, anonymized=True, sessions_revoked=True)
        return answer(EraseUserDataResponse(success=True, message="Your account is erased.", data=done))

    @routes.get(
        "/me/sessions",
        **operation(
            "listSessions", "List sessions", "Where the person is signed in, the newest first.",
            answers=SessionsResponse, answered="The sessions",
            example={"sessions": [examples.SESSION], "total": 1},
        ),
    )  # fmt: skip
    async def list_sessions(caller: Person) -> Response:
        found = granted(await sign_in.sessions(caller))
        shown = [described(session, current_id=caller.claims.session_id) for session in found]
        return answer(SessionsResponse(sessions=shown, total=len(shown)))

    @routes.get(
        "/me/security-events",
        **operation(
            "listSecurityEvents", "List security events",
            "What happened to the person's account: sign-ins, refused codes, changes of password and second factor.",
            answers=SecurityEventsResponse, answered="The newest events", example=EXAMPLE,
        ),
    )  # fmt: skip
    async def list_security_events(caller: Person, limit: Limit = DEFAULT_PAGE, before: Before = None) -> Response:
        found = await service.security_events(caller, before=cursor(before), most=limit + 1)
        return answer(page(granted(found), limit=limit))

    @routes.delete(
        "/me/sessions/{id}",
        **operation(
            "revokeSession", "Revoke a session", "Ends one of the person's sessions, at once.",
            answers=Message, answered="The session has ended", example={"message": "Session revoked."},
            codes=(Code.NOT_FOUND,),
        ),
    )  # fmt: skip
    async def revoke_session(
        caller: Person, session_id: Annotated[str, Path(alias="id", pattern=ID_PATTERN)]
    ) -> Response:
        granted(await sign_in.revoke_session(caller, session_id))
        return answer(Message(message="Session revoked."))

    return routes
