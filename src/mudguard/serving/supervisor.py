"""Supervises processes that serve: replaces one that ends, and lets none outlive the supervisor."""

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

import structlog

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
"""A failed process is replaced after a pause, which doubles while processes continue to fail."""

_STOP = (signal.SIGTERM, signal.SIGINT)
_WATCHED = (*_STOP, signal.SIGCHLD)

log = structlog.get_logger(__name__)


def supervise(count: int, serve: Callable[[], None], listener: socket.socket) -> None:
    """Run `count` processes of `serve` until SIGTERM or SIGINT, then let each finish its requests.

    They are forked from this process, which has loaded everything they need, so a new one starts in a fraction of a
    second. This process must have no other thread and no open database.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    lifeline, held_end = os.pipe()
    gc.freeze()  # children share these objects, and no collection writes to them

    def start() -> int:
        process = os.fork()
        if process == 0:
            os.close(held_end)
            _work(serve, lifeline)
        return process

    processes = {start() for _ in range(count)}
    pause = FIRST_PAUSE_SECONDS
    while signal.sigwait(_WATCHED) not in _STOP:
        for process, status in _ended(processes):
            processes.remove(process)
            code = os.waitstatus_to_exitcode(status)
            log.warning("a process that served has ended; another takes its place", pid=process, exit_code=code)
            if code > 0:
                _rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause = FIRST_PAUSE_SECONDS
            processes.add(start())
    listener.close()  # first, so that no client stays unanswered in its queue
    for process in processes:
        os.kill(process, signal.SIGTERM)
    for process in processes:
        os.waitpid(process, 0)


def _work(serve: Callable[[], None], lifeline: int) -> NoReturn:
    """The work of a child process."""
    code = 1
    try:
        threading.Thread(target=_end_with_supervisor, args=(lifeline,), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        serve()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except Exception:
        log.exception("a process could not serve")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_with_supervisor(lifeline: int) -> None:
    """Stop this process when its supervisor is gone for any reason, which closes the pipe's other end."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _ended(processes: set[int]) -> list[tuple[int, int]]:
    """The processes that have ended, with their wait statuses. One signal may stand for several."""
    looked_at = [os.waitpid(process, os.WNOHANG) for process in processes]
    return [(process, status) for process, status in looked_at if process]


def _rest(seconds: float) -> None:
    """Wait, unless a stop signal is pending. The signal stays pending for the next wait."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not signal.sigpending() & set(_STOP):
        time.sleep(0.02)
