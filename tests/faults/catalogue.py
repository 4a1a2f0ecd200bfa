"""Every fault, in a long form for `make faults` and in a short one for the tests."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults import outages, storage
from tests.faults.clock import step_clock
from tests.faults.kills import kill_workers
from tests.faults.trial import Finding, Trial
from tests.support.postgresql import PostgresServer, running_postgres
from tests.support.processes import ServerProcess, run
from tests.support.valkey import running_valkey

KILL_SQLITE = "kill -9 of workers, SQLite"
KILL_POSTGRESQL = "kill -9 of workers, PostgreSQL"
CLOCK_SQLITE = "clock stepped, SQLite"
CLOCK_POSTGRESQL = "clock stepped, PostgreSQL"


_databases = itertools.count(1)


@dataclass(frozen=True)
class Extent:
    """How often each fault is tried."""

    kills: int
    disk: int
    locks: int
    stops: int
    cuts: int


LONG = Extent(kills=100, disk=5, locks=3, stops=6, cuts=25)
SHORT = Extent(kills=3, disk=1, locks=1, stops=1, cuts=2)


def all_findings(extent: Extent) -> Iterator[Finding]:
    """Everything, one after the other."""
    yield on_sqlite(KILL_SQLITE, partial(kill_workers, times=extent.kills), may_cut=True)
    yield full_disk(extent)
    yield on_sqlite("database locked by another writer, SQLite", partial(storage.lock_file, times=extent.locks))
    yield step_clock(CLOCK_SQLITE)
    yield valkey_gone(extent)
    with running_postgres() as postgres:
        kills = partial(kill_workers, times=extent.kills)
        yield on_postgres(postgres, KILL_POSTGRESQL, kills, may_cut=True)
        yield rows_locked(postgres, extent)
        yield connections_cut(postgres, extent)
        yield postgres_stopped(postgres, extent)
        yield step_clock(CLOCK_POSTGRESQL, database_url=postgres.new_database("clock"))


def on_sqlite(name: str, fault: Callable[[Trial], None], *, may_cut: bool = False) -> Finding:
    """`fault` on two workers with SQLite."""
    with _folder() as folder:
        return _tried(name, fault, folder, may_cut=may_cut)


def on_postgres(
    postgres: PostgresServer, name: str, fault: Callable[[Trial], None], *, may_cut: bool = False
) -> Finding:  # fmt: skip
    """`fault` on two workers with PostgreSQL."""
    with _folder() as folder:
        url = postgres.new_database(f"fault_{next(_databases)}")
        run("db", "upgrade", data_dir=folder, database_url=url).check_returncode()
        return _tried(name, fault, folder, may_cut=may_cut, database_url=url)


def full_disk(extent: Extent) -> Finding:
    """No room left where the database is."""
    with storage.small_disk() as folder:
        return _tried("disk full, SQLite", partial(storage.fill_disk, times=extent.disk), folder)


def rows_locked(postgres: PostgresServer, extent: Extent) -> Finding:
    """Somebody else locks what is to be written."""
    return on_postgres(postgres, "rows locked by another, PostgreSQL", partial(storage.lock_rows, times=extent.locks))


def connections_cut(postgres: PostgresServer, extent: Extent) -> Finding:
    """PostgreSQL drops everybody."""
    fault = partial(outages.cut_connections, postgres=postgres, times=extent.cuts)
    return on_postgres(postgres, "connections to PostgreSQL cut", fault)


def postgres_stopped(postgres: PostgresServer, extent: Extent) -> Finding:
    """PostgreSQL is gone, workers are killed, PostgreSQL is back."""
    fault = partial(outages.stop_postgres, postgres=postgres, times=extent.stops)
    return on_postgres(postgres, "PostgreSQL stopped, workers killed", fault, may_cut=True)


def valkey_gone(extent: Extent) -> Finding:
    """Valkey is gone and back, under limits per address."""
    with running_valkey() as valkey, _folder() as folder:
        fault = partial(outages.stop_valkey, valkey=valkey, times=extent.stops)
        return _tried(
            "Valkey stopped and started",
            fault,
            folder,
            ip_limits="on",
            trusted_proxies="127.0.0.1",
            valkey_url=valkey.url,
        )


def _tried(
    name: str, fault: Callable[[Trial], None], folder: Path, *, may_cut: bool = False, **settings: str
) -> Finding:  # fmt: skip
    with ServerProcess(folder, "--workers", "2", umask=-1, **settings) as server:
        with Trial(name, server, may_cut=may_cut) as trial:
            fault(trial)
        return trial.finding


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mudguard-faults-") as folder:
        yield Path(folder)
