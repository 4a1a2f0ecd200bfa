"""Logs: structured lines on standard error, without secrets."""

import logging
import re
import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REFUSED = "[refused]"

_SAFE_NAMES = frozenset({"person_id", "route", "status", "ms", "level", "_record", "_from_structlog"})
"""Values that the server makes, and two that structlog needs unchanged."""

_SECRET_NAMES = re.compile(
    r"password|secret|token|authorization|api[_-]?key|cookie|codes?$|qr_?code|manual_?entry|challenge|digest|hash|totp",
    re.IGNORECASE,
)
_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]+\.[\w.-]*"  # a JWT, or the beginning of one
    r"|mb_live_[\w-]+|mg[rc]_[\w-]{20,}"  # an API key, a refresh token, a challenge
    r"|otpauth://\S+|\$argon2\S+"
    r"|\b(?:[A-Z2-7]{4} ?){7}[A-Z2-7]{4}\b"  # an authenticator's secret, in groups or not
    r"|\b\d{6}\b|\b\d{8}\b"  # a code
)


def refuse_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace values whose name or shape is a secret's. Losing a harmless number from a line is acceptable."""
    return {name: _cleaned(name, value) for name, value in event.items()}


def configure(*, as_json: bool, level: str = "INFO") -> None:
    """Send the lines of structlog and of the standard library (also uvicorn's) through one chain."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        refuse_secrets,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=lambda *_: _UnfailingLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in ("alembic", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _UnfailingLogger(structlog.PrintLogger):
    """Writes lines. If a line cannot be written, as on a full disk, it is lost, and its request does not fail."""

    def msg(self, message: str) -> None:
        """Write a line."""
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def _cleaned(name: str, value: Any) -> Any:
    if name in _SAFE_NAMES:
        return value
    if _is_a_secret_s(name):
        return REFUSED
    return _cleaned_value(value)


@lru_cache(maxsize=1024)
def _is_a_secret_s(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _cleaned_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {_cleaned_value(str(key)): _cleaned(str(key), member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned_value(member) for member in value]
    if isinstance(value, bytes):
        return REFUSED
    return _SECRET_SHAPES.sub(REFUSED, str(value))
