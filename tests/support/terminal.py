"""A terminal with somebody at it, for commands that ask."""

import os
import pty
import subprocess
from pathlib import Path

from tests.support.processes import MUDGUARD, PATIENCE_SECONDS, environment


def converse(*arguments: str, data_dir: Path, answers: dict[str, str]) -> tuple[int, str]:
    """Run `mudguard` at a terminal, answer each prompt that `answers` names in order: exit code and the screen."""
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [MUDGUARD, *arguments],
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env=environment(data_dir),
        start_new_session=True,  # no other terminal to ask for a password at
    )
    os.close(screen)
    shown = ""
    for prompt, answer in answers.items():
        while not shown.endswith(prompt):
            shown += _read(keyboard)
        os.write(keyboard, f"{answer}\n".encode())
    while more := _read(keyboard):
        shown += more
    os.close(keyboard)
    return process.wait(PATIENCE_SECONDS), shown.replace("\r\n", "\n")


def _read(terminal: int) -> str:
    """What appears next on a terminal; nothing once its last user is gone."""
    try:
        return os.read(terminal, 1024).decode()
    except OSError:
        return ""
