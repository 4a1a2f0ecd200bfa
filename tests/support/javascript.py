"""The JavaScript client as it is built, and a Node to run it: the one that Playwright brings along."""

import fcntl
import subprocess
from functools import cache
from pathlib import Path

import playwright

SDK = Path(__file__).parents[2] / "sdk" / "javascript"
NODE = Path(playwright.__file__).parent / "driver" / "node"


@cache
def packages() -> Path:
    """The folder of the packages that the client is built and tested with. npm fetches them when they are missing."""
    with _alone():
        if not (SDK / "node_modules" / "axe-core").exists():
            subprocess.run(["npm", "install", "--no-save", "--silent"], cwd=SDK, check=True)
    return SDK / "node_modules"


@cache
def built_client() -> Path:
    """The package, built anew if its source is newer."""
    packages()
    made = SDK / "dist" / "index.d.cts"
    with _alone():
        newest = max(path.stat().st_mtime for path in (SDK / "src").rglob("*.ts"))
        if not made.exists() or made.stat().st_mtime < newest:
            subprocess.run([NODE, "scripts/build.mjs"], cwd=SDK, check=True)
    return SDK


def run(script: str, folder: Path) -> str:
    """What a module printed that may import the client as `mudbase`."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.mkdir()
        (modules / "mudbase").symlink_to(built_client())
    path = folder / "sample.mjs"
    path.write_text(script, "utf-8")
    done = subprocess.run([NODE, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class _alone:  # noqa: N801  # reads as what it is for: `with _alone():`
    """Tests run in several processes: one at a time may write to the package's folder."""

    def __enter__(self) -> None:
        self._lock = (SDK / "package.json").open()
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._lock.close()
