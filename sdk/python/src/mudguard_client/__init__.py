"""Client for a Mudguard server: accounts, sign-in and two-factor authentication."""

from typing import TYPE_CHECKING, Any

from mudguard_client.accounts import (
    BackupCodes,
    EventsPage,
    ExportedData,
    Message,
    Organisation,
    Profile,
    SecurityEvent,
    Session,
    SessionDescription,
    Sessions,
    SignIn,
    SignUp,
    TwoFactorSetup,
    TwoFactorStatus,
    UpdatedProfile,
    User,
)
from mudguard_client.blocking import MudbaseClient
from mudguard_client.errors import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    MethodNotAllowedError,
    MudbaseError,
    NetworkError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    ServiceUnavailableError,
    TimedOutError,
    TwoFactorRequired,
    UnreadableAnswerError,
    UnsupportedMediaTypeError,
)
from mudguard_client.organisations import (
    ApiKey,
    ApiKeyList,
    ApiKeyPermission,
    ApiKeyUsage,
    ChangedApiKey,
    ChangedProject,
    CreatedApiKey,
    Creator,
    Health,
    PermissionGrant,
    Project,
    ProjectList,
    ProjectName,
    ProjectSettings,
    RateLimit,
    RateLimitChange,
    RegeneratedApiKey,
    Services,
    SettingsChange,
    Usage,
)
from mudguard_client.results import Result
from mudguard_client.tokens import Tokens
from mudguard_client.version import __version__

if TYPE_CHECKING:
    from mudguard_client.asynchronous import AsyncMudbaseClient

__all__ = [
    "ApiKey",
    "ApiKeyList",
    "ApiKeyPermission",
    "ApiKeyUsage",
    "AsyncMudbaseClient",
    "AuthenticationError",
    "BackupCodes",
    "BadRequestError",
    "ChangedApiKey",
    "ChangedProject",
    "ConflictError",
    "CreatedApiKey",
    "Creator",
    "EventsPage",
    "ExportedData",
    "Health",
    "Message",
    "MethodNotAllowedError",
    "MudbaseClient",
    "MudbaseError",
    "NetworkError",
    "NotFoundError",
    "Organisation",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PermissionGrant",
    "Profile",
    "Project",
    "ProjectList",
    "ProjectName",
    "ProjectSettings",
    "RateLimit",
    "RateLimitChange",
    "RateLimitedError",
    "RegeneratedApiKey",
    "Result",
    "SecurityEvent",
    "ServerError",
    "ServiceUnavailableError",
    "Services",
    "Session",
    "SessionDescription",
    "Sessions",
    "SettingsChange",
    "SignIn",
    "SignUp",
    "TimedOutError",
    "Tokens",
    "TwoFactorRequired",
    "TwoFactorSetup",
    "TwoFactorStatus",
    "UnreadableAnswerError",
    "UnsupportedMediaTypeError",
    "UpdatedProfile",
    "Usage",
    "User",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "AsyncMudbaseClient":  # asyncio is a third of the time that the rest takes to import
        from mudguard_client.asynchronous import AsyncMudbaseClient  # noqa: PLC0415

        return AsyncMudbaseClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
