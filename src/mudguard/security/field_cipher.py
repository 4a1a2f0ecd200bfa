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
    """No key of the ring decrypts this value for this owner. The caller must grant nothing."""


class FieldCipher:
    """Encrypts and decrypts the secrets in the database."""

    def __init__(self, keyring: Keyring) -> None:
        self._ring = keyring
        self._ciphers: dict[bytes, AESGCM] = {}

    @property
    def current_key_id(self) -> bytes:
        """The id of the key that encrypts now."""
        return self._ring.first.id

    def encrypt(self, plaintext: bytes, *, owner: str, purpose: str) -> bytes:
        """Encrypt `plaintext` with the ring's first key. It decrypts only for this owner and purpose."""
        key = self._ring.first
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._cipher(key).encrypt(nonce, plaintext, _context(key, owner, purpose))
        return _VERSION + key.id + nonce + ciphertext

    def decrypt(self, encrypted: bytes, *, owner: str, purpose: str) -> bytes:
        """The plaintext of `encrypted`. Raises `UnreadableError`."""
        key = self._ring.find(key_id_of(encrypted))
        if key is None or not encrypted.startswith(_VERSION):
            raise UnreadableError(f"no key of the ring opens this {purpose}")
        nonce, ciphertext = encrypted[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], encrypted[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return self._cipher(key).decrypt(nonce, ciphertext, _context(key, owner, purpose))
        except (InvalidTag, ValueError) as error:
            raise UnreadableError(f"this {purpose} was altered, or belongs to another owner") from error

    def _cipher(self, key: Key) -> AESGCM:
        if key.id not in self._ciphers:
            self._ciphers[key.id] = AESGCM(key.derive(_KEY_PURPOSE))
        return self._ciphers[key.id]


def key_id_of(encrypted: bytes) -> bytes:
    """The id of the key that encrypted a value."""
    return encrypted[len(_VERSION) : _HEAD_BYTES]


def _context(key: Key, owner: str, purpose: str) -> bytes:
    return b"\x00".join((_VERSION + key.id, purpose.encode(), owner.encode()))
