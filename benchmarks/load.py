"""Load: prepared requests sent by wrk, and what came of them."""

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("load.lua")
_WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Load:
    """What a run came to. Latencies in milliseconds; `unexpected` counts other statuses and broken connections."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    unexpected: int
    generator_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def drive(
    port: int, requests: Sequence[bytes], *, seconds: float, clients: int, status: int, core: int | None,
    once: bool = False,
) -> Load:  # fmt: skip
    """Send `requests` in order, for whole `seconds`, by `clients` that each wait for an answer.

    After the last comes the first again or, with `once`, nothing; the time then ends with the last answer. The
    generator runs on `core`, or on whatever core is free.
    """
    with tempfile.NamedTemporaryFile() as file:
        for request in requests:
            file.write(b"%d\n%b" % (len(request), request))
        file.flush()
        before = _children_seconds()
        told = subprocess.run(
            [*_pinned(core), wrk(), "-t1", f"-c{clients}", f"-d{max(1, int(seconds))}s", f"--timeout={_WAIT_SECONDS}s",
             "-s", _SCRIPT, f"http://127.0.0.1:{port}", "--", file.name, *(["once"] if once else [])],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        spent = _children_seconds() - before
    return _read(told, status=status, generator_seconds=spent)


def _pinned(core: int | None) -> list[str]:
    """The words before a command that keep it on one core; none without a core to keep it on."""
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def wrk() -> str:
    """The path of wrk. Raises `SystemExit` that says what to install."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("The benchmarks need wrk; install it, such as Debian's package wrk.")
    return found


def _read(told: str, *, status: int, generator_seconds: float) -> Load:
    line = next(line for line in told.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    others = sum(count for found, count in result["statuses"].items() if int(found) != status)
    return Load(
        requests=result["requests"],
        seconds=result["seconds"],
        p50_ms=result["p50"] / 1e3,
        p99_ms=result["p99"] / 1e3,
        unexpected=others + result["broken"],
        generator_seconds=generator_seconds,
    )


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
