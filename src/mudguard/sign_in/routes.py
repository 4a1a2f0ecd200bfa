"""The endpoints of signing up and signing in."""

from mudguard.authn.callers import Visitor
from mudguard.rules.refusals import ErrorCode, Refused
from mudguard.sign_in import examples
from mudguard.sign_in.issuing import SignedIn
from mudguard.sign_in.presentation import challenge_completed, locally_signed_in, signed_in, signed_up
from mudguard.sign_in.registration import Applicant, RegistrationService
from mudguard.sign_in.schemas import (
    ApplicantRequest,
    AuthResponse,
    ChallengeRequest,
    ChallengeResponse,
    LoginLocalUserRequest,
    LoginLocalUserResponse,
    LoginRequest,
    RegisterLocalUserRequest,
    RegisterLocalUserResponse,
    RegisterRequest,
)
from mudguard.sign_in.service import SignInService
from mudguard.store.people import OPERATORS
from mudguard.web.access import limited
from mudguard.web.errors import RefusedError, unwrap
from mudguard.web.inputs import JsonBody
from mudguard.web.operations import Call, Operations
from mudguard.web.rate_limits import RateLimitedAction

_LOGIN_CODES = (
    ErrorCode.INVALID_CREDENTIALS,
    ErrorCode.INVALID_TWO_FACTOR_CODE,
    ErrorCode.TWO_FACTOR_REQUIRED,
    ErrorCode.ACCOUNT_DISABLED,
    ErrorCode.TOO_MANY_ATTEMPTS,
)
_AFTER_LOGIN = (
    " With two-factor authentication on, the answer is 403 `TWO_FACTOR_REQUIRED` with a `challengeToken` for "
    "POST /api/auth/2fa/challenge, unless `totpToken` carries a right code."
)

sign_up: Operations[RegistrationService] = Operations("auth")
sign_in: Operations[SignInService] = Operations("auth")


@sign_up.add(
    "POST",
    "/api/auth/register",
    id="registerUser",
    access=limited(RateLimitedAction.REGISTER),
    takes=JsonBody(RegisterRequest),
    summary="Register new user",
    description="Creates an operator, their organisation and its first project, and signs them in.",
    answered="Signed up and in",
    status=201,
    example=examples.SIGNED_IN,
    request_example={**examples.APPLICANT, "orgName": "Northwind", "agreedToTerms": True},
    errors=(ErrorCode.CONFLICT,),
)
async def register(service: RegistrationService, call: Call[Visitor, RegisterRequest]) -> AuthResponse:
    if not call.input.agreed_to_terms:
        raise RefusedError(Refused(ErrorCode.VALIDATION_ERROR, details={"agreedToTerms": "must be true to sign up"}))
    org_name = call.input.org_name.strip()
    outcome = await service.register_operator(_applicant(call.input), org_name=org_name, visitor=call.caller)
    return signed_in(unwrap(outcome), message="Account created.")


@sign_in.add(
    "POST",
    "/api/auth/login",
    id="loginUser",
    access=limited(RateLimitedAction.LOGIN),
    takes=JsonBody(LoginRequest),
    summary="Login user",
    description="Signs an operator in." + _AFTER_LOGIN,
    answered="Signed in",
    example=examples.SIGNED_IN,
    request_example=examples.CREDENTIALS,
    errors=_LOGIN_CODES,
)
async def login(service: SignInService, call: Call[Visitor, LoginRequest]) -> AuthResponse:
    return signed_in(await _log_in(service, OPERATORS, call.input, call.caller))


@sign_in.add(
    "POST",
    "/api/auth/2fa/challenge",
    id="completeTwoFactorChallenge",
    access=limited(RateLimitedAction.CHALLENGE),
    takes=JsonBody(ChallengeRequest),
    summary="Finish a sign-in with the second factor",
    description="Takes the `challengeToken` of a login and a code, and answers as the login would have without 2FA. "
    "A challenge lives five minutes, works once, and dies of five wrong codes.",
    answered="Signed in",
    example=examples.SIGNED_IN,
    request_example={"challengeToken": examples.CHALLENGE_TOKEN, "token": "492039"},
    errors=(
        ErrorCode.INVALID_CHALLENGE,
        ErrorCode.INVALID_TWO_FACTOR_CODE,
        ErrorCode.ACCOUNT_DISABLED,
        ErrorCode.TOO_MANY_ATTEMPTS,
    ),
)
async def challenge(service: SignInService, call: Call[Visitor, ChallengeRequest]) -> ChallengeResponse:
    outcome = await service.complete_challenge(call.input.challenge_token, call.input.token, visitor=call.caller)
    return challenge_completed(unwrap(outcome))


@sign_up.add(
    "POST",
    "/api/auth/local/register",
    id="registerLocalUser",
    access=limited(RateLimitedAction.REGISTER),
    takes=JsonBody(RegisterLocalUserRequest),
    summary="Register new user (project-based)",
    description="Creates a person of a project and signs them in. Where the project asks for a verified e-mail "
    "address or for approval, there is no token yet.",
    answered="Signed up",
    status=201,
    example={
        "message": "Account created.",
        "requireVerification": False,
        **examples.TOKENS,
        "user": examples.NEW_LOCAL_USER,
    },
    request_example={**examples.APPLICANT, "projectId": examples.PROJECT_ID},
    errors=(ErrorCode.CONFLICT, ErrorCode.NOT_FOUND),
)
async def register_local(
    service: RegistrationService, call: Call[Visitor, RegisterLocalUserRequest]
) -> RegisterLocalUserResponse:
    outcome = await service.register_person(call.input.project_id, _applicant(call.input), visitor=call.caller)
    if isinstance(outcome, Refused):
        raise RefusedError(outcome)
    return signed_up(outcome)


@sign_in.add(
    "POST",
    "/api/auth/local/login",
    id="loginLocalUser",
    access=limited(RateLimitedAction.LOGIN),
    takes=JsonBody(LoginLocalUserRequest),
    summary="Login user (project-based)",
    description="Signs a person of a project in. Where the project asks for a verified e-mail address and it is not,"
    " the answer is 403 `EMAIL_VERIFICATION_REQUIRED`." + _AFTER_LOGIN,
    answered="Signed in",
    example=examples.LOCALLY_SIGNED_IN,
    request_example={**examples.CREDENTIALS, "projectId": examples.PROJECT_ID},
    errors=(*_LOGIN_CODES, ErrorCode.EMAIL_VERIFICATION_REQUIRED),
)
async def login_local(service: SignInService, call: Call[Visitor, LoginLocalUserRequest]) -> LoginLocalUserResponse:
    return locally_signed_in(await _log_in(service, call.input.project_id, call.input, call.caller))


def _applicant(given: ApplicantRequest) -> Applicant:
    return Applicant(given.email, given.password, given.first_name, given.last_name)


async def _log_in(service: SignInService, realm: str, given: LoginRequest, visitor: Visitor) -> SignedIn:
    outcome = await service.login(realm, given.email, given.password, totp_token=given.totp_token, visitor=visitor)
    return unwrap(outcome)
