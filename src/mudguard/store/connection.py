"""What runs statements, alike on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol, TypeVar

from mudguard.store.statements import NO_VALUES, Query, Statement, Values

T = TypeVar("T")


class Connection(Protocol):
    """A connection within a transaction, or for reads. A transaction awaits nothing else."""

    state: dict[str, Any]
    """What features remember from one transaction of this connection to the next.

    A rollback restores it, but for what was forgotten meanwhile: that may be read again at any time.
    """

    async def first(self, query: Query[T], values: Values = NO_VALUES) -> T | None:
        """What the query finds, or None. More than one row is a mistake that nobody notices: ask by a key."""

    async def all(self, query: Query[T], values: Values = NO_VALUES) -> list[T]:
        """Everything that the query finds. It has a limit of its own, or is read at length."""

    def stream(self, query: Query[T], values: Values = NO_VALUES) -> AsyncIterator[T]:
        """What the query finds, piece by piece, where that does not fit into memory."""

    async def run(self, statement: Statement, values: Values = NO_VALUES) -> int:
        """How many rows the statement wrote."""

    async def run_together(self, *steps: tuple[Statement, Values]) -> list[int]:
        """How many rows each statement wrote, one after the other; on a server they travel together."""

    async def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run the statement once for each of `rows`."""


def restored(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The state after a transaction that was rolled back."""
    return {name: value for name, value in before.items() if name in after}
