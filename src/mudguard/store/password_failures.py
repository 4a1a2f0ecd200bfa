"""Wrong passwords, by account and source; also for accounts that do not exist."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from mudguard.store.database import StaleWriteError
from mudguard.store.rows import packed, unpacked, upsert
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


def read(connection: Connection, account: str, sources: tuple[str, ...]) -> dict[str, Failures]:
    """The failures of each source. Inside a transaction the rows are locked."""
    found = {source: Failures(account, source) for source in sources}
    query = select(password_failures).where(
        password_failures.c.account == account, password_failures.c.source.in_(sources)
    )
    for row in connection.execute(query.order_by(password_failures.c.source).with_for_update()):
        found[row.source] = Failures(account, row.source, unpacked(row.failures), row.version)
    return found


def save(connection: Connection, before: Failures, moments: tuple[int, ...], *, expires_at: int) -> None:
    """Replace `before` by `moments`. Raises `StaleWriteError` if somebody else did so first."""
    values = {"failures": packed(moments), "expires_at": expires_at, "version": before.version + 1}
    if before.version == 0:
        written = connection.execute(
            upsert(connection, password_failures)
            .values(account=before.account, source=before.source, **values)
            .on_conflict_do_nothing()
        )
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
