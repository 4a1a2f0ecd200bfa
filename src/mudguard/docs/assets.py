"""The files that pages load, at addresses that change with their content."""

import gzip
import json
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

OWN = {
    "portal.css": "text/css; charset=utf-8",
    "reference.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "address.js": "text/javascript; charset=utf-8",
    "credential.js": "text/javascript; charset=utf-8",
    "portal.js": "text/javascript; charset=utf-8",
    "reference.js": "text/javascript; charset=utf-8",
    "sign-in.js": "text/javascript; charset=utf-8",
    "exchange.js": "text/javascript; charset=utf-8",
    "mending.js": "text/javascript; charset=utf-8",
}
VENDORED = "scalar-api-reference.js"
FOR_EVER = "public, max-age=31536000, immutable"
_CHUNK = 65_536


class Assets:
    """Our own files, kept in memory, and the vendored one, read from disk for each request."""

    _folder = Path(__file__).parent / "static"

    @cached_property
    def vendored(self) -> dict[str, Any]:
        """Name, version, licence and integrity of the vendored file."""
        facts: dict[str, Any] = json.loads((self._folder / "vendor" / "scalar-api-reference.json").read_text("utf-8"))
        return facts

    @cached_property
    def _packed(self) -> dict[str, bytes]:
        return {name: gzip.compress((self._folder / name).read_bytes(), mtime=0) for name in OWN}

    @cached_property
    def _digest(self) -> str:
        return sha256(b"".join(self._packed.values())).hexdigest()[:16]

    def address(self, name: str) -> str:
        """The file's address. Our own files share a digest, so that they can import each other by name."""
        digest = self.vendored["sha256"][:16] if name == VENDORED else self._digest
        return f"/docs/assets/{digest}/{name}"

    def response(self, request: Request, digest: str, name: str) -> Response | None:
        """The file, or None if there is none. Only its current address may be cached."""
        if name not in OWN and name != VENDORED:
            return None
        is_current = request.url.path == self.address(name) and bool(digest)
        headers = {
            "Cache-Control": FOR_EVER if is_current else "no-cache",
            "Vary": "Accept-Encoding",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        takes_gzip = accepts_gzip(request)
        if takes_gzip:
            headers["Content-Encoding"] = "gzip"
        if name == VENDORED:
            packed = self._folder / "vendor" / f"{VENDORED}.gz"
            if takes_gzip:
                return FileResponse(packed, headers=headers, media_type=OWN["portal.js"])
            return StreamingResponse(_unpacked(packed), headers=headers, media_type=OWN["portal.js"])
        content = self._packed[name]
        return Response(content if takes_gzip else gzip.decompress(content), headers=headers, media_type=OWN[name])


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110 section 12.5.3)."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding in ("gzip", "*"):
            return weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as packed:
        while chunk := packed.read(_CHUNK):
            yield chunk
