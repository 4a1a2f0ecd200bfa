"""A bare connection to a server, for requests that stop half-way."""

import socket
import time
from http.client import HTTPResponse
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 60


class Connection:
    """One TCP connection that speaks HTTP/1.1 piece by piece."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def begin_post(self, path: str, *, length: int) -> None:
        """Send the head of a request with a JSON body, and wait until the server asks for that body."""
        self._socket.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert self._socket.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"

    def finish(self, body: bytes) -> int:
        """Send the body; the status of the answer."""
        self._socket.sendall(body)
        response = HTTPResponse(self._socket)
        response.begin()
        response.read()
        return response.status


def wait_until_refused(port: int) -> None:
    """Until nobody listens on `port` any more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise TimeoutError(f"port {port} still takes connections")
