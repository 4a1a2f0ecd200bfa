"""Several processes that serve: one that ends is replaced at once, and none outlives the one that started them."""

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
"""A process that failed by itself is replaced after a pause, which doubles while they go on failing."""

_STOP = (signal.SIGTERM, signal.SIGINT)
_WATCHED = (*_STOP, signal.SIGCHLD)

log = structlog.get_logger(__name__)


def supervise(count: int, serve: Callable[[], None], listener: socket.socket) -> None:
    """Keep `count` processes at `serve` until SIGTERM or SIGINT; then let each finish what it has begun.

    They are forked from this process, which has loaded all they need: a new one serves within a fraction of a second.
    It must have no other thread and no open database.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    lifeline, held_end = os.pipe()
    gc.freeze()  # the children share what is there now, and no collection writes to it

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
    listener.close()  # first, so that no caller is left in its queue whom nobody will answer
    for process in processes:
        os.kill(process, signal.SIGTERM)
    for process in processes:
        os.waitpid(process, 0)


def _work(serve: Callable[[], None], lifeline: int) -> NoReturn:
    """What a child does, all its life."""
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
    """Stop this process when the one that started it is gone, for whatever reason: the pipe's other end with it."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _ended(processes: set[int]) -> list[tuple[int, int]]:
    """Those that have ended, with their wait statuses. Several may have for one signal."""
    looked_at = [os.waitpid(process, os.WNOHANG) for process in processes]
    return [(process, status) for process, status in looked_at if process]


def _rest(seconds: float) -> None:
    """Wait, unless told to stop; the signal stays for the one who waits for it next."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not signal.sigpending() & set(_STOP):
        time.sleep(0.02)
