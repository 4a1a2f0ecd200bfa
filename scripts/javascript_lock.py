"""Resolve the JavaScript client's dependencies anew: for every platform, with hashes and without addresses.

npm leaves the packages of other platforms out if it finds `node_modules`, so it resolves in a folder without. Where to
give money to a package is an address too; npm writes it, and does not miss it.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

CLIENT = Path(__file__).parents[1] / "sdk" / "javascript"
LOCK = "package-lock.json"


def main() -> None:
    """Write `package-lock.json`."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", ".npmrc"):
            shutil.copy2(CLIENT / name, folder)
        subprocess.run(["npm", "install", "--package-lock-only", "--silent"], cwd=folder, check=True)
        lock = json.loads((Path(folder) / LOCK).read_text("utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
    (CLIENT / LOCK).write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
