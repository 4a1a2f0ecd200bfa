"""The key ring: master keys outside the database. The first encrypts, all decrypt."""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
KEY_ID_BYTES = 4

_HEADING = "# Mudguard master keys: one in base64 a line; the first encrypts, all decrypt. Keep a copy elsewhere.\n"


class KeyringError(Exception):
    """The key ring cannot be used; the text says why, without saying anything of a key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A master key. `id` is derived from it and names it in ciphertexts and tokens."""

    id: bytes
    master: bytes

    @classmethod
    def of(cls, master: bytes) -> "Key":
        """The key with these 32 bytes."""
        return cls(hashlib.sha256(b"mudguard key id" + master).digest()[:KEY_ID_BYTES], master)

    @property
    def name(self) -> str:
        """The id as hex digits."""
        return self.id.hex()

    def __repr__(self) -> str:
        return f"Key({self.name})"

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose only (HKDF-SHA-256, RFC 5869)."""
        return _derive(self.master, purpose)


class Keyring:
    """Keys by id, in order."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.id: key for key in keys}
        if not self._keys:
            raise KeyringError("holds no key")

    @property
    def first(self) -> Key:
        """The key that encrypts and signs."""
        return next(iter(self._keys.values()))

    def find(self, key_id: bytes) -> Key | None:
        """The key of that id, None if it is not in the ring."""
        return self._keys.get(key_id)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())


def load(path: Path) -> Keyring:
    """The key ring in the file at `path`. Raises `KeyringError` if it cannot be read or used."""
    try:
        text = path.read_text("ascii")
    except UnicodeDecodeError:
        raise KeyringError("cannot be read (not a text file)") from None  # the cause would show a byte of it
    except OSError as error:
        raise KeyringError(f"cannot be read ({error.strerror})") from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return Keyring(Key.of(_decoded(line)) for line in lines if line)


def create_if_missing(path: Path) -> bool:
    """Write a ring with one fresh key to `path`, mode 0600, unless a file is there. True if it was written.

    The file appears whole or not at all, and of several processes that try at once one wins.
    """
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(draft, _HEADING + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyringError(f"cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return True


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _decoded(line: str) -> bytes:
    try:
        master = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise KeyringError("has a line that is not base64") from error
    if len(master) != KEY_BYTES:
        raise KeyringError(f"has a key that is not {KEY_BYTES} bytes long")
    return master


@cache
def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=KEY_BYTES, salt=None, info=f"mudguard {purpose}".encode()).derive(master)
