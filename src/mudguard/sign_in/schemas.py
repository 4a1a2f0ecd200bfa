"""Bodies and answers of signing up and signing in."""

from typing import Annotated

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

from mudguard.http.answers import Answer, Id, Timestamp, User
from mudguard.http.json_body import RequestModel
from mudguard.rules.identity import ID_PATTERN, email_key
from mudguard.two_factor.schemas import OptionalCode, TypedCode

MAX_EMAIL_KEY = 640

SPECIAL_USE_DOMAIN_NAMES.clear()
"""A server on somebody's own network has people at `.test`, `.local` and the like."""


def _checked_email(text: str) -> str:
    try:
        address = validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if len(email_key(address)) > MAX_EMAIL_KEY:
        raise ValueError("is too long once its letters are written out")
    return address


def _trimmed(text: str) -> str:
    trimmed = " ".join(text.split())
    if not trimmed:
        raise ValueError("must not be empty")
    return trimmed


_NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"
"""As `str.split` sees it, which counts some control characters as white space that `\\s` of JSON Schema does not."""

Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_checked_email)]
Name = Annotated[str, Field(max_length=100, json_schema_extra={"pattern": _NOT_BLANK}), AfterValidator(_trimmed)]
ProjectId = Annotated[str, Field(pattern=ID_PATTERN), AfterValidator(str.lower)]
Password = Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password"})]
NewPassword = Annotated[str, Field(min_length=8, max_length=128, json_schema_extra={"format": "password"})]


class LoginRequest(RequestModel):
    """An operator's credentials, and a code to do both steps at once."""

    email: Annotated[str, Field(max_length=320)]
    password: Password
    totp_token: OptionalCode = Field(default="", description="A code of the second factor, if it is on.")


class LoginLocalUserRequest(LoginRequest):
    """The credentials of a person of a project."""

    project_id: ProjectId


class RegisterRequest(RequestModel):
    """Who wants to be an operator."""

    email: Email
    password: NewPassword
    first_name: Name
    last_name: Name
    org_name: Annotated[str, Field(max_length=100)] = ""
    agreed_to_terms: bool = Field(description="Must be true.", json_schema_extra={"const": True})


class RegisterLocalUserRequest(RequestModel):
    """Who wants to join a project."""

    email: Email
    password: NewPassword
    first_name: Name
    last_name: Name
    project_id: ProjectId


class RefreshTokenRequest(RequestModel):
    """The newest refresh token of a session."""

    refresh_token: str = Field(min_length=1, max_length=4096)


class ChallengeRequest(RequestModel):
    """The second step of a sign-in."""

    challenge_token: str = Field(min_length=1, max_length=4096)
    token: TypedCode = Field(min_length=1, description="6 digits of the authenticator, or a backup code.")


class AuthResponse(Answer):
    """A sign-in of an operator."""

    message: str
    token: str = Field(description="JWT access token, for the Authorization header.")
    refresh_token: str = Field(description="For POST /api/auth/refresh, once.")
    expires_in: int = Field(description="Seconds the access token lives.")
    user: User


class LocalUser(Answer):
    """A person of a project, as sign-in shows them."""

    id: Id
    email: str
    first_name: str
    last_name: str
    role: str
    email_verified: bool
    two_factor_enabled: bool


class NewLocalUser(Answer):
    """A person of a project, as sign-up shows them."""

    id: Id
    email: str
    first_name: str
    last_name: str
    email_verified: bool
    custom_role: str | None


class LoginLocalUserResponse(Answer):
    """A sign-in of a person of a project."""

    message: str
    token: str
    refresh_token: str
    expires_in: int
    user: LocalUser


class RegisterLocalUserResponse(Answer):
    """A sign-up. Without a token if the project wants a verified address or approval first."""

    message: str
    require_verification: bool
    token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    user: NewLocalUser


class RefreshTokenResponse(Answer):
    """A new pair of tokens."""

    message: str
    token: str
    refresh_token: str
    expires_in: int


class ChallengeResponse(Answer):
    """What the login would have answered: the body of an operator's or of a local sign-in."""

    message: str
    token: str
    refresh_token: str
    expires_in: int
    user: User | LocalUser


class SessionResponse(Answer):
    """The current session."""

    user: User
    authenticated: bool


class LocalSessionUser(LocalUser):
    """A person of a project, as the local session shows them."""

    custom_role: str | None


class LocalSessionResponse(Answer):
    """The current session of a person of a project."""

    user: LocalSessionUser
    authenticated: bool


class SessionDescription(Answer):
    """One of a person's sessions."""

    id: Id = Field(alias="_id")
    current: bool
    aal: str = Field(
        json_schema_extra={"enum": ["aal1", "aal2"]}, description="`aal2` where a second factor was proved."
    )
    address: str
    user_agent: str
    created_at: Timestamp
    last_used_at: Timestamp


class SessionsResponse(Answer):
    """A person's sessions, the newest first."""

    sessions: list[SessionDescription]
    total: int
