"""Two servers on one database, with the second one coming in where the first is half-way through a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.support.server import Server

_BEGINNINGS = "BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL READ COMMITTED"
"""How a write transaction begins on SQLite and on PostgreSQL."""


@contextmanager
def meanwhile(server: Server, work: Callable[[], object]) -> Iterator[None]:
    """Let `work` be done once, when `server` has weighed a request's proofs and is about to begin its transaction.

    `work` must not wait for a write of `server`: it is done by another server on the same database.
    """
    outstanding = [work]

    def come_in(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(_BEGINNINGS) and outstanding:
            outstanding.pop()()

    engine = server.inspect().engine
    event.listen(engine, "before_cursor_execute", come_in)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", come_in)
    assert not outstanding, "no transaction was begun"
