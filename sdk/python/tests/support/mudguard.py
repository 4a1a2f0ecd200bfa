"""A real server in a process of its own, for as long as the tests need it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BINARY = os.environ.get("MUDGUARD_BIN") or str(Path(sys.executable).with_name("mudguard"))
_SWIFT = {"MUDGUARD_ARGON2_MEMORY_KIB": "8", "MUDGUARD_ARGON2_PASSES": "1", "MUDGUARD_IP_LIMITS": "off"}


def _database(folder: Path) -> dict[str, str]:
    """PostgreSQL where the environment names one, SQLite in the server's own folder otherwise."""
    url = os.environ.get("MUDGUARD_TEST_DATABASE_URL")
    if not url:
        return {}
    keyring = os.environ.get("MUDGUARD_TEST_KEYRING_FILE") or str(folder / "keyring")
    return {"MUDGUARD_DATABASE_URL": url, "MUDGUARD_KEYRING_FILE": keyring}


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a server with these settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MUDGUARD_")}
    environment = {**own, **_SWIFT, "MUDGUARD_DATA_DIR": str(folder), **_database(folder), **settings}
    command = [_BINARY, "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = next((found[0] for line in process.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
            assert address, f"{_BINARY} did not start"
            yield address
        finally:
            process.terminate()
