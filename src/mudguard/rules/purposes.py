"""The purposes of encrypted values. A value encrypted for one purpose cannot be decrypted for another."""

AUTHENTICATOR_SECRET = "authenticator secret"  # noqa: S105  # a name, not a secret
PENDING_BACKUP_CODES = "pending backup codes"
AUDIT_KEY = "audit key"

AUDIT_KEY_OWNER = "instance"
"""The owner of a value that belongs to no person. All others belong to a person, by id."""
