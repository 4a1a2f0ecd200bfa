"""The endpoints of signing up and signing in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from mudguard.http.answers import Message, answer, user
from mudguard.http.credentials import PersonOnly
from mudguard.http.errors import RefusedError, granted
from mudguard.http.json_body import JsonBody
from mudguard.http.limits import AddressLimit, AddressLimits, Door
from mudguard.http.operations import operation
from mudguard.http.routing import DirectRoute
from mudguard.http.visitors import Visitors
from mudguard.rules.identity import ID_PATTERN
from mudguard.rules.refusals import Code, Refused
from mudguard.sign_in import examples
from mudguard.sign_in.bearer import Caller, Visitor
from mudguard.sign_in.presentation import local_session_user, refreshed, signed_in, signed_up
from mudguard.sign_in.registration import Applicant, RegistrationService
from mudguard.sign_in.schemas import (
    AuthResponse,
    ChallengeRequest,
    ChallengeResponse,
    LocalSessionResponse,
    LoginLocalUserRequest,
    LoginLocalUserResponse,
    LoginRequest,
    RefreshTokenRequest,
    RefreshTokenResponse,
    RegisterLocalUserRequest,
    RegisterLocalUserResponse,
    RegisterRequest,
    SessionResponse,
)
from mudguard.sign_in.service import SignInService
from mudguard.store.people import OPERATORS

_LOGIN_CODES = (
    Code.INVALID_CREDENTIALS,
    Code.INVALID_TWO_FACTOR_CODE,
    Code.TWO_FACTOR_REQUIRED,
    Code.ACCOUNT_DISABLED,
    Code.TOO_MANY_ATTEMPTS,
)
_AFTER_LOGIN = (
    " With two-factor authentication on, the answer is 403 `TWO_FACTOR_REQUIRED` with a `challengeToken` for "
    "POST /api/auth/2fa/challenge, unless `totpToken` carries a right code."
)


def router(
    service: SignInService, registration: RegistrationService, *, person: PersonOnly,
    limits: AddressLimits, visitors: Visitors,
) -> APIRouter:  # fmt: skip
    """The endpoints under `/api/auth`."""
    routes = APIRouter(prefix="/api/auth", tags=["auth"], route_class=DirectRoute)
    Person = Annotated[Caller, Depends(person)]  # noqa: N806  # a type, made per server

    def through(door: Door) -> AddressLimit:
        return AddressLimit(door, limits, visitors)

    @routes.post(
        "/register",
        **operation(
            "registerUser", "Register new user",
            "Creates an operator, their organisation and its first project, and signs them in.",
            answers=AuthResponse, answered="Signed up and in", status=201, example=examples.SIGNED_IN,
            request_example={**examples.APPLICANT, "orgName": "Northwind", "agreedToTerms": True},
            codes=(Code.CONFLICT,),
        ),
    )  # fmt: skip
    async def register(
        visitor: Annotated[Visitor, Depends(through(Door.REGISTER))],
        body: Annotated[RegisterRequest, Depends(JsonBody(RegisterRequest))],
    ) -> Response:
        if not body.agreed_to_terms:
            raise RefusedError(Refused(Code.VALIDATION_ERROR, details={"agreedToTerms": "must be true to sign up"}))
        applicant = Applicant(body.email, body.password, body.first_name, body.last_name)
        outcome = await registration.register_operator(applicant, org_name=body.org_name.strip(), visitor=visitor)
        return answer(signed_in(granted(outcome), message="Account created."), status=201)

    @routes.post(
        "/login",
        **operation(
            "loginUser", "Login user", "Signs an operator in." + _AFTER_LOGIN,
            answers=AuthResponse, answered="Signed in", example=examples.SIGNED_IN,
            request_example=examples.CREDENTIALS, codes=_LOGIN_CODES,
        ),
    )  # fmt: skip
    async def login(
        visitor: Annotated[Visitor, Depends(through(Door.LOGIN))],
        body: Annotated[LoginRequest, Depends(JsonBody(LoginRequest))],
    ) -> Response:
        return await log_in(OPERATORS, body, visitor)

    async def log_in(realm: str, body: LoginRequest, visitor: Visitor) -> Response:
        outcome = await service.login(realm, body.email, body.password, totp_token=body.totp_token, visitor=visitor)
        return answer(signed_in(granted(outcome)))

    @routes.post(
        "/2fa/challenge",
        **operation(
            "completeTwoFactorChallenge", "Finish a sign-in with the second factor",
            "Takes the `challengeToken` of a login and a code, and answers as the login would have without 2FA. A "
            "challenge lives five minutes, works once, and dies of five wrong codes.",
            answers=ChallengeResponse, answered="Signed in", example=examples.SIGNED_IN,
            request_example={"challengeToken": examples.CHALLENGE_TOKEN, "token": "492039"},
            codes=(
                Code.INVALID_CHALLENGE, Code.INVALID_TWO_FACTOR_CODE, Code.ACCOUNT_DISABLED, Code.TOO_MANY_ATTEMPTS,
            ),
        ),
    )  # fmt: skip
    async def challenge(
        visitor: Annotated[Visitor, Depends(through(Door.CHALLENGE))],
        body: Annotated[ChallengeRequest, Depends(JsonBody(ChallengeRequest))],
    ) -> Response:
        outcome = await service.complete_challenge(body.challenge_token, body.token, visitor=visitor)
        return answer(signed_in(granted(outcome)))

    @routes.post(
        "/refresh",
        **operation(
            "refreshToken", "Refresh access token (org and project)",
            "Exchanges a refresh token for a new pair. Each works once: presented again, it ends its session.",
            answers=RefreshTokenResponse, answered="A new pair",
            example={"message": "Token refreshed.", **examples.TOKENS},
            request_example={"refreshToken": examples.REFRESH_TOKEN},
            codes=(Code.INVALID_REFRESH_TOKEN, Code.ACCOUNT_DISABLED),
        ),
    )  # fmt: skip
    async def refresh(
        visitor: Annotated[Visitor, Depends(through(Door.REFRESH))],
        body: Annotated[RefreshTokenRequest, Depends(JsonBody(RefreshTokenRequest))],
    ) -> Response:
        return answer(refreshed(granted(await service.refresh(body.refresh_token, visitor=visitor))))

    @routes.get(
        "/session",
        **operation(
            "getCurrentSession", "Get current session", "Who is signed in with this token.",
            answers=SessionResponse, answered="The session",
            example={"user": examples.USER, "authenticated": True},
        ),
    )  # fmt: skip
    async def session(caller: Person) -> Response:
        found = granted(await service.current(caller))
        return answer(SessionResponse(user=user(found.person), authenticated=True))

    @routes.post(
        "/logout",
        **operation(
            "logoutUser", "Logout user", "Ends the session of this token, at once.",
            answers=Message, answered="Signed out", example={"message": "Signed out."},
        ),
    )  # fmt: skip
    async def logout(caller: Person) -> Response:
        granted(await service.logout(caller))
        return answer(Message(message="Signed out."))

    @routes.post(
        "/local/register",
        **operation(
            "registerLocalUser", "Register new user (project-based)",
            "Creates a person of a project and signs them in. Where the project asks for a verified e-mail address or "
            "for approval, there is no token yet.",
            answers=RegisterLocalUserResponse, answered="Signed up", status=201,
            example={
                "message": "Account created.", "requireVerification": False, **examples.TOKENS,
                "user": examples.NEW_LOCAL_USER,
            },
            request_example={**examples.APPLICANT, "projectId": examples.PROJECT_ID},
            codes=(Code.CONFLICT, Code.NOT_FOUND),
        ),
    )  # fmt: skip
    async def register_local(
        visitor: Annotated[Visitor, Depends(through(Door.REGISTER))],
        body: Annotated[RegisterLocalUserRequest, Depends(JsonBody(RegisterLocalUserRequest))],
    ) -> Response:
        applicant = Applicant(body.email, body.password, body.first_name, body.last_name)
        outcome = await registration.register_person(body.project_id, applicant, visitor=visitor)
        if isinstance(outcome, Refused):
            raise RefusedError(outcome)
        return answer(signed_up(outcome), status=201)

    @routes.post(
        "/local/login",
        **operation(
            "loginLocalUser", "Login user (project-based)",
            "Signs a person of a project in. Where the project asks for a verified e-mail address and it is not, the "
            "answer is 403 `EMAIL_VERIFICATION_REQUIRED`." + _AFTER_LOGIN,
            answers=LoginLocalUserResponse, answered="Signed in", example=examples.LOCALLY_SIGNED_IN,
            request_example={**examples.CREDENTIALS, "projectId": examples.PROJECT_ID},
            codes=(*_LOGIN_CODES, Code.EMAIL_VERIFICATION_REQUIRED),
        ),
    )  # fmt: skip
    async def login_local(
        visitor: Annotated[Visitor, Depends(through(Door.LOGIN))],
        body: Annotated[LoginLocalUserRequest, Depends(JsonBody(LoginLocalUserRequest))],
    ) -> Response:
        return await log_in(body.project_id, body, visitor)

    @routes.get(
        "/local/session",
        **operation(
            "getLocalSession", "Get current session (project-based)",
            "Who is signed in with this token, a person of a project. With `projectId`, of that project.",
            answers=LocalSessionResponse, answered="The session",
            example={"user": {**examples.LOCAL_USER, "customRole": None}, "authenticated": True},
            codes=(Code.NOT_FOUND, Code.FORBIDDEN),
        ),
    )  # fmt: skip
    async def local_session(
        caller: Person, project_id: Annotated[str | None, Query(alias="projectId", pattern=ID_PATTERN)] = None
    ) -> Response:
        found = granted(await service.current(caller)).person
        if found.project_id is None:
            raise RefusedError(
                Refused(Code.FORBIDDEN, "This is for people of a project. Operators use GET /api/auth/session.")
            )
        if project_id is not None and project_id.lower() != found.project_id:
            raise RefusedError(Refused(Code.NOT_FOUND, "You have no session in this project."))
        return answer(LocalSessionResponse(user=local_session_user(found), authenticated=True))

    @routes.post(
        "/local/logout",
        **operation(
            "logoutLocalUser", "Logout user (project-based)", "Ends the session of this token, at once.",
            answers=Message, answered="Signed out", example={"message": "Signed out."},
        ),
    )  # fmt: skip
    async def logout_local(caller: Person) -> Response:
        return await logout(caller)

    return routes
