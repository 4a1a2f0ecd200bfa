"""The tokens of a session: whether they can be one, and when they end."""

import base64
import json
import math
import re
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Tokens:
    """What a session is made of. Whoever has it is signed in: keep it as you would keep a password."""

    token: str = field(repr=False)
    """The access token, a JWT."""
    refresh_token: str | None = field(default=None, repr=False)
    """Gets a new pair, once."""
    expires_at: float | None = None
    """When the access token ends, in seconds since 1970. Read from the token if left out."""


def checked_tokens(tokens: Tokens) -> Tokens:
    """Tokens fit to be sent, with their end; errors as of `credential`."""
    token = credential(tokens.token, "token")
    refresh_token = None if tokens.refresh_token is None else credential(tokens.refresh_token, "refresh_token")
    expires_at = finite(tokens.expires_at)
    return replace(
        tokens,
        token=token,
        refresh_token=refresh_token,
        expires_at=expiry_in(token) if expires_at is None else expires_at,
    )


def credential(value: object, name: str) -> str:
    """A token or a key without the white space around it, as a header can carry it (RFC 9110, section 5.5).

    A `TypeError` or `ValueError` names it and does not show it.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str")
    stripped = value.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", stripped):
        raise ValueError(f"{name} must be printable ASCII without spaces, and not empty")
    return stripped


def expiry_in(token: str) -> float | None:
    """When a JWT ends by its own account, in seconds since 1970; nothing if it is none."""
    payload = token.split(".")[1:2]
    try:
        claims = json.loads(base64.urlsafe_b64decode((payload[0] if payload else "") + "==="))
        return finite(claims["exp"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def finite(value: object) -> float | None:
    """A number as a float; nothing if it is none, or none that a float can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
