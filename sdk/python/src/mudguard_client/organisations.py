"""Inputs and results of the calls about projects, API keys and the server."""

from datetime import datetime
from typing import TypedDict

from mudguard_client.results import Result, hidden, hidden_or_none, result


class SettingsChange(TypedDict, total=False):
    """Which settings of a project to change."""

    allow_anonymous_auth: bool
    require_email_verification: bool
    require_phone_verification: bool
    default_user_account_status: str
    enable_realtime: bool
    enable_storage: bool
    enable_functions: bool


class PermissionGrant(TypedDict):
    """What a key may do with a resource."""

    resource: str
    """`auth`, `database`, `storage`, `functions`, `realtime` or `messaging`."""
    actions: list[str]
    """Of `create`, `read`, `update`, `delete`."""


class RateLimitChange(TypedDict, total=False):
    """So many requests in a window of so many seconds."""

    requests: int
    window: int


@result
class ProjectSettings(Result):
    """Settings of a project."""

    allow_anonymous_auth: bool
    require_email_verification: bool
    """People must have a verified e-mail address to sign in."""
    require_phone_verification: bool
    default_user_account_status: str
    """`active`, or `pending`: people wait for approval."""
    enable_realtime: bool
    enable_storage: bool
    enable_functions: bool


@result
class Project(Result):
    """A project."""

    id: str
    name: str
    description: str | None = None
    slug: str
    org: str
    """Id of the organisation."""
    settings: ProjectSettings
    created_at: datetime
    updated_at: datetime


@result
class ProjectList(Result):
    """The projects of an organisation."""

    projects: tuple[Project, ...]
    total: int


@result
class ChangedProject(Result):
    """A project that was made or changed."""

    message: str
    project: Project


@result
class ApiKeyPermission(Result):
    """What a key may do with a resource."""

    resource: str
    actions: tuple[str, ...]


@result
class RateLimit(Result):
    """So many requests in a window of so many seconds."""

    requests: int
    window: int


@result
class Usage(Result):
    """How much a key was used."""

    requests: int
    last_used: datetime | None = None


@result
class ProjectName(Result):
    """Which project a key belongs to."""

    id: str
    name: str
    slug: str


@result
class Creator(Result):
    """Who made a key."""

    id: str
    first_name: str
    last_name: str
    email: str


@result
class ApiKey(Result):
    """An API key. Its secret is there only when it was just made."""

    id: str
    name: str
    project: ProjectName
    permissions: tuple[ApiKeyPermission, ...]
    rate_limit: RateLimit
    usage: Usage
    is_active: bool
    expires_at: datetime | None = None
    created_by: Creator
    created_at: datetime
    secret: str | None = hidden_or_none()


@result
class ApiKeyList(Result):
    """The keys of an organisation."""

    api_keys: tuple[ApiKey, ...]
    total: int


@result
class CreatedApiKey(Result):
    """A new key, with the secret that is shown this once."""

    message: str
    api_key: ApiKey


@result
class ChangedApiKey(Result):
    """A key after a change."""

    message: str
    api_key: ApiKey


@result
class RegeneratedApiKey(Result):
    """The new secret of a key, shown this once."""

    message: str
    secret: str = hidden()


@result
class ApiKeyUsage(Result):
    """How much a key was used, and how much it may be."""

    usage: Usage
    rate_limit: RateLimit
    is_active: bool
    expires_at: datetime | None = None


@result
class Services(Result):
    """What the server stands on."""

    database: str


@result
class Health(Result):
    """The state of the server."""

    status: str
    """`healthy` or `unhealthy`."""
    timestamp: datetime
    services: Services
    version: str
    uptime: float
    """Seconds."""
