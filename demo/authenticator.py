"""An authenticator app: shows codes (RFC 6238), and the QR code it would scan."""

import base64
import hmac
import struct
import time
import zlib

from stage import paint

STEP_SECONDS = 30
WHITE_ON_BLACK = "97;40"


def code_at(secret: str, moment: float) -> str:
    """What an authenticator shows at `moment`, in seconds since 1970 (RFC 6238 over RFC 4226)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(moment // STEP_SECONDS)), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[19] & 15)
    return f"{(number & 0x7FFF_FFFF) % 1_000_000:06d}"


def previous_code(secret: str) -> tuple[str, float]:
    """The code of the step before this one, and for how many seconds it has been out of sight."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < 3:  # too little to send it in time: it would be two steps old
        time.sleep(left)
    now = time.time()
    return code_at(secret, now - STEP_SECONDS), now % STEP_SECONDS


def drawn(data_uri: str) -> str:
    """A QR picture in half blocks, two rows a line; light modules are drawn, as terminals are mostly dark."""
    rows = modules(data_uri)
    blocks = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    rows += [[True] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ("".join(blocks[pair] for pair in zip(*both, strict=True)) for both in pairs)
    return "\n".join("    " + paint(line, WHITE_ON_BLACK) for line in lines)


def modules(data_uri: str) -> list[list[bool]]:
    """The modules of a QR picture row by row, true where light: each is eight pixels, one byte of a 1-bit PNG row."""
    png = base64.b64decode(data_uri.partition(",")[2])
    (width,) = struct.unpack_from(">I", png, 16)
    begin = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, begin - 4)
    rows = zlib.decompress(png[begin + 4 : begin + 4 + length])
    stride = 1 + width // 8
    return [[byte != 0 for byte in rows[top + 1 : top + stride]] for top in range(0, len(rows), 8 * stride)]
