"""Fixtures of several servers on one PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import POSTGRESQL, NewDatabase
from tests.support.processes import ServerProcess, run
from tests.support.valkey import ValkeyServer, running_valkey


@pytest.fixture(scope="module")
def pooled_database(new_database: NewDatabase) -> dict[str, str]:
    """Settings that lead to a new database on PostgreSQL."""
    return new_database(POSTGRESQL)


@pytest.fixture
def machine(tmp_path: Path, new_database: NewDatabase) -> dict[str, str]:
    """Settings of one more machine on a common database, whose schema is up to date."""
    settings = new_database(POSTGRESQL)
    run("db", "upgrade", data_dir=tmp_path, **settings).check_returncode()
    return settings


@pytest.fixture
def three_servers(tmp_path: Path, machine: dict[str, str]) -> Iterator[list[ServerProcess]]:
    """Three servers on one PostgreSQL, behind a proxy on this machine."""
    starting = [ServerProcess(tmp_path, umask=-1, trusted_proxies="127.0.0.1", **machine) for _ in range(3)]
    with ExitStack() as stack:
        yield [stack.enter_context(server) for server in starting]


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    with running_valkey() as running:
        yield running
