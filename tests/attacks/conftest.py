"""A watch over every attack, somebody to attack, and servers in processes of their own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.conftest import SQLITE, DatabaseSettings
from tests.support.clock import Clock
from tests.support.inspection import Inspection
from tests.support.pairs import Pair, running_pair
from tests.support.people import Player, operator, person
from tests.support.postgresql import PostgresServer
from tests.support.processes import ServerProcess, run
from tests.support.server import Server
from tests.support.watch import Watch

Serve = Callable[[], AbstractContextManager[ServerProcess]]


@pytest.fixture(autouse=True)
def watch(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """Beside its own line every attack proves: no 5xx but 503, no refusal that changed something, no secret told."""
    watching = Watch()
    for name in ("server", "own_server"):
        if name in request.fixturenames:
            server: Server = request.getfixturevalue(name)
            watching.keep_an_eye_on(server.url, server.inspect())
    with pytest.MonkeyPatch.context() as patch, capture_logs() as lines:
        patch.setattr(httpx2.Client, "send", watching.at(httpx2.Client.send))
        yield watching
    watching.read_log(str(lines) + caplog.text)
    assert watching.complaints == []


@pytest.fixture
def victim(still_clock: Clock, member: Player) -> Player:
    """Somebody of a project whose 2FA is on, at the shared server, whose clock stands still."""
    return member.enrol()


@pytest.fixture
def stranger(still_clock: Clock, server: Server, member: Player) -> Player:
    """Somebody else of the victim's project, whose 2FA is on too."""
    assert member.project_id is not None
    return person(server, member.project_id).enrol()


@pytest.fixture(scope="session")
def process_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of the two processes: the one kind of database and then the other."""
    if request.param == SQLITE:
        return {}
    running: PostgresServer = request.getfixturevalue("postgres")
    return {"database_url": running.new_database(f"attacks_{secrets.token_hex(4)}")}


@pytest.fixture(scope="session")
def two_processes(tmp_path_factory: pytest.TempPathFactory, process_settings: dict[str, str]) -> Iterator[Pair]:
    """Two server processes on one database."""
    with running_pair(tmp_path_factory.mktemp("pair"), **process_settings) as running:
        yield running


@pytest.fixture
def pair(two_processes: Pair, watch: Watch) -> Iterator[Pair]:
    """The two processes, with their logs watched."""
    yield two_processes
    watch.read_log(two_processes.first.log() + two_processes.second.log())


@pytest.fixture
def racer(pair: Pair) -> Player:
    """Somebody whose 2FA is on, at the two processes."""
    return operator(pair.first).enrol()


@pytest.fixture
def serve(tmp_path: Path, own_database: DatabaseSettings, watch: Watch) -> Serve:
    """Starts a server process on one and the same database, as often as it is called; its log is watched."""
    settings = own_database
    if settings:
        run("db", "upgrade", data_dir=tmp_path, **settings).check_returncode()

    @contextmanager
    def serving() -> Iterator[ServerProcess]:
        url = settings.get("database_url", f"sqlite:///{tmp_path / 'mudguard.db'}")
        with ServerProcess(tmp_path, **settings) as process, closing(Inspection(url)) as database:
            watch.keep_an_eye_on(process.url, database)
            yield process
            watch.read_log(process.log())

    return serving
