"""The clock stepped, forwards and back, under one server in this process."""

import tempfile
import threading
import time
from pathlib import Path

import httpx2

from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from tests.faults.afterwards import check_life, check_rows, check_trail
from tests.faults.ledger import Ledger
from tests.faults.life import Life
from tests.faults.trial import Finding
from tests.support.server import Server

HOUR = 3_600
JUMPS = (HOUR, -HOUR, 24 * HOUR, -24 * HOUR, 60, -60)


def step_clock(name: str, **settings: str) -> Finding:
    """After each step no old code works, a backup code does; back on time everything acknowledged is there."""
    ledger = Ledger()
    recovery = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="mudguard-clock-") as folder,
        Server(Path(folder), clock=None, **settings) as server,
    ):
        for jump in JUMPS:
            life = Life(server.client, server.clock, ledger, threading.Event())
            life.sign_up()
            life.enrol()
            life.sign_in()
            server.clock.advance(jump)
            started = time.monotonic()
            _check_stepped(life, ledger)
            server.clock.advance(-jump)
            server.clock.next_step()
            check_life(life, ledger)
            recovery = max(recovery, time.monotonic() - started)
            check_rows(server.inspect(), ledger)
            check_trail(server.inspect(), life, ledger)
    return Finding(
        name, len(JUMPS), ledger.requests, ledger.put_off, ledger.cut, ledger.acknowledged, ledger.lost, ledger.wrong,
        recovery, ledger.slowest,
    )  # fmt: skip


def _check_stepped(life: Life, ledger: Ledger) -> None:
    """The clock is wrong now. What was used stays used, and a backup code still signs in."""
    for code in life.shown[Factor.TOTP]:
        if _answer(life, code) != 401:
            ledger.note_lost(f"a used code worked again after the clock was stepped: {code}")
    code = life.unspent.pop()
    life.shown[Factor.BACKUP_CODE].add(code)
    if _answer(life, code) == 200:
        life.acknowledged[EventType.SIGN_IN_SECOND_FACTOR] += 1
    else:
        ledger.note_lost("a backup code did not work while the clock was wrong")


def _answer(life: Life, code: str) -> int:
    """The status with which `code` is answered in a new challenge."""
    login: httpx2.Response = life.player.login()
    return life.player.answer(login.json().get("challengeToken", ""), code).status_code
