"""A transport that sends everything written in one turn of the event loop with one system call."""

import asyncio
from typing import Any


class CombinedWrites:
    """Wraps a connection's transport, to send head and body of an answer together.

    uvicorn writes them one after the other, and the event loop would send each at once. On loopback a call to send
    takes a third of the time of a small request.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, *, send_seconds: float = 30.0
    ) -> None:
        self._transport = transport
        self._send_seconds = send_seconds
        self._loop = loop
        self._unsent: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Pass everything else to the transport."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send `data` at the end of this turn."""
        if not self._unsent:
            self._loop.call_soon(self.flush)
        self._unsent.append(data)

    def close(self) -> None:
        """Close, after what was written is sent. A client that does not read it in time loses the rest."""
        self.flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(self._send_seconds, self._transport.abort)

    def abort(self) -> None:
        """Close at once. Unsent data is lost."""
        self._unsent.clear()
        self._transport.abort()

    def flush(self) -> None:
        """Send what was written."""
        if self._unsent:
            data = b"".join(self._unsent)
            self._unsent.clear()
            if not self._transport.is_closing():  # the client may have disconnected since
                self._transport.write(data)
