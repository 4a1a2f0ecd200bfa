"""Errors that end a command with one line and no traceback."""


class CommandError(Exception):
    """The command cannot be carried out. The text says why and what to do, in one line."""
