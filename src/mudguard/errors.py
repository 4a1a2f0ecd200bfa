"""Faults that end a command: told in one line, without a traceback."""


class CommandError(Exception):
    """What was asked for cannot be done; the text says why and what to do, in one line."""
