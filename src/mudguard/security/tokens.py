"""Access tokens: short-lived JWTs (RFC 7519) under the rules of RFC 8725."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from jwt.types import Options

from mudguard.security.keyring import Key, Keyring

CLOCK_SKEW_SECONDS = 30
"""Seconds that `iat` and `nbf` may be in the future, for servers whose clocks differ."""

MAX_LENGTH = 4096

REMEMBERED = 16_384
"""How many verified tokens a process remembers: a session sends the same one many times (ADR 31)."""

_CHECKS: Options = {
    "require": ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time"],
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
"""What PyJWT checks. We check times, because we remember verified tokens and must check each use."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Algorithm(StrEnum):
    """Signature algorithms. A server signs with and accepts only the configured one (RFC 8725 section 3.1)."""

    HS256 = "HS256"
    EDDSA = "EdDSA"
    ES256 = "ES256"


class TokenError(Exception):
    """The token is not one of ours, or is not valid now."""


class ExpiredTokenError(TokenError):
    """The token is ours, but has expired."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The person of a genuine access token. Only the database says whether the session is still active."""

    person_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class _Genuine:
    """A token with a valid signature: its key, and from when until when it is valid, in seconds."""

    key_id: bytes
    claims: Claims
    expires: float
    starts: float


class AccessTokens:
    """Signs and reads access tokens with keys derived from the key ring."""

    def __init__(self, keyring: Keyring, *, algorithm: Algorithm, issuer: str, audience: str, lifetime: int) -> None:
        self._algorithm = algorithm
        self._issuer = issuer
        self._audience = audience
        self.lifetime = lifetime
        """Seconds a token lives."""
        self._ring = keyring
        self._signing_keys: dict[bytes, Any] = {}
        self._genuine = lru_cache(REMEMBERED)(self._verified)

    def issue(self, claims: Mapping[str, Any], *, now_ms: int) -> str:
        """Make a token with `claims` that is valid from now for its lifetime."""
        issued_at = now_ms // 1000
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": issued_at,
            "exp": issued_at + self.lifetime,
            **claims,
        }
        key = self._ring.first
        return jwt.encode(payload, self._signing(key), self._algorithm.value, headers={"kid": key.name})

    def read(self, token: str, *, now_ms: int) -> Claims:
        """The claims of a valid token. Raises `TokenError`, or `ExpiredTokenError` if the token has expired."""
        genuine = self._genuine(token)
        if self._ring.find(genuine.key_id) is None:
            raise TokenError("signed by no key of the ring")
        _check_times(genuine, now=now_ms / 1000)
        return genuine.claims

    def _verified(self, token: str) -> _Genuine:
        """The contents of a token with a valid signature, at any time. Raises `TokenError`."""
        if len(token) > MAX_LENGTH:
            raise TokenError("too long")
        try:
            key = self._ring.find(bytes.fromhex(jwt.get_unverified_header(token)["kid"]))
            if key is None:
                raise TokenError("signed by no key of the ring")
            claims = jwt.decode(
                token,
                _public(self._signing(key)),
                [self._algorithm.value],
                issuer=self._issuer,
                audience=self._audience,
                options=_CHECKS,
            )
            times = [claims["exp"], claims["iat"], claims.get("nbf", 0)]
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise TokenError("not a token of this server") from error
        if not all(isinstance(claims[name], str) for name in ("sub", "sid", "jti")):
            raise TokenError("not a token of this server")
        if not all(_is_numeric_date(moment) for moment in times):
            raise TokenError("times that are no numbers")
        expires, *starts = times
        return _Genuine(key.id, Claims(claims["sub"], claims["sid"]), expires, max(starts))

    def public_keys(self) -> list[dict[str, Any]]:
        """The keys that verify tokens, as JWKs (RFC 7517); none for HS256, whose key is secret."""
        if self._algorithm is Algorithm.HS256:
            return []
        to_jwk = OKPAlgorithm.to_jwk if self._algorithm is Algorithm.EDDSA else ECAlgorithm.to_jwk
        return [
            {
                **to_jwk(_public(self._signing(key)), as_dict=True),
                "kid": key.name,
                "use": "sig",
                "alg": self._algorithm.value,
            }
            for key in self._ring
        ]

    def _signing(self, key: Key) -> Any:
        if key.id not in self._signing_keys:
            self._signing_keys[key.id] = _signing_key(key, self._algorithm)
        return self._signing_keys[key.id]


def _check_times(genuine: _Genuine, *, now: float) -> None:
    """Against the server's own clock: RFC 7519 sections 4.1.4 to 4.1.6."""
    if genuine.starts > now + CLOCK_SKEW_SECONDS:
        raise TokenError("not in force yet")
    if now >= genuine.expires:
        raise ExpiredTokenError("over")


def _is_numeric_date(value: object) -> bool:
    """RFC 7519 section 2. Python's JSON reads NaN as a number, and a token with it would never expire."""
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _signing_key(key: Key, algorithm: Algorithm) -> Any:
    material = key.derive(f"access tokens {algorithm}")
    if algorithm is Algorithm.EDDSA:
        return Ed25519PrivateKey.from_private_bytes(material)
    if algorithm is Algorithm.ES256:
        return derive_private_key(int.from_bytes(material) % (_P256_ORDER - 1) + 1, SECP256R1())
    return material


def _public(signing_key: Any) -> Any:
    if isinstance(signing_key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        return signing_key.public_key()
    return signing_key
