"""Compact JWS (RFC 7515) by hand: written and verified without the library that the server uses."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicNumbers,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mudguard.security.keyring import Key
from mudguard.security.tokens import Algorithm

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

SigningKey = bytes | Ed25519PrivateKey | EllipticCurvePrivateKey


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """What `encoded` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, claims and signature of a token."""
    header, claims, signature = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature)


def signing_key(key: Key, algorithm: Algorithm) -> SigningKey:
    """The key that a server signs tokens with: what somebody has who stole the key ring."""
    material = key.derive(f"access tokens {algorithm}")
    if algorithm is Algorithm.EDDSA:
        return Ed25519PrivateKey.from_private_bytes(material)
    if algorithm is Algorithm.ES256:
        return derive_private_key(int.from_bytes(material) % (P256_ORDER - 1) + 1, SECP256R1())
    return material


def signature(signed: bytes, key: SigningKey) -> bytes:
    """The signature of `signed`: HMAC with SHA-256, Ed25519 or ECDSA on P-256, by the kind of key (RFC 7518, 8037)."""
    if isinstance(key, bytes):
        return hmac.digest(key, signed, hashlib.sha256)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(signed)
    r, s = decode_dss_signature(key.sign(signed, ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def signed(header: object, claims: object, key: SigningKey) -> str:
    """A token of any header and claims, however wrong, with a right signature."""
    head = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{head}.{encoded(signature(head.encode(), key))}"


def verifies(token: str, jwk: dict[str, Any]) -> bool:
    """Whether the public key `jwk` (RFC 7517) made the signature of `token`."""
    head, _, end = token.rpartition(".")
    try:
        if jwk["kty"] == "OKP":
            Ed25519PublicKey.from_public_bytes(decoded(jwk["x"])).verify(decoded(end), head.encode())
        else:
            x, y = (int.from_bytes(decoded(jwk[name])) for name in ("x", "y"))
            r, s = (int.from_bytes(half) for half in (decoded(end)[:32], decoded(end)[32:]))
            public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            public.verify(encode_dss_signature(r, s), head.encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
