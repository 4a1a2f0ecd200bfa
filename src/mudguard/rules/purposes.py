"""What encrypted values are for: a value encrypted for one purpose does not open for another."""

AUTHENTICATOR_SECRET = "authenticator secret"  # noqa: S105  # a name, not a secret
PENDING_BACKUP_CODES = "pending backup codes"
AUDIT_KEY = "audit key"

AUDIT_KEY_OWNER = "instance"
"""Everything else belongs to a person, by id."""
