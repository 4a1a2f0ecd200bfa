"""otpauth URIs, which authenticator apps read from the QR code (Key URI Format)."""

from urllib.parse import quote

NAMELESS = "Mudguard"
"""The issuer if nothing is left of its name."""


MAX_ISSUER = 100
"""Characters; the longest name of a project or an organisation."""

MAX_ACCOUNT = 360
"""Letters of the account after percent-encoding. With this bound every URI fits into a QR code of level M."""


def uri(*, issuer: str, account: str, secret: str) -> str:
    """The URI for an authenticator. It leaves out the format's defaults (SHA1, 6 digits, 30 s).

    The format allows no colon inside the issuer or the account, since apps split the decoded label at the
    first one: a colon in the issuer becomes a space. Names that are too long are shortened. `secret` is unpadded
    base32.
    """
    name = quote(_without_colons(issuer)[:MAX_ISSUER] or NAMELESS, safe="")
    return f"otpauth://totp/{name}:{_shortened(_without_colons(account))}?secret={secret}&issuer={name}"


def _shortened(account: str) -> str:
    """Percent-encoded. A text that is too long is cut and ends with an ellipsis."""
    quoted = quote(account, safe="")
    while len(quoted) > MAX_ACCOUNT:
        account = account[: min(len(account) - 1, MAX_ACCOUNT)]
        quoted = quote(f"{account}…", safe="")
    return quoted


def _without_colons(text: str) -> str:
    return " ".join(text.replace(":", " ").split())
