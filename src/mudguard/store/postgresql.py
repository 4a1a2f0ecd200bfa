"""PostgreSQL 15 or newer, by psycopg; PgBouncer in transaction mode may stand before it."""

import select
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from mudguard.store.kind import Fault, Kind

LOCK_WAIT_SECONDS = 3
STATEMENT_SECONDS = 5
CONNECT_SECONDS = 3
CHECKOUT_SECONDS = 5

_LIMITS = f"statement_timeout = '{STATEMENT_SECONDS}s'", f"lock_timeout = '{LOCK_WAIT_SECONDS}s'"
_IDLE_LIMIT = "idle_in_transaction_session_timeout = '30s'"

_BEGIN = "; ".join(["BEGIN ISOLATION LEVEL READ COMMITTED", *(f"SET LOCAL {limit}" for limit in _LIMITS)])
"""One round trip. The limits are set for each transaction: behind PgBouncer each may get another server."""

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0"
"""For going through everything, which takes its time."""

_IN_THE_WAY = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
)
"""The latter two are only met when somebody else committed between our look and our write: look again."""

_UNAVAILABLE_CLASSES = ("53", "55", "57", "58", "08", "XX", "25", "42")
"""SQLSTATE classes: resources, object not in the state, operator, system, connection, internal, transaction state, and
tables that are not there or not ours to use.
"""


def _engine(url: URL, connections: int) -> Engine:
    """An engine whose connections begin no transaction by themselves.

    Nor do they prepare statements, which PgBouncer would hand to other clients.
    """
    made = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CHECKOUT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "prepare_threshold": None,
            "application_name": "mudguard",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )

    @event.listens_for(made, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("; ".join(f"SET {limit}" for limit in (*_LIMITS, _IDLE_LIMIT)))
        cursor.close()

    @event.listens_for(made, "checkout")
    def still_there(connection: psycopg.Connection[Any], *_: object) -> None:
        """On an idle connection there is nothing to read but the server's farewell. The pool opens another then."""
        farewell = select.poll()
        farewell.register(connection.pgconn.socket, select.POLLIN)
        if farewell.poll(0):
            raise DisconnectionError

    @event.listens_for(made, "handle_error")
    def tell_no_row(context: ExceptionContext) -> None:
        """PostgreSQL shows the row it refuses, in the lines after the first."""
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None:
                error.args = tuple(str(argument).partition("\n")[0] for argument in error.args)

    return made


def _fault(error: DBAPIError) -> Fault:
    """What PostgreSQL's refusal means."""
    cause: Any = error.orig
    if isinstance(cause, _IN_THE_WAY):
        return Fault.IN_THE_WAY
    if error.connection_invalidated:
        return Fault.CONNECTION_LOST
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is None:
        return Fault.UNAVAILABLE if isinstance(cause, psycopg.OperationalError) else Fault.OURS
    return Fault.UNAVAILABLE if sqlstate[:2] in _UNAVAILABLE_CLASSES else Fault.OURS


KIND = Kind(_engine, _BEGIN, _SNAPSHOT, _fault)
