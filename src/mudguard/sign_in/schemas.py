"""Bodies and answers of signing up and signing in."""

from typing import Annotated

from pydantic import Field

from mudguard.accounts.schemas import User
from mudguard.rules.identity import ID_PATTERN
from mudguard.web.answers import Id, ResponseModel, Timestamp
from mudguard.web.fields import Email, Name, NewPassword, OptionalCode, Password, ProjectId, TypedCode
from mudguard.web.inputs import QueryModel, RequestModel


class LoginRequest(RequestModel):
    """An operator's credentials, and optionally a code to do both steps at once."""

    email: Annotated[str, Field(max_length=320)]
    password: Password
    totp_token: OptionalCode = Field(default="", description="A code of the second factor, if it is on.")


class LoginLocalUserRequest(LoginRequest):
    """The credentials of a person of a project."""

    project_id: ProjectId


class ApplicantRequest(RequestModel):
    """What everybody who signs up sends."""

    email: Email
    password: NewPassword
    first_name: Name
    last_name: Name


class RegisterRequest(ApplicantRequest):
    """A person who signs up as an operator."""

    org_name: Annotated[str, Field(max_length=100)] = ""
    agreed_to_terms: bool = Field(description="Must be true.", json_schema_extra={"const": True})


class RegisterLocalUserRequest(ApplicantRequest):
    """A person who signs up to a project."""

    project_id: ProjectId


class RefreshTokenRequest(RequestModel):
    """The newest refresh token of a session."""

    refresh_token: str = Field(min_length=1, max_length=4096)


class ChallengeRequest(RequestModel):
    """The second step of a sign-in."""

    challenge_token: str = Field(min_length=1, max_length=4096)
    token: TypedCode = Field(min_length=1, description="6 digits of the authenticator, or a backup code.")


class AuthResponse(ResponseModel):
    """A sign-in of an operator."""

    message: str
    token: str = Field(description="JWT access token, for the Authorization header.")
    refresh_token: str = Field(description="For POST /api/auth/refresh, once.")
    expires_in: int = Field(description="Seconds the access token lives.")
    user: User


class LocalUser(ResponseModel):
    """A person of a project, as sign-in shows them."""

    id: Id
    email: str
    first_name: str
    last_name: str
    role: str
    email_verified: bool
    two_factor_enabled: bool


class NewLocalUser(ResponseModel):
    """A person of a project, as sign-up shows them."""

    id: Id
    email: str
    first_name: str
    last_name: str
    email_verified: bool
    custom_role: str | None


class LoginLocalUserResponse(ResponseModel):
    """A sign-in of a person of a project."""

    message: str
    token: str
    refresh_token: str
    expires_in: int
    user: LocalUser


class RegisterLocalUserResponse(ResponseModel):
    """A sign-up. It has no token if the project needs a verified address or approval first."""

    message: str
    require_verification: bool
    token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    user: NewLocalUser


class RefreshTokenResponse(ResponseModel):
    """A new pair of tokens."""

    message: str
    token: str
    refresh_token: str
    expires_in: int


class ChallengeResponse(ResponseModel):
    """The same as the login's answer: the body of an operator's or of a local sign-in."""

    message: str
    token: str
    refresh_token: str
    expires_in: int
    user: User | LocalUser


class SessionResponse(ResponseModel):
    """The current session."""

    user: User
    authenticated: bool


class LocalSessionUser(LocalUser):
    """A person of a project, as the local session shows them."""

    custom_role: str | None


class LocalSessionResponse(ResponseModel):
    """The current session of a person of a project."""

    user: LocalSessionUser
    authenticated: bool


class SessionDescription(ResponseModel):
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


class SessionsResponse(ResponseModel):
    """A person's sessions, the newest first."""

    sessions: list[SessionDescription]
    total: int


class LocalSessionQuery(QueryModel):
    """The project that the session must belong to."""

    project_id: Annotated[str, Field(pattern=ID_PATTERN)] | None = None
