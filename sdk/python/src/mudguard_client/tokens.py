"""The tokens of a session, and when they end."""

import base64
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tokens:
    """What a session is made of. Whoever has it is signed in: keep it as you would keep a password."""

    token: str = field(repr=False)
    """The access token, a JWT."""
    refresh_token: str | None = field(default=None, repr=False)
    """Gets a new pair, once."""
    expires_at: float | None = None
    """When the access token ends, in seconds since 1970. Read from the token if left out."""


def expiry_in(token: str) -> float | None:
    """When a JWT ends by its own account, in seconds since 1970; nothing if it is none."""
    payload = token.split(".")[1:2]
    try:
        claims = json.loads(base64.urlsafe_b64decode((payload[0] if payload else "") + "==="))
        return float(claims["exp"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
