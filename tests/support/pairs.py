"""Two server processes on one database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.people import Player
from tests.support.processes import ServerProcess, run


@dataclass(frozen=True)
class Pair:
    """Two servers that share their data folder and database."""

    first: ServerProcess
    second: ServerProcess

    def turns(self, player: Player, count: int) -> list[Player]:
        """`player` `count` times, in turns at the one server and at the other."""
        clients = (self.first.client, self.second.client)
        return [replace(player, client=clients[turn % 2]) for turn in range(count)]


@contextmanager
def running_pair(folder: Path, **settings: Any) -> Iterator[Pair]:
    """Two servers that were started at the same moment, on an empty folder and an empty database."""
    if "database_url" in settings:
        run("db", "upgrade", data_dir=folder, **settings).check_returncode()
    starting = ServerProcess(folder, **settings), ServerProcess(folder, **settings)
    with starting[0] as first, starting[1] as second:
        yield Pair(first, second)
