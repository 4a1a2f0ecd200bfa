"""Database errors, the same for SQLite and PostgreSQL."""

from mudguard.errors import CommandError


class DatabaseUnavailableError(CommandError):
    """The database cannot do this now: it is down, locked or full. The same call may work later."""


class StaleWriteError(Exception):
    """A row changed between read and write. `Database.transact` starts again."""


class ConflictError(Exception):
    """Another transaction conflicted. This one is undone, and may run again.

    `is_ours` if it may also be our bug, which shows when it happens each time.
    """

    def __init__(self, text: str, *, is_ours: bool = False) -> None:
        super().__init__(text)
        self.is_ours = is_ours


class ConnectionLostError(DatabaseUnavailableError):
    """The connection was lost before the commit. Nothing was done, and the transaction may run again."""


class StatementError(Exception):
    """A statement of ours is wrong. The text is the database's message, without the row that it may show."""


def first_line(error: BaseException) -> str:
    """The first line of a driver's message. In later lines PostgreSQL shows the row that it refuses."""
    return str(error).strip().partition("\n")[0]
