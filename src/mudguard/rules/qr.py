"""QR codes (ISO/IEC 18004, level M) as PNG pictures, written without an imaging library."""

import base64
import struct
import zlib
from typing import Any

import zxingcpp

MODULE_PIXELS = 8
"""A module eight pixels wide is exactly one byte of a one-bit PNG row."""

QUIET_MODULES = 4
"""White margin that ISO/IEC 18004 section 6.3.8 asks for, in modules."""

MASK = 6
"""One mask for all codes. Comparing the eight of ISO/IEC 18004 costs six times the rest of the work (ADR 22)."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NO_FILTER = b"\x00"
_AS_ABOVE = b"\x02"
"""The filter that stores a line as its difference from the line above (ISO/IEC 15948 section 9.2)."""

_WHITE = b"\xff"


def data_uri(text: str) -> str:
    """`text` as a QR code in a `data:image/png;base64,` URI."""
    return "data:image/png;base64," + base64.b64encode(png(text)).decode()


def png(text: str) -> bytes:
    """`text` as a QR code in a black and white PNG (ISO/IEC 15948) of 8 pixels a module."""
    side, modules = _matrix(text)
    width = (side + 2 * QUIET_MODULES) * MODULE_PIXELS
    margin = _WHITE * QUIET_MODULES
    repeats = (_AS_ABOVE + bytes(width // 8)) * (MODULE_PIXELS - 1)
    blank = (_NO_FILTER + _WHITE * (width // 8) + repeats) * QUIET_MODULES
    lines = [_NO_FILTER + margin + modules[row * side : (row + 1) * side] + margin + repeats for row in range(side)]
    pixels = blank + b"".join(lines) + blank
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", _compressed(pixels)) + _chunk(b"IEND", b"")


def _matrix(text: str) -> tuple[int, bytes]:
    """The number of modules a side, and the modules row by row, a byte each: 0x00 dark, 0xff light."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=MASK)
    image: Any = barcode.to_image(scale=1, add_quiet_zones=False)
    return image.shape[0], bytes(image)


def _compressed(pixels: bytes) -> bytes:
    """In the zlib format, with tables no larger than the picture needs."""
    compressor = zlib.compressobj(level=1, wbits=12, memLevel=3)
    return compressor.compress(pixels) + compressor.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
