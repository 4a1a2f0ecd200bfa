"""Bounds every read of a blocking client by what is left of its call, however little comes at a time.

A timeout of httpx2 begins anew with each byte, and headers are read in one go that a caller cannot look into.
"""

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

from mudguard_client.core import Deadline

_of_thread = threading.local()


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Whatever this thread reads or writes meanwhile must be over by then."""
    before = getattr(_of_thread, "deadline", None)
    _of_thread.deadline = deadline
    try:
        yield
    finally:
        _of_thread.deadline = before


def bound(client: httpx2.Client) -> httpx2.Client:
    """Make the client heed `within`. Transports of another make than httpx2's stay as they are.

    There is no public way to a transport's network. Should httpx2 move it, calls go on with timeouts for each read.
    """
    for transport in [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]:
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if pool is not None and isinstance(backend, httpcore2.NetworkBackend) and not isinstance(backend, _Backend):
            pool._network_backend = _Backend(backend)  # noqa: SLF001  # see above
    return client


def _left(timeout: float | None) -> float | None:
    deadline = getattr(_of_thread, "deadline", None)
    if deadline is None:
        return timeout
    seconds: float = deadline.left()
    if not seconds:
        raise TimeoutError
    return seconds


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, backend: httpcore2.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._backend.connect_tcp(host, port, _left(timeout), local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._backend.connect_unix_socket(path, _left(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
