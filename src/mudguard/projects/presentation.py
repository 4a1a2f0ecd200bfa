"""Projects and API keys as the official clients expect them."""

from typing import Any

from mudguard.projects.keys import NewKey
from mudguard.projects.schemas import (
    ApiKey,
    ApiKeyUsageResponse,
    ApiKeyWithSecret,
    PermissionAnswer,
    Project,
    ProjectSettingsAnswer,
    ProjectSummary,
    RateLimitAnswer,
    Usage,
    UserSummary,
)
from mudguard.store.api_keys import ApiKey as StoredKey
from mudguard.store.projects import Project as StoredProject
from mudguard.web.answers import timestamp


def project(stored: StoredProject) -> Project:
    """A project."""
    optional: dict[str, Any] = {"description": stored.description} if stored.description else {}
    return Project(
        id=stored.id,
        name=stored.name,
        slug=stored.slug,
        org=stored.org_id,
        settings=ProjectSettingsAnswer(**stored.settings),
        created_at=timestamp(stored.created_at),
        updated_at=timestamp(stored.updated_at),
        **optional,
    )


def api_key(stored: StoredKey) -> ApiKey:
    """A key without its secret."""
    return ApiKey(**_key(stored))


def new_api_key(new: NewKey) -> ApiKeyWithSecret:
    """A key with its secret."""
    return ApiKeyWithSecret(**_key(new.key), secret=new.secret)


def usage(stored: StoredKey) -> ApiKeyUsageResponse:
    """The usage of a key."""
    return ApiKeyUsageResponse(
        usage=_usage(stored), rate_limit=_limit(stored), is_active=stored.is_active, **_expiry(stored)
    )


def _key(stored: StoredKey) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.name,
        "project": ProjectSummary(id=stored.project_id, name=stored.project_name, slug=stored.project_slug),
        "permissions": [PermissionAnswer(**permission) for permission in stored.permissions],
        "rate_limit": _limit(stored),
        "usage": _usage(stored),
        "is_active": stored.is_active,
        "created_by": UserSummary(
            id=stored.created_by,
            first_name=stored.creator_first_name,
            last_name=stored.creator_last_name,
            email=stored.creator_email,
        ),
        "created_at": timestamp(stored.created_at),
        **_expiry(stored),
    }


def _usage(stored: StoredKey) -> Usage:
    if stored.last_used_at is None:
        return Usage(requests=stored.requests)
    return Usage(requests=stored.requests, last_used=timestamp(stored.last_used_at))


def _limit(stored: StoredKey) -> RateLimitAnswer:
    return RateLimitAnswer(requests=stored.limit_requests, window=stored.limit_window)


def _expiry(stored: StoredKey) -> dict[str, Any]:
    return {} if stored.expires_at is None else {"expires_at": timestamp(stored.expires_at)}
