"""otpauth URIs: what an authenticator app reads out of the QR code (Key URI Format)."""

from urllib.parse import quote

NAMELESS = "Mudguard"
"""The issuer where nothing is left of its name."""


def uri(*, issuer: str, account: str, secret: str) -> str:
    """The URI for an authenticator with the format's defaults (SHA1, 6 digits, 30 s), which are left out.

    The format allows no colon inside the issuer or the account, since apps split the decoded label at the
    first one: a colon in the issuer becomes a space. `secret` is unpadded base32.
    """
    name = quote(_without_colons(issuer) or NAMELESS, safe="")
    return f"otpauth://totp/{name}:{quote(_without_colons(account), safe='')}?secret={secret}&issuer={name}"


def _without_colons(text: str) -> str:
    return " ".join(text.replace(":", " ").split())
