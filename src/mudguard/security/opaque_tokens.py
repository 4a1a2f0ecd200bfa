"""Opaque tokens: refresh tokens, challenges and API keys. The database keeps only their SHA-256."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass

API_KEY_PREFIX = "mb_live_"

_SECRET_BYTES = 32
_FAMILY_BYTES = 16
_ID_BYTES = 12
_REFRESH_PREFIX = "mgr_"
_CHALLENGE_PREFIX = "mgc_"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Says which session it renews. `family` stays the same over rotations, `secret` changes with each.

    If the family is right and the secret is wrong, the token was issued and used before. This tells a stolen token from
    an invented one, which must not end anybody's session.
    """

    person_id: str
    session_id: str
    family: bytes
    secret: bytes

    @classmethod
    def new(cls, person_id: str, session_id: str) -> "RefreshToken":
        """The first token of a session."""
        return cls(person_id, session_id, secrets.token_bytes(_FAMILY_BYTES), secrets.token_bytes(_SECRET_BYTES))

    def next(self) -> "RefreshToken":
        """The token that replaces this one."""
        return RefreshToken(self.person_id, self.session_id, self.family, secrets.token_bytes(_SECRET_BYTES))

    @property
    def family_hash(self) -> bytes:
        """The family's hash in the database."""
        return _hash(self.family)

    @property
    def secret_hash(self) -> bytes:
        """The secret's hash in the database."""
        return _hash(self.secret)

    def __str__(self) -> str:
        ids = bytes.fromhex(self.person_id + self.session_id)
        return _REFRESH_PREFIX + _encoded(ids + self.family + self.secret)

    def __repr__(self) -> str:
        return f"RefreshToken(session {self.session_id})"

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """Read `text` as a token; None if it is not a refresh token."""
        raw = _decoded(text, _REFRESH_PREFIX, 2 * _ID_BYTES + _FAMILY_BYTES + _SECRET_BYTES)
        if raw is None:
            return None
        ids, family, secret = raw[: 2 * _ID_BYTES], raw[2 * _ID_BYTES : -_SECRET_BYTES], raw[-_SECRET_BYTES:]
        return cls(ids[:_ID_BYTES].hex(), ids[_ID_BYTES:].hex(), family, secret)


@dataclass(frozen=True, slots=True)
class ChallengeToken:
    """Names the sign-in that waits for a second factor. Alone it gives no access."""

    person_id: str
    secret: bytes

    @classmethod
    def new(cls, person_id: str) -> "ChallengeToken":
        """A fresh challenge for that person."""
        return cls(person_id, secrets.token_bytes(_SECRET_BYTES))

    @property
    def id(self) -> str:
        """Its id in the database."""
        return _hash(self.secret).hex()

    def __str__(self) -> str:
        return _CHALLENGE_PREFIX + _encoded(bytes.fromhex(self.person_id) + self.secret)

    def __repr__(self) -> str:
        return f"ChallengeToken(person {self.person_id})"

    @classmethod
    def parse(cls, text: str) -> "ChallengeToken | None":
        """Read `text` as a challenge; None if it is not one."""
        raw = _decoded(text, _CHALLENGE_PREFIX, _ID_BYTES + _SECRET_BYTES)
        return None if raw is None else cls(raw[:_ID_BYTES].hex(), raw[_ID_BYTES:])


def new_api_key() -> str:
    """An API key of 256 random bits."""
    return API_KEY_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def api_key_hash(secret: str) -> bytes:
    """An API key's hash in the database. A key is random enough, so it needs no slow hash."""
    return _hash(secret.encode())


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str, prefix: str, length: int) -> bytes | None:
    body = text.removeprefix(prefix)
    if body == text or len(body) != -(-length * 4 // 3) or not body.isascii():
        return None
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return raw if _encoded(raw) == body else None
