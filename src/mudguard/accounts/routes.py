"""The endpoints of a person's own account."""

from mudguard.accounts import examples
from mudguard.accounts.presentation import user
from mudguard.accounts.schemas import (
    ChangePasswordRequest,
    CurrentUserResponse,
    EraseUserDataRequest,
    EraseUserDataResponse,
    Erasure,
    ExportUserDataResponse,
    UpdatedUserResponse,
    UpdateUserRequest,
)
from mudguard.accounts.service import UserService
from mudguard.authn.callers import Caller
from mudguard.projects.presentation import api_key, project
from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import PERSON
from mudguard.web.answers import Message, plain, timestamp
from mudguard.web.errors import unwrap
from mudguard.web.inputs import NOTHING, JsonBody, Query
from mudguard.web.operations import Call, Operations
from mudguard.web.security_events import EXAMPLE, EventsQuery, SecurityEventsResponse, page

operations: Operations[UserService] = Operations("users")


@operations.add(
    "GET",
    "/api/users/me",
    id="getCurrentUser",
    access=PERSON,
    takes=NOTHING,
    summary="Get current user profile",
    description="The person whose token this is.",
    answered="The person",
    example={"user": examples.USER},
)
async def me(service: UserService, call: Call[Caller, None]) -> CurrentUserResponse:
    return CurrentUserResponse(user=user(unwrap(await service.me(call.caller))))


@operations.add(
    "PATCH",
    "/api/users/update",
    id="updateUserProfile",
    access=PERSON,
    takes=JsonBody(UpdateUserRequest),
    summary="Update user profile",
    description="Changes names and avatar; what is left out stays as it is.",
    answered="The person after the change",
    example={"message": "Profile updated.", "user": examples.USER},
    request_example={"firstName": "Morgan", "lastName": "Chen"},
)
async def update(service: UserService, call: Call[Caller, UpdateUserRequest]) -> UpdatedUserResponse:
    changed = await service.update(
        call.caller, first_name=call.input.first_name, last_name=call.input.last_name, avatar=call.input.avatar
    )
    return UpdatedUserResponse(message="Profile updated.", user=user(unwrap(changed)))


@operations.add(
    "PATCH",
    "/api/users/password",
    id="changePassword",
    access=PERSON,
    takes=JsonBody(ChangePasswordRequest),
    summary="Change password",
    description="Sets a new password. The person's other sessions end; this one stays.",
    answered="The password is changed",
    example={"message": "Password changed."},
    request_example={"currentPassword": "correct horse battery", "newPassword": "staple correct horse"},
    errors=(ErrorCode.INVALID_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS),
)
async def change_password(service: UserService, call: Call[Caller, ChangePasswordRequest]) -> Message:
    unwrap(await service.change_password(call.caller, current=call.input.current_password, new=call.input.new_password))
    return Message(message="Password changed.")


@operations.add(
    "GET",
    "/api/users/me/export",
    id="exportUserData",
    access=PERSON,
    takes=NOTHING,
    summary="Export user data (GDPR Article 15)",
    description="Everything that is kept about the person, without hashes and secrets.",
    answered="The data",
    example={
        "exportedAt": "2026-01-02T03:04:05.000Z",
        "user": examples.USER,
        "projects": [],
        "transactions": [],
        "files": [],
        "integrations": [],
        "apiKeys": [],
    },
)
async def export(service: UserService, call: Call[Caller, None]) -> ExportUserDataResponse:
    found = unwrap(await service.export(call.caller))
    return ExportUserDataResponse(
        exported_at=timestamp(found.exported_at),
        user=user(found.person),
        projects=[plain(project(each)) for each in found.projects],
        transactions=[],
        files=[],
        integrations=[],
        api_keys=[plain(api_key(each)) for each in found.api_keys],
    )


@operations.add(
    "POST",
    "/api/users/me/erase",
    id="eraseUserData",
    access=PERSON,
    takes=JsonBody(EraseUserDataRequest),
    summary="Delete user data (GDPR Article 17)",
    description="Erases the account at once and for good: personal data, second factor, sessions. Needs the password"
    " and, with 2FA on, a code. The only owner of an organisation in use is refused.",
    answered="The account is erased",
    example={
        "success": True,
        "message": "Your account is erased.",
        "data": {
            "alreadyErased": False,
            "subjectId": "665f1c2ab7d94e0012ab34cd",
            "anonymized": True,
            "sessionsRevoked": True,
        },
    },
    request_example={"confirm": "DELETE", "currentPassword": "correct horse battery", "totpToken": "492039"},
    errors=(
        ErrorCode.INVALID_PASSWORD,
        ErrorCode.INVALID_TWO_FACTOR_CODE,
        ErrorCode.TOO_MANY_ATTEMPTS,
        ErrorCode.CONFLICT,
    ),
)
async def erase(service: UserService, call: Call[Caller, EraseUserDataRequest]) -> EraseUserDataResponse:
    erased = unwrap(await service.erase(call.caller, password=call.input.current_password, token=call.input.totp_token))
    done = Erasure(already_erased=False, subject_id=erased.id, anonymized=True, sessions_revoked=True)
    return EraseUserDataResponse(success=True, message="Your account is erased.", data=done)


@operations.add(
    "GET",
    "/api/users/me/security-events",
    id="listSecurityEvents",
    access=PERSON,
    takes=Query(EventsQuery),
    summary="List security events",
    description="What happened to the person's account: sign-ins, refused codes, changes of password and second "
    "factor.",
    answered="The newest events",
    example=EXAMPLE,
)
async def list_security_events(service: UserService, call: Call[Caller, EventsQuery]) -> SecurityEventsResponse:
    found = await service.security_events(call.caller, before=call.input.cursor, most=call.input.limit + 1)
    return page(unwrap(found), limit=call.input.limit)
