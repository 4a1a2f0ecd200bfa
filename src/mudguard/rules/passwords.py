"""Which passwords are good enough (NIST SP 800-63B-4 section 3.1.1.2): length and a blocklist, nothing else."""

import unicodedata
from collections.abc import Container

MIN_LENGTH = 8
MAX_LENGTH = 128


def normalised(password: str) -> str:
    """`password` in the form that is hashed: NFKC, so that it matches when keyboards compose letters differently."""
    return unicodedata.normalize("NFKC", password)


def objection(password: str, *, email: str, common: Container[str]) -> str | None:
    """What is wrong with `password`, as a sentence that says what to do; None if it is good enough.

    `common` holds breached and common passwords in lower case.
    """
    text = normalised(password)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        return f"Use {MIN_LENGTH} to {MAX_LENGTH} characters."
    lowered = text.lower()
    if lowered in common or len(set(lowered)) == 1:
        return "This password is on the lists that attackers try first. Choose another."
    address = email.lower()
    if lowered in (address, address.partition("@")[0]):
        return "Your e-mail address is no password. Choose another."
    return None
