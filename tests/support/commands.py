"""Processes of `mudguard`, forked from one that has loaded what they need.

A fresh interpreter takes half a second to load it, and the tests run hundreds of commands and servers.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from multiprocessing.process import BaseProcess
from pathlib import Path

_LOADED_BEFORE = [
    "alembic.command",
    "mudguard.cli",
    "mudguard.serving.application",
    "mudguard.serving.server",
    "mudguard.store.schema",
    "mudguard.web.openapi",
]


def run_forked(
    arguments: tuple[str, ...], *, environment: dict[str, str], typed: str, patience: float
) -> subprocess.CompletedProcess[str]:
    """What came of `mudguard` with these arguments, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_text(typed)
        process = start_forked(arguments, environment=environment, streams=folder)
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["mudguard", *arguments], patience)
        out, err = ((folder / stream).read_text() for stream in ("out", "err"))
        return subprocess.CompletedProcess(["mudguard", *arguments], process.exitcode, out, err)


def start_forked(
    arguments: tuple[str, ...], *, environment: dict[str, str], streams: Path, umask: int = -1
) -> BaseProcess:
    """`mudguard` with these arguments, whose standard streams are the files `in`, `out` and `err` in a folder."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED_BEFORE)
    process = context.Process(target=_become, args=(arguments, environment, streams, umask))
    process.start()
    return process


def _become(arguments: tuple[str, ...], environment: dict[str, str], streams: Path, umask: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    if umask >= 0:
        os.umask(umask)
    sys.stdin.close()
    for descriptor, name, mode in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        opened = os.open(streams / name, mode | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    sys.argv = ["mudguard", *arguments]

    from mudguard.cli import main  # noqa: PLC0415  # only the process that becomes a command needs it

    main()
