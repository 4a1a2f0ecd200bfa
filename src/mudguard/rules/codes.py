"""Reads typed codes: which spellings are the same code, and which kind of factor it is."""

import re
from enum import StrEnum

MAX_TYPED_LENGTH = 64

_TYPED = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-]*", re.ASCII)
_TOTP = re.compile(r"[0-9]{6}", re.ASCII)


class Factor(StrEnum):
    """The kinds of second factor, by the names that the API uses for them."""

    TOTP = "totp"
    BACKUP_CODE = "backup_code"


def normalised(typed: str) -> str | None:
    """`typed` without spaces and hyphens; None if it cannot be a code.

    A code has only ASCII letters and digits: no signs, digits of other scripts or control characters.
    """
    text = typed.strip(" ")
    if len(text) > MAX_TYPED_LENGTH or not _TYPED.fullmatch(text):
        return None
    return text.replace(" ", "").replace("-", "")


def factor_of(code: str) -> Factor:
    """Six ASCII digits are a TOTP code, anything else a backup code."""
    return Factor.TOTP if _TOTP.fullmatch(code) else Factor.BACKUP_CODE
