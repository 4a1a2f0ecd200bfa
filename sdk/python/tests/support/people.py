"""People of the tests, and their authenticator apps."""

import base64
import hmac
import secrets
import time
from typing import Any

PASSWORD = "correct horse battery"
STEP_SECONDS = 30


def new_email() -> str:
    """An address that nobody has."""
    return f"morgan-{secrets.token_hex(8)}@northwind.test"


def operator(email: str) -> dict[str, Any]:
    """What a sign-up of an operator says."""
    names = {"first_name": "Morgan", "last_name": "Chen", "org_name": "Northwind"}
    return {"email": email, "password": PASSWORD, "agreed_to_terms": True, **names}


def code_of(secret: str, steps: int = 0) -> str:
    """The code that an app shows, or the one it will show `steps` later (RFC 6238, SHA-1, 6 digits, 30 seconds)."""
    counter = (int(time.time()) // STEP_SECONDS + steps).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def wrong_code_for(secret: str) -> str:
    """A code that the app shows at no time near."""
    near = {code_of(secret, step) for step in range(-12, 13)}
    return next(code for code in map("{:06}".format, range(26)) if code not in near)
