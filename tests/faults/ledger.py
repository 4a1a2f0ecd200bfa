"""The account by which every fault is judged: what was asked, what was acknowledged, what is missing of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2

from tests.support.answers import error_of

SLOWEST_SECONDS = 30
"""No request may take longer, whatever has happened to the server."""


@dataclass
class Ledger:
    """Written by many threads at once. `may_cut` allows requests to end without an answer, or with a proxy's 502:
    for processes that are killed.
    """

    may_cut: bool = False
    requests: int = 0
    acknowledged: int = 0
    put_off: int = 0
    cut: int = 0
    slowest: float = 0.0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, act: Callable[[], httpx2.Response], *expected: int) -> httpx2.Response | None:
        """The answer of `act`; None if it was 503 or never came, so that nobody knows whether it was done."""
        started = time.monotonic()
        try:
            response = act()
        except httpx2.TransportError as error:
            self._count(started)
            with self._lock:
                self.cut += 1
            if not self.may_cut or isinstance(error, httpx2.TimeoutException):
                self.note_wrong(f"no answer: {error!r}")
            return None
        self._count(started)
        if self.may_cut and response.status_code == 502:
            with self._lock:
                self.cut += 1
            return None
        if response.status_code == 503:
            with self._lock:
                self.put_off += 1
            if error_of(response).get("retryAfter") is None:
                self.note_wrong(f"a 503 without retryAfter: {response.text}")
            return None
        if response.status_code not in expected:
            self.note_wrong(f"{response.request.method} {response.request.url.path}: {response.status_code} instead of "
                            f"{expected}: {response.text}")  # fmt: skip
            return None
        return response

    def acknowledge(self) -> None:
        """Count a change that the server said it had made."""
        with self._lock:
            self.acknowledged += 1

    def note_lost(self, what: str) -> None:
        """Write down that something acknowledged is not there, or that what works once worked twice."""
        with self._lock:
            self.lost.append(what)

    def note_wrong(self, what: str) -> None:
        """Write down an answer that was neither right nor 503."""
        with self._lock:
            self.wrong.append(what)

    def _count(self, started: float) -> None:
        with self._lock:
            self.requests += 1
            self.slowest = max(self.slowest, time.monotonic() - started)
