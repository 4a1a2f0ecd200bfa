"""One fault tried on one server under traffic, and what came of it."""

import contextlib
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx2

from tests.faults.afterwards import check_all
from tests.faults.ledger import SLOWEST_SECONDS, Ledger
from tests.faults.life import Life, Over
from tests.support.people import Player, operator
from tests.support.processes import ServerProcess

PEOPLE = 6
USUAL_REQUESTS = 40
"""What passes between one fault and the next."""

RECOVERY_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """A row of the table."""

    fault: str
    times: int
    requests: int
    put_off: int
    cut: int
    acknowledged: int
    lost: list[str]
    wrong: list[str]
    recovery: float
    slowest: float

    @property
    def is_good(self) -> bool:
        return not self.lost and not self.wrong and self.acknowledged > 0 and self.times > 0


class Trial:
    """Traffic for as long as `with` lasts; at its end everything that was acknowledged is looked for.

    It goes to `url` where the server has a proxy before it.
    """

    def __init__(self, fault: str, server: ServerProcess, *, url: str = "", may_cut: bool = False) -> None:
        self.fault = fault
        self.server = server
        self._url = url or server.url
        self.ledger = Ledger(may_cut=may_cut)
        self.times = 0
        self.recovery = 0.0
        self._stopping = threading.Event()
        self._lives: list[Life] = []
        self._transport = httpx2.HTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))
        self._threads = [threading.Thread(target=self._live_on, daemon=True) for _ in range(PEOPLE)]

    def __enter__(self) -> Self:
        self._probe = operator(self.server)
        for thread in self._threads:
            thread.start()
        self.wait_for_requests(PEOPLE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(SLOWEST_SECONDS * 2)
        if error is None:
            check_all(self._lives, self.server, self.ledger)
        self._transport.close()

    @property
    def finding(self) -> Finding:
        ledger = self.ledger
        return Finding(
            self.fault, self.times, ledger.requests, ledger.put_off, ledger.cut, ledger.acknowledged, ledger.lost,
            ledger.wrong, self.recovery, ledger.slowest,
        )  # fmt: skip

    def wait_for_requests(self, number: int) -> None:
        """Until so many more requests have been answered, well or not."""
        target, deadline = self.ledger.requests + number, time.monotonic() + RECOVERY_SECONDS
        while self.ledger.requests < target and time.monotonic() < deadline:
            time.sleep(0.002)

    def wait_until_put_off(self) -> None:
        """Until one more request has been answered 503: the fault is felt."""
        target, deadline = self.ledger.put_off + 1, time.monotonic() + RECOVERY_SECONDS
        while self.ledger.put_off < target:
            if time.monotonic() > deadline:
                self.ledger.note_wrong(f"{self.fault}: nothing was put off; the fault was not felt")
                return
            time.sleep(0.005)

    def recovered(self) -> None:
        """The fault is over: wait until a change is acknowledged again, and keep the longest such time."""
        self.times += 1
        started = time.monotonic()
        while not self._writes():
            if time.monotonic() > started + RECOVERY_SECONDS:
                self.ledger.note_lost(f"no recovery within {RECOVERY_SECONDS} seconds")
                return
            time.sleep(0.01)
        self.recovery = max(self.recovery, time.monotonic() - started)

    def _writes(self) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return self._probing.post("/api/users/2fa/setup").status_code == 200
        return False

    @property
    def _probing(self) -> Player:
        """The probe, on a new connection."""
        return Player(self._client("192.0.2.1"), self._probe.clock, "", "", self._probe.token, "")

    def _client(self, address: str) -> httpx2.Client:
        headers = {"X-Forwarded-For": address}
        return httpx2.Client(base_url=self._url, transport=self._transport, timeout=SLOWEST_SECONDS, headers=headers)

    def _live_on(self) -> None:
        while not self._stopping.is_set():
            number = len(self._lives)
            client = self._client(f"10.0.{number // 250 % 250}.{number % 250 + 1}")
            life = Life(client, self.server.clock, self.ledger, self._stopping)
            self._lives.append(life)
            with contextlib.suppress(Over):
                life.live()
