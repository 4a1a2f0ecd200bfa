"""The API keys of an organisation."""

from collections.abc import Sequence
from datetime import datetime

from mudguard_client.accounts import Message
from mudguard_client.core import Steps
from mudguard_client.endpoints import Endpoints, Kind, given, operation, segment
from mudguard_client.organisations import (
    ApiKeyList,
    ApiKeyUsage,
    ChangedApiKey,
    CreatedApiKey,
    PermissionGrant,
    RateLimitChange,
    RegeneratedApiKey,
)


class ApiKeys(Endpoints[Kind]):
    """The API keys of an organisation's projects: `client.api_keys`. For owners and admins."""

    @operation
    def list(self) -> Steps[ApiKeyList]:
        """All keys, without their secrets."""
        return self._core.send("GET", "/api/api-keys", ApiKeyList, timeout=self._timeout)

    @operation
    def create(
        self,
        *,
        name: str,
        project_id: str,
        permissions: Sequence[PermissionGrant] | None = None,
        rate_limit: RateLimitChange | None = None,
        expires_at: datetime | None = None,
    ) -> Steps[CreatedApiKey]:
        """A new key for a project. Its secret is shown this once.

        It may do everything if `permissions` are left out, and lives for ever without `expires_at`, which must know
        its time zone.
        """
        if expires_at is not None and expires_at.tzinfo is None:
            raise ValueError("expires_at must know its time zone")
        end = expires_at and expires_at.isoformat()
        body = given(name=name, project_id=project_id, permissions=permissions, rate_limit=rate_limit, expires_at=end)
        return self._core.send("POST", "/api/api-keys", CreatedApiKey, body=body, timeout=self._timeout)

    @operation
    def update(
        self,
        key_id: str,
        *,
        name: str | None = None,
        permissions: Sequence[PermissionGrant] | None = None,
        rate_limit: RateLimitChange | None = None,
        is_active: bool | None = None,
    ) -> Steps[ChangedApiKey]:
        """Change name, permissions or limit of a key, or switch it off or on."""
        body = given(name=name, permissions=permissions, rate_limit=rate_limit, is_active=is_active)
        return self._core.send("PATCH", _path(key_id), ChangedApiKey, body=body, timeout=self._timeout)

    @operation
    def delete(self, key_id: str) -> Steps[Message]:
        """Remove a key; it stops working at once."""
        return self._core.send("DELETE", _path(key_id), Message, timeout=self._timeout)

    @operation
    def regenerate(self, key_id: str) -> Steps[RegeneratedApiKey]:
        """A new secret for a key, shown this once; the old one is void at once."""
        return self._core.send("POST", f"{_path(key_id)}/regenerate", RegeneratedApiKey, timeout=self._timeout)

    @operation
    def usage(self, key_id: str) -> Steps[ApiKeyUsage]:
        """How much a key was used."""
        return self._core.send("GET", f"{_path(key_id)}/usage", ApiKeyUsage, timeout=self._timeout)


def _path(key_id: str) -> str:
    return f"/api/api-keys/{segment(key_id)}"
