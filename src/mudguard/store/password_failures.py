"""Wrong passwords, by account and source; also for accounts that do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, update

from mudguard.store.database import StaleWriteError
from mudguard.store.prepared import Prepared
from mudguard.store.rows import packed, unpacked, upserts
from mudguard.store.tables import password_failures

STRANGERS = "strangers"
"""The source that stands for every address the person never signed in from."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Moments of wrong passwords for one account from one source. Version 0 is no row yet."""

    account: str
    source: str
    moments: tuple[int, ...] = ()
    version: int = 0


_FIRST = upserts(password_failures, lambda first: first.on_conflict_do_nothing())
_SELECT = select(password_failures).where(
    password_failures.c.account == bindparam("account"),
    password_failures.c.source.in_([bindparam("source"), bindparam("other_source")]),
)
_ROWS = Prepared(_SELECT)
_ROWS_LOCKED = Prepared(_SELECT.order_by(password_failures.c.source).with_for_update())


def read(connection: Connection, account: str, sources: Sequence[str]) -> dict[str, Failures]:
    """The failures of one source or two."""
    return _found(connection, account, sources, _ROWS)


def lock(connection: Connection, account: str, sources: Sequence[str]) -> dict[str, Failures]:
    """The failures of one source or two, which nobody else changes before this transaction is over."""
    return _found(connection, account, sources, _ROWS_LOCKED)


def _found(connection: Connection, account: str, sources: Sequence[str], query: Prepared) -> dict[str, Failures]:
    found = {source: Failures(account, source) for source in sources}
    first, *others = sources
    wanted = {"account": account, "source": first, "other_source": others[0] if others else first}
    for _, source, version, moments, _ in query.all(connection, wanted):
        found[source] = Failures(account, source, unpacked(moments), version)
    return found


def save(connection: Connection, before: Failures, moments: tuple[int, ...], *, expires_at: int) -> None:
    """Replace `before` by `moments`. Raises `StaleWriteError` if somebody else did so first."""
    values = {"failures": packed(moments), "expires_at": expires_at, "version": before.version + 1}
    if before.version == 0:
        first = {"account": before.account, "source": before.source, **values}
        written = connection.execute(_FIRST[connection.dialect.name], first)
    else:
        written = connection.execute(
            update(password_failures)
            .where(
                password_failures.c.account == before.account,
                password_failures.c.source == before.source,
                password_failures.c.version == before.version,
            )
            .values(values)
        )
    if written.rowcount != 1:
        raise StaleWriteError


def drop_expired(connection: Connection, *, now_ms: int) -> int:
    """Forget failures that no limit looks at any more; how many rows that were."""
    return connection.execute(delete(password_failures).where(password_failures.c.expires_at < now_ms)).rowcount
