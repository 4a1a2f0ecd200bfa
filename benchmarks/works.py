"""What is measured, and what a server that can be measured offers."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from mudguard.rules import totp

SETUP = "2FA setup"
CHALLENGE = "code at sign-in"
SESSION = "who is signed in"
REFRESH = "refresh"
LOGIN = "login"
LOGIN_WITH_2FA = "login, first of two steps"

WORKS = (SETUP, CHALLENGE, SESSION, REFRESH, LOGIN, LOGIN_WITH_2FA)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Requests that can be sent now, in this order, once each if `once`; each is answered by `status`."""

    requests: Sequence[bytes]
    status: int = 200
    once: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `database` is the process that keeps the data, where that is another."""

    process: int
    port: int
    database: int | None = None


class Server(Protocol):
    """A server that can be measured: made ready once, then started for each piece of work."""

    name: str

    @property
    def works(self) -> tuple[str, ...]:
        """What it can do of `WORKS`."""

    def make_ready(self, people: int) -> None:
        """Install it, and fill its database with people, half of whom have 2FA on."""

    def running(self) -> AbstractContextManager[Running]:
        """Start it, as its users would, with one worker, and stop it afterwards."""

    def prepare(self, work: str, seconds: float) -> Prepared:
        """Requests for a run of so many seconds. Each is from another person, and new to the server."""


def codes_for(secrets: Sequence[bytes], seconds: float, *, turns: int) -> Iterator[str]:
    """Codes in the order in which to send them, everybody's first, then everybody's second; all count for the next
    `seconds`.

    A server takes the step before this one, this one and the next, each once and in this order: up to three turns.
    Waits for the next step if too little is left of this one.
    """
    left = totp.PERIOD - time.time() % totp.PERIOD
    if left < seconds:
        time.sleep(left + 0.1)
    current = totp.step_at(int(time.time() * 1000))
    for step in (current - 1, current, current + 1)[:turns]:
        yield from (totp.hotp(secret, step) for secret in secrets)
