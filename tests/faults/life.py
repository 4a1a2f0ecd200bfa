"""One person who enrols and signs in while things go wrong, and who knows what must be there afterwards."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2

from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType
from tests.faults.ledger import Ledger
from tests.support.authenticator import PERIOD, Authenticator
from tests.support.clock import Clock
from tests.support.people import PASSWORD, Player

PAUSE_SECONDS = 0.05

_numbers = itertools.count(1)


class Over(Exception):  # noqa: N818  # no error: the traffic was told to stop
    """No further request is to be begun."""


class Life:
    """A person and what they know: for each kind of change how often it was acknowledged, and how often in doubt."""

    def __init__(self, client: httpx2.Client, clock: Clock, ledger: Ledger, stopping: threading.Event) -> None:
        self.player = Player(client, clock, "", "", "", "")
        self.ledger = ledger
        self.acknowledged: Counter[EventType] = Counter()
        self.doubtful: Counter[EventType] = Counter()
        self.shown: dict[Factor, set[str]] = {factor: set() for factor in Factor}
        self.is_on: bool | None = False
        self.unspent: list[str] = []
        self.knows_refresh_token = False
        self.last_step = 0
        self._stopping = stopping

    def live(self) -> None:
        """Sign up, enrol, sign in, and then one more thing. Raises `Over`."""
        self.sign_up()
        self.enrol()
        for _ in range(random.randint(1, 3)):
            self.sign_in()
        random.choice([self.refresh, self.refresh, self.renew_codes, self.turn_off])()

    def sign_up(self) -> None:
        answer = None
        while answer is None:
            self.player.email = f"life{next(_numbers)}@northwind.test"
            answer = self._change(EventType.ACCOUNT_REGISTER, self._register, 201)
        self.player.person_id = answer.json()["user"]["_id"]
        self._in_session_of(answer)

    def enrol(self) -> None:
        """Set 2FA up, and verify it until it is known to be on."""
        begun = None
        while begun is None:
            begun = self._change(EventType.TWO_FACTOR_SETUP, lambda: self.player.post("/api/users/2fa/setup"), 200)
        setup = begun.json()
        self.player.authenticator = Authenticator(setup["secret"], self.player.clock.seconds)
        self.unspent = setup["backupCodes"]
        while not self.is_on:
            self.is_on = None
            code = self.fresh_totp_code() or self.player.code()
            self._show(Factor.TOTP, code)
            verified = self._change(EventType.TWO_FACTOR_VERIFY, partial(self._verify, code), 200, 400)
            self.is_on = self.status()["enabled"]
            if verified is not None and not self.is_on:
                self.ledger.note_lost(f"{verified.status_code} to verify, and 2FA is not on: {verified.text}")
                raise Over
        self._check_spent(code)

    def sign_in(self) -> None:
        """Both steps, with a code that was never shown, which must be refused when it is shown once more."""
        factor, code = self._some_code()
        in_doubt = False
        while True:
            token = self.challenge()
            self._show(factor, code)
            event = EventType.SIGN_IN_SECOND_FACTOR
            answer = self._change(event, partial(self.player.answer, token, code), 200, 401)
            if answer is None:
                in_doubt = True
                continue
            if answer.status_code == 200:
                self._in_session_of(answer)
            elif not in_doubt:
                self.ledger.note_lost(f"a fresh {factor} code was refused: {answer.text}")
            break
        if factor is Factor.TOTP or len(self.shown[factor]) == 1:  # seldom: wrong codes are counted, and lock
            self._check_spent(code)
        self._certainly(lambda: self.player.get("/api/users/me"), 200)

    def refresh(self) -> None:
        self.knows_refresh_token = False
        answer = self._change(EventType.SESSION_REFRESH, self.player.refresh, 200)
        if answer is not None:
            self._in_session_of(answer)

    def renew_codes(self) -> None:
        """A new set of backup codes. Without an answer nobody knows which set is in force."""
        factor, code = self._some_code()
        self._show(factor, code)
        self.unspent = []
        event = EventType.BACKUP_CODES
        answer = self._change(event, lambda: self.player.post("/api/users/2fa/backup-codes", {"token": code}), 200)
        if answer is not None:
            self.unspent = answer.json()["backupCodes"]

    def turn_off(self) -> None:
        factor, code = self._some_code()
        self._show(factor, code)
        self.is_on = None
        body = {"password": PASSWORD, "token": code}
        if self._change(EventType.TWO_FACTOR_DISABLE, lambda: self.player.post("/api/users/2fa/disable", body), 200):
            self.is_on = False

    def challenge(self) -> str:
        """The token of a new challenge."""
        token: str = self._certainly(self.player.login, 403).json()["challengeToken"]
        return token

    def status(self) -> dict[str, Any]:
        """Where the second factor stands."""
        status: dict[str, Any] = self._certainly(lambda: self.player.get("/api/users/2fa"), 200).json()
        return status

    def fresh_totp_code(self) -> str | None:
        """The code of a step that was never shown; None if there is none in the window now."""
        now = int(self.player.clock.seconds() // PERIOD)
        step = max(self.last_step + 1, now)
        if step > now + 1:
            return None
        self.last_step = step
        return self.player.code(steps=step - now)

    def _some_code(self) -> tuple[Factor, str]:
        code = self.fresh_totp_code() if random.random() < 0.5 else None
        return (Factor.TOTP, code) if code else (Factor.BACKUP_CODE, self.unspent.pop())

    def _show(self, factor: Factor, code: str) -> None:
        self.shown[factor].add(code)

    def _check_spent(self, code: str) -> None:
        token = self.challenge()
        if self._certainly(lambda: self.player.answer(token, code), 200, 401).status_code == 200:
            self.ledger.note_lost(f"the code {code} worked twice")

    def _verify(self, code: str) -> httpx2.Response:
        return self.player.post("/api/users/2fa/verify", {"token": code})

    def _register(self) -> httpx2.Response:
        body = {"email": self.player.email, "password": PASSWORD, "firstName": "Lia", "lastName": "Life"}
        return self.player.client.post("/api/auth/register", json={**body, "agreedToTerms": True})

    def _in_session_of(self, answer: httpx2.Response) -> None:
        self.player = self.player.in_session_of(httpx2.Response(200, json=answer.json()))
        self.knows_refresh_token = True

    def _change(self, event: EventType, act: Callable[[], httpx2.Response], *expected: int) -> httpx2.Response | None:
        """Ask for a change once, and book what came of it. Raises `Over`."""
        answer = self._ask(act, *expected)
        if answer is None:
            self.doubtful[event] += 1
        elif answer.is_success:
            self.acknowledged[event] += 1
            self.ledger.acknowledge()
        return answer

    def _certainly(self, act: Callable[[], httpx2.Response], *expected: int) -> httpx2.Response:
        """Ask until there is an answer. Raises `Over`."""
        answer = None
        while answer is None:
            answer = self._ask(act, *expected)
        return answer

    def _ask(self, act: Callable[[], httpx2.Response], *expected: int) -> httpx2.Response | None:
        if self._stopping.is_set():
            raise Over
        answer = self.ledger.ask(act, *expected)
        if answer is None:
            time.sleep(PAUSE_SECONDS)
        return answer
