"""HTTP/1.1 connections that do not wait for ever: who connects must send the head of a request in time."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
"""Time for the request line and headers, from connecting or, on a kept connection, from their first byte."""


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits without end for a head that trickles in or never comes."""

    head_seconds: float = HEAD_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start waiting for a request."""
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """An answer is out. If its request is not all here yet, the rest and the next head must come in a head's time:
        for uvicorn any byte that trickles in ends the idle time-out.
        """
        super().on_response_complete()
        if self.cycle.more_body:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is to be expected any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._stop_waiting()
        self._head_timer = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
