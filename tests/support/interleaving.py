"""Two servers on one database, with the second one coming in where the first is half-way through a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.server import Server


@contextmanager
def meanwhile(server: Server, work: Callable[[], object]) -> Iterator[None]:
    """Let `work` be done once, when `server` has checked a request's proofs and is about to begin its transaction.

    `work` must not wait for `server`, which stands still meanwhile: it is done by another server on the same database.
    """
    outstanding = [work]
    transact = server.database.transact

    async def come_in(transaction: Any) -> Any:
        if outstanding:
            outstanding.pop()()
        return await transact(transaction)

    server.database.transact = come_in  # type: ignore[method-assign]  # the place where a transaction begins
    try:
        yield
    finally:
        del server.database.transact
    assert not outstanding, "no transaction was begun"
