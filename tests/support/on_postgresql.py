"""Run a command over a throw-away PostgreSQL: `python -m tests.support.on_postgresql npm test`.

The command finds an empty database of the current schema at MUDGUARD_TEST_DATABASE_URL, and its key ring at
MUDGUARD_TEST_KEYRING_FILE.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.postgresql import running_postgres
from tests.support.processes import run


def main(command: list[str]) -> int:
    """The exit code of `command`."""
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        url = postgres.new_database("sdk")
        run("db", "upgrade", data_dir=Path(folder), database_url=url).check_returncode()
        told = {"MUDGUARD_TEST_DATABASE_URL": url, "MUDGUARD_TEST_KEYRING_FILE": f"{folder}/keyring"}
        return subprocess.run(command, env={**os.environ, **told}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
