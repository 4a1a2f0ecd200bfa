"""What the kinds of database have in common for those who use them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError


class Fault(Enum):
    """Kinds of refusal, by what can be done about them."""

    IN_THE_WAY = auto()
    """Another transaction was; this one is undone and may be run again."""

    CONNECTION_LOST = auto()
    """Before the commit nothing was done, and it may be run again; after it nobody knows."""

    UNAVAILABLE = auto()
    """Not now: down, locked, full, too slow."""

    OURS = auto()
    """A mistake in a statement of ours."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of database: how to connect, what begins a write transaction or a snapshot, what its refusals mean."""

    engine: Callable[[URL, int], Engine]
    begin: str
    snapshot: str
    fault: Callable[[DBAPIError], Fault]
