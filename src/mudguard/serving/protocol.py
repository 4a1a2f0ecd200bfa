"""HTTP/1.1 connections with time limits, a bounded head, and no upgrade to other protocols."""

import asyncio
import json
import secrets
from http import HTTPStatus
from typing import Any

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mudguard.authn.clock import milliseconds
from mudguard.rules.refusals import ErrorCode
from mudguard.serving.combined_writes import CombinedWrites
from mudguard.web.answers import timestamp
from mudguard.web.middleware import HEADERS

HEAD_SECONDS = 10
"""Time for the request line and headers, from connecting, or from their first byte on a kept connection."""

SEND_SECONDS = 30
"""Time for a client to make room for more of its answer, or to read the rest before its connection closes."""

MAX_HEAD_BYTES = 64 * 1024

_OF_THE_CONNECTION = frozenset({b"connection", b"upgrade", b"http2-settings"})
_REFUSAL = {
    HTTPStatus.BAD_REQUEST: "This is not a request in HTTP/1.1 as RFC 9112 has it. Correct it, send it again.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are over 64 KiB. Send less.",
}

log = structlog.get_logger("mudguard.requests")


class _HeadTooLargeError(Exception):
    """Request line and headers are larger than anybody needs."""


class _Deadline:
    """Aborts a connection if what it waits for takes too long."""

    def __init__(self, protocol: "BoundedHttpProtocol", seconds: float) -> None:
        self._protocol = protocol
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether something is waited for."""
        return self._timer is not None

    def start(self) -> None:
        """Wait, from now on."""
        self.stop()
        self._timer = self._protocol.loop.call_later(self._seconds, self._protocol.transport.abort)

    def stop(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits. Without them it waits for ever for a head that arrives slowly or never."""

    head_seconds: float = HEAD_SECONDS
    send_seconds: float = SEND_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_deadline = _Deadline(self, self.head_seconds)
        self._send_deadline = _Deadline(self, self.send_seconds)
        self._is_in_head = False
        self._is_in_message = False
        self._bytes_without_body = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start waiting for a request."""
        self._writes = CombinedWrites(transport, self.loop, send_seconds=self.send_seconds)
        super().connection_made(self._writes)  # type: ignore[arg-type]  # used as one
        self._head_deadline.start()

    def data_received(self, data: bytes) -> None:
        """Read data. Refuse what cannot be read, and close the connection."""
        self._unset_keepalive_if_required()
        if not self._head_deadline.is_set and (self.cycle is None or self.cycle.response_complete):
            self._head_deadline.start()
        try:
            self._read(data)
        except _HeadTooLargeError:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except httptools.HttpParserError as error:
            is_large = isinstance(error.__context__, _HeadTooLargeError)
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if is_large else HTTPStatus.BAD_REQUEST)

    def eof_received(self) -> None:
        """The client sends no more, and still waits for what was answered: the transport closes after this."""
        self._writes.flush()

    def pause_writing(self) -> None:
        """The client does not read as fast as the server writes. It must make room in time."""
        super().pause_writing()
        self._send_deadline.start()

    def resume_writing(self) -> None:
        """The client made room."""
        self._send_deadline.stop()
        super().resume_writing()

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        super().on_message_begin()
        self._is_in_head = self._is_in_message = True
        if not self._head_deadline.is_set:
            self._head_deadline.start()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Handle a header. A trailer, after the body, is ignored (RFC 9110 section 6.5.1)."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Handle part of the body. The application limits its size."""
        self._bytes_without_body = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._head_deadline.stop()
        self._is_in_head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            raise _HeadTooLargeError
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._is_in_message = False
        self._bytes_without_body = 0
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer was sent. If its request is not complete yet, the rest and the next head must arrive in the time
        for a head: uvicorn ends the idle time-out at any byte.
        """
        super().on_response_complete()
        if self.cycle.more_body:
            self._head_deadline.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more can arrive."""
        self._head_deadline.stop()
        self._send_deadline.stop()
        super().connection_lost(exc)

    def _read(self, data: bytes) -> None:
        """Feed the parser, and bound everything except the body: the head, chunk headers, trailers."""
        self._bytes_without_body += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        if not self._is_in_message:
            self._bytes_without_body = 0
        elif self._bytes_without_body > MAX_HEAD_BYTES:
            if self._is_in_head:
                raise _HeadTooLargeError
            self.transport.abort()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Ignore a request to upgrade (RFC 9110 section 7.8), and answer this one request in HTTP/1.1.

        Otherwise the parser would read the body as the next request.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserError("no proxy")
        kept = [(name, value) for name, value in self.headers if name not in _OF_THE_CONNECTION]
        lines = [b"%b %b HTTP/1.1" % (method, self.url), *(b"%b: %b" % header for header in kept), b"Connection: close"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does: the rest is dropped
        self.parser.feed_data(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer in the shape of every error, as far as there is a request, and close."""
        request_id = secrets.token_hex(8)
        body = json.dumps(
            {
                "error": _REFUSAL[status],
                "code": ErrorCode.VALIDATION_ERROR,
                "timestamp": timestamp(milliseconds()),
                "path": "",
                "requestId": request_id,
            }
        ).encode()
        lines = [
            b"HTTP/1.1 %d %b" % (status.value, status.phrase.encode()),
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            *(b"%b: %b" % header for header in HEADERS),
            b"x-request-id: " + request_id.encode(),
            b"connection: close",
        ]
        self._head_deadline.stop()
        log.info("request", method="-", route="-", status=status.value, request_id=request_id)
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        self.transport.close()
