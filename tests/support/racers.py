"""Processes that begin at the same moment: each gets ready, says so, and goes when all are told to."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 60

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finish:
    """How a process came to its end."""

    exit_code: int
    said: str


class Racer:
    """`python -m MODULE ARGUMENTS`, a module of the tests that calls `wait_for_go` before it does its part."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )

    def go(self) -> None:
        """Let it begin, now that it is ready."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def wait_until_ready(self) -> None:
        """Wait for its `wait_for_go`."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def finish(self) -> Finish:
        """Wait for its end."""
        said, _ = self._process.communicate(timeout=PATIENCE_SECONDS)
        return Finish(self._process.returncode, said)


def race(racers: list[Racer]) -> list[Finish]:
    """Let all begin when the last is ready: how each ended, in their order."""
    for racer in racers:
        racer.wait_until_ready()
    for racer in racers:
        racer.go()
    return [racer.finish() for racer in racers]


def wait_for_go() -> None:
    """In the process: say that everything is ready, and wait for the start."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
