"""Wrong passwords, by account and source; also for accounts that do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, select, update

from mudguard.store.connection import Connection
from mudguard.store.faults import StaleWriteError
from mudguard.store.records import Record, pair
from mudguard.store.statements import Query, Statement, upserts
from mudguard.store.tables import password_failures

STRANGERS = "strangers"
"""The source for all addresses that the person never signed in from."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Moments of wrong passwords for one account from one source. Version 0 means no row yet."""

    account: str
    source: str
    version: int = 0
    moments: tuple[int, ...] = ()


_FAILURES = Record(
    Failures,
    password_failures.c.account,
    password_failures.c.source,
    password_failures.c.version,
    password_failures.c.failures,
)
_THIS = and_(
    password_failures.c.account == bindparam("of_account"), password_failures.c.source == bindparam("of_source")
)
_SELECT = select(*_FAILURES.columns).where(
    password_failures.c.account == bindparam("of_account"),
    password_failures.c.source.in_([bindparam("of_source"), bindparam("other_source")]),
)
_READ = Query(_SELECT, _FAILURES.read)
_LOCK = Query(_SELECT.order_by(password_failures.c.source).with_for_update(), _FAILURES.read)
_FIRST = Statement(upserts(password_failures, lambda first: first.on_conflict_do_nothing()))
_REPLACE = Statement(
    update(password_failures)
    .where(_THIS, password_failures.c.version == bindparam("version_read"))
    .values(
        {name: bindparam(name, type_=password_failures.c[name].type) for name in ("version", "failures", "expires_at")}
    )
)


_EXPIRED = Query(
    select(password_failures.c.account, password_failures.c.source)
    .where(password_failures.c.expires_at < bindparam("now"))
    .limit(bindparam("most")),
    pair,
)
_REMOVE_EXPIRED = Statement(delete(password_failures).where(_THIS, password_failures.c.expires_at < bindparam("now")))


async def read(connection: Connection, account: str, sources: Sequence[str]) -> dict[str, Failures]:
    """The failures of one source or two."""
    return await _found(connection, account, sources, _READ)


async def lock(connection: Connection, account: str, sources: Sequence[str]) -> dict[str, Failures]:
    """The failures of one source or two, locked until this transaction is over."""
    return await _found(connection, account, sources, _LOCK)


async def _found(
    connection: Connection, account: str, sources: Sequence[str], query: Query[Failures]
) -> dict[str, Failures]:
    wanted = {"of_account": account, "of_source": sources[0], "other_source": sources[-1]}
    found = {failures.source: failures for failures in await connection.all(query, wanted)}
    return {source: found.get(source) or Failures(account, source) for source in sources}


async def save(connection: Connection, before: Failures, moments: tuple[int, ...], *, expires_at: int) -> None:
    """Replace `before` by `moments`. Raises `StaleWriteError` if another transaction changed them first."""
    values = {"version": before.version + 1, "failures": moments, "expires_at": expires_at}
    if before.version == 0:
        written = await connection.run(_FIRST, {"account": before.account, "source": before.source, **values})
    else:
        whose = {"of_account": before.account, "of_source": before.source, "version_read": before.version}
        written = await connection.run(_REPLACE, {**whose, **values})
    if written != 1:
        raise StaleWriteError


async def expired(connection: Connection, *, now_ms: int, most: int) -> list[tuple[str, str]]:
    """Account and source of at most `most` failures that are too old for every limit."""
    return await connection.all(_EXPIRED, {"now": now_ms, "most": most})


async def remove_expired(connection: Connection, found: list[tuple[str, str]], *, now_ms: int) -> None:
    """Remove failures that `expired` found, unless newer ones were added since."""
    await connection.run_many(
        _REMOVE_EXPIRED, [{"of_account": account, "of_source": source, "now": now_ms} for account, source in found]
    )
