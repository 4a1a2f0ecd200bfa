"""Serving: prepare everything once, then let workers answer until a signal stops them."""

import errno
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from mudguard.serving import worker
from mudguard.serving.boot import BootError, prepare
from mudguard.serving.protocol import BoundedHttpProtocol
from mudguard.serving.supervisor import supervise
from mudguard.settings import Settings, unknown_variables

KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 25

log = structlog.get_logger(__name__)


def serve(settings: Settings, *, host: str, port: int, workers: int, announce: Callable[[str], None]) -> None:
    """Serve until a signal, then finish the requests in flight. Raises `BootError`."""
    for name in unknown_variables():
        log.warning("unknown setting, ignored", variable=name)
    listener = _listener(host, port)
    prepare(settings)
    config = uvicorn.Config(
        worker.application,
        factory=True,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    shown_host = f"[{host}]" if ":" in host else host
    announce(f"http://{shown_host}:{listener.getsockname()[1]}")

    def answer() -> None:
        # When uvicorn is done, it raises the signal that stopped it again. Being stopped is not a failure.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stopped)
        uvicorn.Server(config).run(sockets=[listener])

    if workers > 1:
        supervise(workers, answer, listener)
    else:
        answer()


def _stopped(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BootError(f"port {port} on {host} is in use; stop what uses it or choose another --port") from None
        raise BootError(f"cannot listen on {host}:{port} ({error.strerror}); choose another --host or --port") from None
    listener.set_inheritable(True)
    return listener
