"""A transport that sends what is written in one turn of the event loop with one system call."""

import asyncio
from typing import Any


class CombinedWrites:
    """Wraps the transport of a connection: head and body of an answer are sent together.

    uvicorn writes them one after the other, and the event loop would send each at once. On loopback a call to send
    takes a third of what a small request costs.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._unsent: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send `data` at the end of this turn."""
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(data)

    def close(self) -> None:
        """Close, after what was written is sent."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what was not sent is lost."""
        self._unsent.clear()
        self._transport.abort()

    def _send(self) -> None:
        if self._unsent:
            data = b"".join(self._unsent)
            self._unsent.clear()
            if not self._transport.is_closing():  # the client may have left since
                self._transport.write(data)
