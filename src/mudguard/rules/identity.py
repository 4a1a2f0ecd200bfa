"""Ids, slugs, and when two e-mail addresses are the same."""

import re
import unicodedata

ID_PATTERN = "^[0-9a-fA-F]{24}$"
_ID = re.compile(ID_PATTERN)
_WORDS = re.compile(r"[a-z0-9]+")

RANDOM_ID_BYTES = 8


def new_id(now_ms: int, random: bytes) -> str:
    """24 lower-case hex digits: 32 bits of seconds, so that an index is in order of time, and 64 random bits."""
    return (now_ms // 1000 & 0xFFFF_FFFF).to_bytes(4, "big").hex() + random.hex()


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id."""
    return bool(_ID.fullmatch(text))


def email_key(email: str) -> str:
    """The key that all spellings of one e-mail address share: NFKC, then case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def slug(name: str) -> str:
    """`name` as lower-case ASCII words joined by hyphens; `untitled` if no word is left."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join(_WORDS.findall(ascii_name.lower()))[:60].strip("-") or "untitled"
