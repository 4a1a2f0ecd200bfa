"""What an access token of the server under test says."""

from typing import Any

ISSUER = "https://id.northwind.test"
AUDIENCE = "mudguard"
LIFETIME = 1_800

NOW = 1_700_000_000
NOW_MS = NOW * 1000

PERSON = "0123456789abcdef01234567"
SESSION = "89abcdef0123456789abcdef"

OWN: dict[str, Any] = {
    "sub": PERSON,
    "sid": SESSION,
    "jti": "f" * 32,
    "auth_time": NOW - 60,
    "email": "ada@customers.test",
    "role": "viewer",
    "amr": ["pwd", "otp", "mfa"],
    "aal": "aal2",
}
"""What the server says of a person and a session."""

WHOLE: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "exp": NOW + LIFETIME, **OWN}
"""All claims of a token issued at `NOW`."""
