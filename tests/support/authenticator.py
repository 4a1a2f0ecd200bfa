"""An authenticator app by RFC 6238, independent of the code it tests: scans an otpauth URI and shows codes."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

PERIOD = 30


class Authenticator:
    """Shows the codes of one secret. `clock` gives seconds since 1970."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self.secret = secret
        self._clock = clock

    @classmethod
    def scanning(cls, uri: str, clock: Callable[[], float]) -> "Authenticator":
        """The authenticator that scanned the QR code of `uri`."""
        return cls(parse_qs(urlsplit(uri).query)["secret"][0], clock)

    def code(self, *, steps: int = 0) -> str:
        """The code shown now, or `steps` periods later."""
        counter = int(self._clock() // PERIOD) + steps
        digest = hmac.new(base64.b32decode(self.secret), struct.pack(">Q", counter), hashlib.sha1).digest()
        start = digest[19] % 16
        (number,) = struct.unpack(">I", digest[start : start + 4])
        return f"{(number % 2**31) % 1_000_000:06d}"

    def wrong_code(self) -> str:
        """A code that is right for no step near this one."""
        near = {self.code(steps=steps) for steps in range(-12, 13)}
        return next(code for code in (f"{number:06d}" for number in range(1_000_000)) if code not in near)
