"""Servers as processes: started on a core, waited for, and what they and their children spend."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_SECONDS = 120


@contextmanager
def serving(command: Sequence[str | Path], *, port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """`command` for as long as it is needed, from when it listens on `port`: its process id.

    What it prints goes to `output` in `folder`. Raises `SystemExit` with the end of that if it does not start.
    """
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=dict(environment)
        )
    try:
        _wait_for(port, process, folder)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def keep_on(process: int, cores: Collection[int]) -> None:
    """Keep all threads of a process and of its descendants on these cores; what they start from now on stays there."""
    for member in family(process):
        for task in Path(f"/proc/{member}/task").glob("*"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), cores)


def cpu_seconds(process: int) -> float:
    """Processor time, of user and system, that a process and its living descendants have spent."""
    return sum(_own_cpu_seconds(member) for member in family(process))


def busy_seconds(cores: Collection[int]) -> float:
    """Time for which anybody has used these cores, their host's other guests included."""
    names = {f"cpu{core}" for core in cores}
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *counted = line.split()
        if name in names:
            user, nice, system, _idle, _waiting, *interrupts_and_stolen = map(int, counted[:8])
            ticks += user + nice + system + sum(interrupts_and_stolen)
    return ticks / _TICKS


def memory_bytes(process: int) -> int:
    """Memory of a process and its descendants, what they share counted once (Linux's proportional set size)."""
    return sum(_own_memory_bytes(member) for member in family(process))


def family(process: int) -> list[int]:
    """A process and its living descendants."""
    members = [process]
    for member in members:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                members.extend(int(child) for child in task.read_text().split())
    return members


def _own_cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _own_memory_bytes(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _wait_for(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            end = (folder / "output").read_text(errors="replace")[-2000:]
            raise SystemExit(f"{process.args!r} does not listen on port {port}:\n{end}")
        time.sleep(0.01)
