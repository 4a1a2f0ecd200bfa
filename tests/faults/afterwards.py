"""After a fault: everything acknowledged is there, no code worked twice, and the trail is whole and tells the same."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx2
from sqlalchemy import func, or_, select

from mudguard.rules.codes import Factor
from mudguard.rules.events import EventType, Outcome
from mudguard.store import audit
from mudguard.store.tables import two_factor
from tests.faults.ledger import Ledger
from tests.faults.life import Life
from tests.support.inspection import Inspection
from tests.support.processes import ServerProcess, run

MOST_EVENTS = 1_000
TRIES = 100

RECORDED = (
    EventType.ACCOUNT_REGISTER,
    EventType.TWO_FACTOR_SETUP,
    EventType.TWO_FACTOR_VERIFY,
    EventType.SIGN_IN_SECOND_FACTOR,
    EventType.BACKUP_CODES,
    EventType.TWO_FACTOR_DISABLE,
)


def check_all(lives: list[Life], server: ServerProcess, ledger: Ledger) -> None:
    """Look for everything that `lives` know of, through the API and in the database of `server`."""
    shares = [lives[start::4] for start in range(4)]
    threads = [threading.Thread(target=_check_each, args=(share, ledger)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database = Inspection(server.database_url)
    check_rows(database, ledger)
    for life in lives:
        check_trail(database, life, ledger)
    database.close()
    verified = run("audit", "verify", data_dir=server.data_dir, **server.settings)
    if verified.returncode != 0:
        ledger.note_lost(f"the audit trail is not whole: {verified.stdout}{verified.stderr}")


def _check_each(lives: list[Life], ledger: Ledger) -> None:
    for life in lives:
        if life.player.person_id:
            check_life(life, ledger)


def check_life(life: Life, ledger: Ledger) -> None:
    """Session, refresh token, state and codes of one person."""
    player = life.player

    def must(what: str, act: Callable[[], httpx2.Response], *expected: int) -> httpx2.Response | None:
        answer = _patiently(act)
        if answer.status_code in expected:
            return answer
        ledger.note_lost(f"{player.email}: {what}: {answer.status_code} {answer.text}")
        return None

    shown = must("its session", lambda: player.get("/api/users/2fa"), 200)
    if shown is None:
        return
    status = shown.json()
    if life.is_on not in (None, status["enabled"]):
        ledger.note_lost(f"{player.email}: 2FA should be {'on' if life.is_on else 'off'}, it is {status}")
    if life.knows_refresh_token:
        must("its refresh token", player.refresh, 200)
    if not status["enabled"]:
        must("a sign-in without 2FA", player.login, 200)
        return
    for factor, code in _fresh_codes(life):
        life.shown[factor].add(code)
        challenged = must("a challenge", player.login, 403)
        if challenged is not None:
            token = challenged.json()["challengeToken"]
            must(f"the fresh {factor} code", lambda: player.answer(token, code), 200)  # noqa: B023  # called at once


def check_rows(database: Inspection, ledger: Ledger) -> None:
    """2FA on always means that secret, codes and last step are there."""
    needed = (two_factor.c.secret, two_factor.c.backup_digests, two_factor.c.backup_salt, two_factor.c.last_step)
    half = select(func.count().label("number")).where(
        two_factor.c.enabled_at.is_not(None), or_(*(column.is_(None) for column in needed))
    )
    (row,) = database.rows(half)
    if row["number"]:
        ledger.note_lost(f"{row['number']} people have 2FA on without a secret or codes")


def check_trail(database: Inspection, life: Life, ledger: Ledger) -> None:
    """The trail has each acknowledged change, none that nobody asked for, and no more codes than were shown."""
    if not life.player.person_id:
        return
    wanted = audit.Filter(person_id=life.player.person_id, outcome=Outcome.SUCCESS)
    found = database.read(audit.events, wanted, most=MOST_EVENTS)
    times = Counter(event.type for event in found)
    checks = {EventType.SIGN_IN_SECOND_FACTOR: 2}  # `check_life` has signed in up to twice since
    for kind in RECORDED:
        least = life.acknowledged[kind]
        most = least + life.doubtful[kind] + checks.get(kind, 0)
        if not least <= times[kind] <= most and kind is not EventType.ACCOUNT_REGISTER:
            ledger.note_lost(f"{life.player.email}: {times[kind]} times {kind} in the trail, not {least} to {most}")
    if times[EventType.ACCOUNT_REGISTER] != 1:
        ledger.note_lost(f"{life.player.email}: their sign-up is not in the trail")
    used = Counter(event.factor for event in found if event.type is not EventType.TWO_FACTOR_SETUP)
    for factor in Factor:
        if used[factor.value] > len(life.shown[factor]):
            ledger.note_lost(f"{life.player.email}: a {factor} code worked twice, by the trail")


def _fresh_codes(life: Life) -> Iterator[tuple[Factor, str]]:
    """One of each kind that there is."""
    if totp_code := life.fresh_totp_code():
        yield Factor.TOTP, totp_code
    if life.unspent:
        yield Factor.BACKUP_CODE, life.unspent[-1]


def _patiently(act: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The answer, once it is not 503. The fault is over; a sign-in may still find the queue full."""
    for _ in itertools.repeat(None, TRIES):
        answer = act()
        if answer.status_code != 503:
            break
        time.sleep(0.05)
    return answer
