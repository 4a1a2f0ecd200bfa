"""Fetch the reference's script from npm, pack it, and note what it is: `make vendor [VERSION=1.72.1]`."""

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@scalar/api-reference"
SCRIPT = "package/dist/browser/standalone.js"
FOLDER = Path(__file__).parents[1] / "src" / "mudguard" / "portal" / "static" / "vendor"
LICENSE = "MIT"


def main(version: str) -> None:
    """Vendor `version`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{version}"], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            script = _read(package, SCRIPT)
            licence = json.loads(_read(package, "package/package.json"))["license"]
    if licence != LICENSE:
        sys.exit(f"the licence is now {licence}: read it, and change scalar-api-reference.LICENSE")
    (FOLDER / "scalar-api-reference.js.gz").write_bytes(gzip.compress(script, 9, mtime=0))
    facts = {
        "name": PACKAGE,
        "version": version,
        "file": SCRIPT.removeprefix("package/"),
        "license": licence,
        "bytes": len(script),
        "sha256": hashlib.sha256(script).hexdigest(),
        "integrity": "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode(),
    }
    (FOLDER / "scalar-api-reference.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


def _read(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(name)
    if member is None:
        sys.exit(f"there is no {name} in {PACKAGE}")
    return member.read()


if __name__ == "__main__":
    main(sys.argv[1])
