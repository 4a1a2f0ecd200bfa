"""Bodies and answers of projects and API keys."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from mudguard.web.answers import Id, ResponseModel, Timestamp
from mudguard.web.fields import Name, ProjectId
from mudguard.web.inputs import RequestModel


def _moment(value: object) -> datetime:
    """A time with an offset, as UTC. Refuses a time whose UTC is outside the years that `datetime` has."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        utc = moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise ValueError("must be a date and time with its offset, such as 2027-01-02T03:04:05Z")
    return utc


def _whole(value: object) -> object:
    """JSON has one kind of number: 60.0 is as whole as 60 (JSON Schema 2020-12, validation, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _not_offered(_value: object) -> object:
    raise ValueError("cannot be set here: people sign in with e-mail and password")


Whole = BeforeValidator(_whole)
NotOffered = Annotated[Any, AfterValidator(_not_offered), Field(json_schema_extra={"not": {}})]
KeyName = Annotated[str, Field(min_length=2, max_length=100)]
Description = Annotated[str, Field(max_length=1000)]
Slug = Annotated[str, Field(pattern="^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)]
_DateTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=_DateTime)]


class ProjectSettings(RequestModel):
    """Settings of a project. Settings left out stay as they are. Only those about people have an effect here."""

    allow_anonymous_auth: bool | None = None
    require_email_verification: bool | None = Field(
        default=None, description="People must have a verified e-mail address to sign in. Off by default."
    )
    require_phone_verification: bool | None = None
    default_user_account_status: Literal["active", "pending"] | None = Field(
        default=None, description="`pending` people wait until `mudguard user enable` approves them."
    )
    enable_realtime: bool | None = None
    enable_storage: bool | None = None
    enable_functions: bool | None = None


class CreateProjectRequest(RequestModel):
    """A new project."""

    name: Name
    description: Description | None = None
    slug: Slug | None = Field(default=None, description="Made from the name if left out.")


class UpdateProjectRequest(RequestModel):
    """Changes to a project. Fields left out stay as they are."""

    name: Name | None = None
    description: Description | None = None
    settings: ProjectSettings | None = None
    auth: NotOffered = Field(default=None, description="Not offered; refused.")
    logo_url: NotOffered = Field(default=None, description="Not offered; refused.")


class ApiKeyPermission(RequestModel):
    """What a key may do with a resource."""

    resource: Literal["auth", "database", "storage", "functions", "realtime", "messaging"]
    actions: list[Literal["create", "read", "update", "delete"]]


class RateLimit(RequestModel):
    """How many requests in a window of how many seconds."""

    requests: Annotated[int, Field(ge=1, le=1_000_000), Whole] | None = None
    window: Annotated[int, Field(ge=1, le=86_400), Whole] | None = Field(default=None, description="Seconds.")


class CreateApiKeyRequest(RequestModel):
    """A new API key."""

    name: KeyName
    project_id: ProjectId
    permissions: list[ApiKeyPermission] = Field(default=[], description="Empty: everything.")
    rate_limit: RateLimit = RateLimit()
    expires_at: Moment | None = Field(default=None, description="In the future. Never if left out.")


class UpdateApiKeyRequest(RequestModel):
    """Changes to a key. Fields left out stay as they are."""

    name: KeyName | None = None
    permissions: list[ApiKeyPermission] | None = None
    rate_limit: RateLimit | None = None
    is_active: bool | None = None


class ProjectSettingsAnswer(ResponseModel):
    """Settings of a project."""

    allow_anonymous_auth: bool
    require_email_verification: bool
    require_phone_verification: bool
    default_user_account_status: str
    enable_realtime: bool
    enable_storage: bool
    enable_functions: bool


class Project(ResponseModel):
    """A project."""

    id: Id = Field(alias="_id")
    name: str
    description: str | None = None
    slug: str
    org: Id
    settings: ProjectSettingsAnswer
    created_at: Timestamp
    updated_at: Timestamp


class ProjectResponse(ResponseModel):
    """A project that was made or changed."""

    message: str
    project: Project


class ProjectsResponse(ResponseModel):
    """An organisation's projects."""

    projects: list[Project]
    total: int


class ProjectSummary(ResponseModel):
    """The project of a key."""

    id: Id = Field(alias="_id")
    name: str
    slug: str


class UserSummary(ResponseModel):
    """Who made a key."""

    id: Id = Field(alias="_id")
    first_name: str
    last_name: str
    email: str


class Usage(ResponseModel):
    """How much a key was used."""

    requests: int
    last_used: Timestamp | None = None


class RateLimitAnswer(ResponseModel):
    """How many requests in a window of how many seconds."""

    requests: int
    window: int


class PermissionAnswer(ResponseModel):
    """What a key may do with a resource."""

    resource: str
    actions: list[str]


class ApiKey(ResponseModel):
    """An API key, without its secret."""

    id: Id = Field(alias="_id")
    name: str
    project: ProjectSummary
    permissions: list[PermissionAnswer]
    rate_limit: RateLimitAnswer
    usage: Usage
    is_active: bool
    expires_at: Timestamp | None = None
    created_by: UserSummary
    created_at: Timestamp


class ApiKeyWithSecret(ApiKey):
    """A new API key; the secret is shown this once."""

    secret: str


class NewApiKeyResponse(ResponseModel):
    """The new key."""

    message: str
    api_key: ApiKeyWithSecret


class ApiKeyResponse(ResponseModel):
    """The key after the change."""

    message: str
    api_key: ApiKey


class ApiKeysResponse(ResponseModel):
    """An organisation's keys."""

    api_keys: list[ApiKey]
    total: int


class RegeneratedKeyResponse(ResponseModel):
    """The new secret of a key, shown this once."""

    message: str
    secret: str


class ApiKeyUsageResponse(ResponseModel):
    """The usage of a key, and its limit."""

    usage: Usage
    rate_limit: RateLimitAnswer
    is_active: bool
    expires_at: Timestamp | None = None
