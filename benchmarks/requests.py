"""Requests as bytes, ready to be sent."""

import json
from collections.abc import Mapping


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object = None, host: str = "127.0.0.1"
) -> bytes:
    """An HTTP/1.1 request, with `body` as JSON if there is one."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    content = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        lines.append("Content-Type: application/json")
    if method != "GET":
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content
