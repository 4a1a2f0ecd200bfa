"""A proxy before PostgreSQL that counts how often a client waits for an answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import URL

from mudguard.store.database import Database


class RoundTrips:
    """How often something was sent after an answer had come."""

    def __init__(self) -> None:
        self.count = 0
        self._was_answered = True

    def note_question(self) -> None:
        """The client sent something."""
        self.count += self._was_answered
        self._was_answered = False

    def note_answer(self) -> None:
        """The server sent something."""
        self._was_answered = True


@asynccontextmanager
async def counted(url: URL) -> AsyncIterator[tuple[Database, RoundTrips]]:
    """A database with one connection, and its round trips."""
    trips = RoundTrips()
    sending: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(url.host, url.port)
        sending.add(asyncio.ensure_future(_pass_on(answers, client, trips.note_answer)))
        await _pass_on(reader, server, trips.note_question)

    proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
    database = Database(url.set(port=proxy.sockets[0].getsockname()[1]), connections=1)
    try:
        yield database, trips
    finally:
        await database.close()
        proxy.close()
        await asyncio.gather(*sending)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, note: Callable[[], None]) -> None:
    while some := await source.read(65_536):
        note()
        target.write(some)
        await target.drain()
    target.close()
