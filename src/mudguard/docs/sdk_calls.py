"""The client method for each operation."""

from typing import NamedTuple


class Call(NamedTuple):
    """The methods of the three clients; empty if a client has none.

    `official` is for Mudbase's own client: class, method and, if there is a body, its model.
    """

    javascript: str = ""
    python: str = ""
    official: tuple[str, str, str] | None = None


CALLS: dict[str, Call] = {
    "setup2FA": Call("users.setup2fa", "users.setup2fa", ("UsersApi", "setup2_fa", "")),
    "verify2FA": Call("users.verify2fa", "users.verify2fa", ("UsersApi", "verify2_fa", "Verify2FARequest")),
    "disable2FA": Call("users.disable2fa", "users.disable2fa", ("UsersApi", "disable2_fa", "Disable2FARequest")),
    "getTwoFactorStatus": Call("users.twoFactor", "users.two_factor"),
    "regenerateBackupCodes": Call("users.regenerateBackupCodes", "users.regenerate_backup_codes"),
    "getCurrentUser": Call("users.get", "users.get", ("UsersApi", "get_current_user", "")),
    "updateUserProfile": Call("users.update", "users.update", ("UsersApi", "update_user_profile", "UpdateUserRequest")),
    "changePassword": Call(
        "users.changePassword", "users.change_password", ("UsersApi", "change_password", "ChangePasswordRequest")
    ),
    "exportUserData": Call("users.exportData", "users.export_data", ("UsersApi", "export_user_data", "")),
    "eraseUserData": Call("users.erase", "users.erase", ("UsersApi", "erase_user_data", "EraseUserDataRequest")),
    "listSessions": Call("users.sessions", "users.sessions"),
    "listSecurityEvents": Call("users.securityEvents", "users.security_events"),
    "revokeSession": Call("users.revokeSession", "users.revoke_session"),
    "registerUser": Call("auth.register", "auth.register", ("AuthenticationApi", "register_user", "RegisterRequest")),
    "loginUser": Call("auth.login", "auth.login", ("AuthenticationApi", "login_user", "LoginRequest")),
    "completeTwoFactorChallenge": Call("auth.completeTwoFactor", "auth.complete_two_factor"),
    "refreshToken": Call(official=("AuthenticationApi", "refresh_token", "RefreshTokenRequest")),
    "getCurrentSession": Call("auth.getSession", "auth.get_session", ("AuthenticationApi", "get_current_session", "")),
    "logoutUser": Call("auth.logout", "auth.logout", ("AuthenticationApi", "logout_user", "")),
    "registerLocalUser": Call(
        "auth.register", "auth.register", ("AuthenticationApi", "register_local_user", "RegisterLocalUserRequest")
    ),
    "loginLocalUser": Call(
        "auth.login", "auth.login", ("AuthenticationApi", "login_local_user", "LoginLocalUserRequest")
    ),
    "getLocalSession": Call(official=("AuthenticationApi", "get_local_session", "")),
    "logoutLocalUser": Call(official=("AuthenticationApi", "logout_local_user", "")),
    "listProjects": Call("projects.list", "projects.list", ("ProjectsApi", "list_projects", "")),
    "createProject": Call(
        "projects.create", "projects.create", ("ProjectsApi", "create_project", "CreateProjectRequest")
    ),
    "getProject": Call("projects.get", "projects.get", ("ProjectsApi", "get_project", "")),
    "updateProject": Call(
        "projects.update", "projects.update", ("ProjectsApi", "update_project", "UpdateProjectRequest")
    ),
    "deleteProject": Call("projects.delete", "projects.delete", ("ProjectsApi", "delete_project", "")),
    "listProjectSecurityEvents": Call("projects.securityEvents", "projects.security_events"),
    "listApiKeys": Call("apiKeys.list", "api_keys.list", ("APIKeysApi", "list_api_keys", "")),
    "createApiKey": Call("apiKeys.create", "api_keys.create", ("APIKeysApi", "create_api_key", "CreateApiKeyRequest")),
    "updateApiKey": Call("apiKeys.update", "api_keys.update", ("APIKeysApi", "update_api_key", "UpdateApiKeyRequest")),
    "deleteApiKey": Call("apiKeys.delete", "api_keys.delete", ("APIKeysApi", "delete_api_key", "")),
    "regenerateApiKey": Call("apiKeys.regenerate", "api_keys.regenerate", ("APIKeysApi", "regenerate_api_key", "")),
    "getApiKeyUsage": Call("apiKeys.usage", "api_keys.usage", ("APIKeysApi", "get_api_key_usage", "")),
    "healthCheck": Call("health", "health", ("HealthApi", "health_check", "")),
}
"""By operation id. An operation that is not here has no method in any client."""
