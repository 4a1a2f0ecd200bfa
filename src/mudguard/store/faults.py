"""What can go wrong with a database, told alike by both."""

from mudguard.errors import CommandError


class DatabaseUnavailableError(CommandError):
    """The database did not do it now: down, locked, full. The same call may work later."""


class StaleWriteError(Exception):
    """A row changed between being read and being written. `Database.transact` starts again."""


class ConflictError(Exception):
    """Another transaction stood in the way: this one is undone, and may run again.

    `is_ours` if it can also be a mistake of ours, which shows when it happens each time.
    """

    def __init__(self, text: str, *, is_ours: bool = False) -> None:
        super().__init__(text)
        self.is_ours = is_ours


class ConnectionLostError(DatabaseUnavailableError):
    """The connection was lost before the commit: nothing was done, and it may be done again."""


class StatementError(Exception):
    """A statement of ours is wrong. The text has what the database said, without the row that it may have shown."""


def first_line(error: BaseException) -> str:
    """What a driver says, without the lines after the first, in which PostgreSQL shows the row that it refuses."""
    return str(error).strip().partition("\n")[0]
