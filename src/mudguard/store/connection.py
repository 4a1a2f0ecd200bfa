"""Runs statements, with the same interface on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol, TypeVar

from mudguard.store.statements import NO_VALUES, Query, Statement, Values

T = TypeVar("T")


class Connection(Protocol):
    """A connection in a transaction, or for reads. A transaction awaits nothing else."""

    state: dict[str, Any]
    """Values that features keep from one transaction of this connection to the next.

    A rollback restores them. Values removed meanwhile stay removed, and can be read again at any time.
    """

    async def first(self, query: Query[T], values: Values = NO_VALUES) -> T | None:
        """The row that the query finds, or None. It does not notice further rows: ask by a key."""

    async def all(self, query: Query[T], values: Values = NO_VALUES) -> list[T]:
        """All rows that the query finds. The query has a limit, or is a long read."""

    def stream(self, query: Query[T], values: Values = NO_VALUES) -> AsyncIterator[T]:
        """The rows that the query finds, in pieces, when they do not fit into memory."""

    async def run(self, statement: Statement, values: Values = NO_VALUES) -> int:
        """How many rows the statement wrote."""

    async def run_together(self, *steps: tuple[Statement, Values]) -> list[int]:
        """How many rows each statement wrote. PostgreSQL gets them in one round trip."""

    async def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run the statement once for each of `rows`."""


def restored(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The state after a transaction that was rolled back."""
    return {name: value for name, value in before.items() if name in after}
