"""The guides as programs: their blocks of one language, one after the other, and what each prints."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.processes import MUDGUARD
from tests.support.programs import found

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "guides"
JAVASCRIPT = ROOT / "sdk" / "javascript"
PYTHON = ROOT / "sdk" / "python" / "src"
ADDRESS = "http://127.0.0.1:5000"
"""Where the server is in every guide; a run puts its own address there."""

LANGUAGES = ("sh", "python", "js")
"""Blocks in these are run, in order, as one program for each guide and language. Others are only read."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n(\s*)", re.DOTALL | re.MULTILINE)
_MARK = "-- end of block --"
_PATIENCE_SECONDS = 120

_BEFORE = {
    "sh": """set -euo pipefail
read() {{ printf -v "${{!#}}" %s "$({python} -c 'import json; print(json.load(open("setup.json"))["qrCode"], end="")' |
  curl -s --data-binary @- -H 'Content-Type: text/plain' {phone})"; }}
""",
    "python": """import urllib.request
email, password = "morgan@northwind.test", "correct horse battery"
pictures = [""]
def show(picture, codes): pictures.append(picture)
def input(prompt): return urllib.request.urlopen("{phone}", data=pictures[-1].encode()).read().decode()
""",
    "js": """const email = "morgan@northwind.test", password = "correct horse battery", token = "{token}";
const image = {{ src: "" }};
const askForCode = async () => (await fetch("{phone}", {{ method: "POST", body: image.src }})).text();
""",
}
_AFTER = {"sh": f"echo '{_MARK}'\n", "python": f"print({_MARK!r})\n", "js": f"console.log({_MARK!r});\n"}


@dataclass(frozen=True)
class Block:
    """A piece of code, and what the guide says that it prints."""

    language: str
    code: str
    printed: str = ""


def blocks(guide: str) -> list[Block]:
    """The blocks of a guide that are run; a `text` block right after one says what that prints."""
    found_so_far: list[Block] = []
    follows = False
    for language, code, _ in _BLOCK.findall((FOLDER / guide).read_text("utf-8")):
        if language == "text" and found_so_far and follows:
            found_so_far[-1] = replace(found_so_far[-1], printed=code.strip())
        follows = language in LANGUAGES
        if follows:
            found_so_far.append(Block(language, code))
    return found_so_far


def printed(guide: str, language: str, folder: Path, *, server: str, phone: str, token: str) -> list[str]:
    """What each block of a guide prints when it is run in `folder`. Raises `AssertionError` if the program fails."""
    program = _BEFORE[language].format(phone=phone, token=token, python=sys.executable)
    program += "".join(block.code + _AFTER[language] for block in blocks(guide) if block.language == language)
    file = folder / {"sh": "guide.sh", "python": "guide.py", "js": "guide.mjs"}[language]
    file.write_text(program.replace(ADDRESS, server), "utf-8")
    command = {"sh": ["bash"], "python": [sys.executable], "js": [found("node", package="nodejs")]}[language]
    done = subprocess.run(
        [*command, file],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return [part.strip() for part in done.stdout.split(_MARK)[:-1]]


def built_javascript_client() -> Path:
    """The JavaScript client, built from its source as it is now. Needs Node and npm."""
    npm = found("npm", package="npm")
    for command in (
        ["make", "--silent", "sdk/javascript/node_modules/.ready"],
        [npm, "--prefix", str(JAVASCRIPT), "run", "build"],
    ):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return JAVASCRIPT


def _environment(folder: Path) -> dict[str, str]:
    path = f"{MUDGUARD.parent}:{os.environ.get('PATH', os.defpath)}"
    settings = {"MUDGUARD_DATA_DIR": str(folder / "var"), "MUDGUARD_LOG_LEVEL": "ERROR"}
    return {**os.environ, "PATH": path, "PYTHONPATH": str(PYTHON), **settings}
