"""The key ring: master keys outside the database. The first encrypts, all decrypt."""

import base64
import binascii
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Signature = tuple[int, int, int]
"""A file's signature: it changes when the file changes."""

_NEVER: Signature = (-1, -1, -1)

KEY_BYTES = 32
KEY_ID_BYTES = 4

LOOK_EVERY_SECONDS = 5.0
"""Seconds. For this long a process may still encrypt with a key that is no longer the first."""

_REPLACED = "# replaced at"
_MOMENT = re.compile(r"[0-9]{1,15}")

_HEADING = "# Mudguard master keys: one in base64 a line; the first encrypts, all decrypt. Keep a copy elsewhere.\n"

log = structlog.get_logger(__name__)


class KeyringError(Exception):
    """The key ring cannot be used. The text says why and reveals nothing of a key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A master key. `id` is derived from it and names it in ciphertexts and tokens.

    `replaced_at` says when it stopped being the first key, in seconds since 1970; None if it was never replaced.
    """

    id: bytes
    master: bytes
    replaced_at: int | None = None

    @classmethod
    def of(cls, master: bytes, *, replaced_at: int | None = None) -> "Key":
        """The key with these 32 bytes."""
        return cls(hashlib.sha256(b"mudguard key id" + master).digest()[:KEY_ID_BYTES], master, replaced_at)

    @classmethod
    def fresh(cls) -> "Key":
        """A new random key."""
        return cls.of(secrets.token_bytes(KEY_BYTES))

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
    """Keys by id, in order. A ring from a file follows the file's changes."""

    def __init__(self, keys: Iterable[Key], *, path: Path | None = None) -> None:
        self._keys = _by_id(keys)
        self._path = path
        self._seen = _signature(path)
        self._failed: Signature | None = _NEVER
        self._told = ""
        self._retry_at = self._looked_at = time.monotonic()

    @property
    def first(self) -> Key:
        """The key that encrypts and signs."""
        self._look_now_and_then()
        return next(iter(self._keys.values()))

    def find(self, key_id: bytes) -> Key | None:
        """The key of that id, None if it is not in the ring."""
        self._look_now_and_then()
        if key_id not in self._keys:
            self._follow()
        return self._keys.get(key_id)

    def __iter__(self) -> Iterator[Key]:
        self._look_now_and_then()
        return iter(self._keys.values())

    def _look_now_and_then(self) -> None:
        if time.monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
            self._follow()

    def _follow(self) -> None:
        """Read the file again if it changed. While the file is unusable, keep the keys read before.

        An unusable file is read again when it changes, or after a while: it may have been unusable for a moment.
        """
        self._looked_at = time.monotonic()
        signature = _signature(self._path)
        if self._path is None or signature == self._seen:
            self._told = ""
            return
        if signature == self._failed and self._looked_at < self._retry_at:
            return
        try:
            self._keys = _by_id(read(self._path))
        except KeyringError as error:
            self._failed, self._retry_at = signature, self._looked_at + LOOK_EVERY_SECONDS
            self._tell(str(error))
        else:
            self._seen = signature
            self._told = ""

    def _tell(self, reason: str) -> None:
        """Say that the file cannot be used, and why, once."""
        if reason != self._told:
            self._told = reason
            log.warning("key ring unusable; the keys read before stay in use", path=str(self._path), reason=reason)


def load(path: Path) -> Keyring:
    """The key ring in the file at `path`. Raises `KeyringError` if it cannot be read or used."""
    return Keyring(read(path), path=path)


def read(path: Path) -> list[Key]:
    """The keys in the file at `path`, in order. Raises `KeyringError`."""
    try:
        text = path.read_text("ascii")
    except UnicodeDecodeError:
        raise KeyringError("cannot be read (not a text file)") from None  # the cause would show a byte of the file
    except OSError as error:
        raise KeyringError(f"cannot be read ({error.strerror})") from error
    return [_key_of(line) for line in text.splitlines() if line.partition("#")[0].strip()]


def write(path: Path, keys: Iterable[Key]) -> None:
    """Replace the file at `path` with `keys`, completely or not at all. Raises `KeyringError`."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(draft, _text(keys))
        draft.replace(path)
        _make_durable(path.parent)
    except OSError as error:
        raise KeyringError(f"cannot be written ({error.strerror})") from error
    finally:
        draft.unlink(missing_ok=True)


def create_if_missing(path: Path) -> bool:
    """Write a ring with one new key to `path`, mode 0600, unless a file exists. True if it was written.

    The file appears complete or not at all. If several processes try at once, one wins.
    """
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(draft, _text([Key.fresh()]))
        os.link(draft, path)
        _make_durable(path.parent)
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


def _make_durable(folder: Path) -> None:
    """Make a new name in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(keys: Iterable[Key]) -> str:
    return _HEADING + "".join(f"{_line(key)}\n" for key in keys)


def _line(key: Key) -> str:
    encoded = base64.b64encode(key.master).decode()
    return encoded if key.replaced_at is None else f"{encoded} {_REPLACED} {key.replaced_at}"


def _key_of(line: str) -> Key:
    encoded, _, comment = line.partition("#")
    moment = f"#{comment}".removeprefix(_REPLACED).strip()
    return Key.of(_decoded(encoded.strip()), replaced_at=int(moment) if _MOMENT.fullmatch(moment) else None)


def _by_id(keys: Iterable[Key]) -> dict[bytes, Key]:
    found = {key.id: key for key in keys}
    if not found:
        raise KeyringError("holds no key")
    return found


def _signature(path: Path | None) -> Signature | None:
    """The file's signature; None if there is no file."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size) if status else None


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
