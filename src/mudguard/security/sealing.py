"""Encryption at rest: AES-256-GCM (NIST SP 800-38D), the key's id in front, the owner as associated data."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mudguard.security.keyring import KEY_ID_BYTES, Key, Keyring

_VERSION = b"\x01"
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + KEY_ID_BYTES
_KEY_PURPOSE = "encryption at rest"


class UnreadableError(Exception):
    """A ciphertext that no key of the ring opens for this owner. Nothing may be granted on it."""


class Seal:
    """Closes and opens what the database holds of secrets."""

    def __init__(self, keyring: Keyring) -> None:
        self._ring = keyring
        self._ciphers: dict[bytes, AESGCM] = {}

    @property
    def current_key_id(self) -> bytes:
        """The id of the key that closes now."""
        return self._ring.first.id

    def close(self, plaintext: bytes, *, owner: str, purpose: str) -> bytes:
        """`plaintext` encrypted with the ring's first key, to be opened for this owner and purpose only."""
        key = self._ring.first
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(key).encrypt(nonce, plaintext, _context(key, owner, purpose))
        return _VERSION + key.id + nonce + sealed

    def open(self, sealed: bytes, *, owner: str, purpose: str) -> bytes:
        """The plaintext of `sealed`. Raises `UnreadableError`."""
        key = self._ring.find(key_id_of(sealed))
        if key is None or not sealed.startswith(_VERSION):
            raise UnreadableError(f"no key of the ring opens this {purpose}")
        nonce, ciphertext = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], sealed[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return self._cipher(key).decrypt(nonce, ciphertext, _context(key, owner, purpose))
        except (InvalidTag, ValueError) as error:
            raise UnreadableError(f"this {purpose} was altered, or belongs to another owner") from error

    def _cipher(self, key: Key) -> AESGCM:
        if key.id not in self._ciphers:
            self._ciphers[key.id] = AESGCM(key.derive(_KEY_PURPOSE))
        return self._ciphers[key.id]


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that closed `sealed`."""
    return sealed[len(_VERSION) : _HEAD_BYTES]


def _context(key: Key, owner: str, purpose: str) -> bytes:
    return b"\x00".join((_VERSION + key.id, purpose.encode(), owner.encode()))
