"""Attacks 44 to 48: what breaks under the server, and what must not come of it."""

import resource
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.attacks.conftest import Serve
from tests.conftest import KINDS, SQLITE, DatabaseSettings
from tests.support.answers import refusal
from tests.support.faults import database_gone, database_locked
from tests.support.mortal import MortalServer
from tests.support.pairs import Pair
from tests.support.people import Player, operator
from tests.support.processes import ServerProcess
from tests.support.server import Server
from tests.support.valkey import ValkeyServer, running_valkey

pytestmark = pytest.mark.both_databases

WRONG = 401, "INVALID_TWO_FACTOR_CODE"
UNAVAILABLE = 503, "SERVICE_UNAVAILABLE"
HOUR, DAY = 3_600, 86_400
SETUP, VERIFY, CHALLENGE = "/api/users/2fa/setup", "/api/users/2fa/verify", "/api/auth/2fa/challenge"

Fault = Callable[[Server], AbstractContextManager[None]]


@pytest.mark.parametrize("jump", [HOUR, DAY])
def test_44_the_clock_jumps_back_and_a_code_of_then_is_used_again(jump: int, victim: Player) -> None:
    """Fails when `step > last_step` in rules/totp.py judge() is dropped."""
    spent, unused = victim.code(), victim.code(steps=1)
    victim.clock.advance(jump)
    assert victim.login(totpToken=victim.code()).status_code == 200
    victim.clock.advance(-jump)
    assert [refusal(victim.login(totpToken=code)) for code in (spent, unused)] == [WRONG] * 2
    assert victim.login(totpToken=victim.backup_codes[0]).status_code == 200, "the owner is not locked out"


@pytest.mark.parametrize("jump", [HOUR, DAY])
def test_44_the_clock_jumps_back_and_a_lock_out_lasts_as_long(jump: int, victim: Player) -> None:
    """Fails when `at_the_latest` in rules/throttle.py retry_after() is dropped."""
    for _ in range(5):
        victim.login(totpToken=victim.wrong_code())
    victim.clock.advance(-jump)
    locked = victim.login(totpToken=victim.backup_codes[0][:6])
    assert refusal(locked) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < locked.json()["retryAfter"] <= 300
    victim.clock.advance(300)
    assert refusal(victim.login(totpToken=victim.wrong_code())) == WRONG


@pytest.mark.parametrize("jump", [HOUR, DAY])
def test_44_the_clock_jumps_back_behind_a_token(jump: int, victim: Player) -> None:
    """Fails when the look at `iat` in security/tokens.py _check_times() is dropped."""
    victim.clock.advance(-jump)
    assert refusal(victim.get("/api/users/me")) == (401, "INVALID_TOKEN")
    assert victim.refreshed().get("/api/users/me").status_code == 200


@pytest.fixture(scope="module", params=KINDS)
def mortal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalServer]:
    """A server that requests can kill, on each kind of database in turn."""
    settings = {}
    if request.param != SQLITE:
        settings["database_url"] = request.getfixturevalue("postgres").new_database(f"attacks_{secrets.token_hex(4)}")
    with MortalServer(tmp_path_factory.mktemp("mortal"), **settings) as server:
        yield server


def each_moment(mortal: MortalServer, attempt: Callable[[int], bool]) -> None:
    """Make `attempt` with a death at the first statement, at the second, … until it survives."""
    kills = 0
    while not attempt(kills + 1):
        kills += 1
        assert kills < 60
    assert kills >= 5, "no statement was met"


def test_45_kill_9_at_any_statement_of_setup(mortal: MortalServer) -> None:
    """Fails when store/two_factor.py begin_setup() commits before the audit event is written."""

    def attempt(kill_at: int) -> bool:
        player = operator(mortal)
        answer = mortal.survives("POST", SETUP, kill_at=kill_at, headers=player.headers)
        status = player.two_factor()
        events = [event["type"] for event in player.get("/api/users/me/security-events").json()["events"]]
        assert status["enabled"] is False
        assert events.count("two_factor.setup") == status["pending"], "an event where there is a setup, else none"
        assert status["pending"] or answer is None, "what was acknowledged is there"
        player.enrol()
        return answer is not None

    each_moment(mortal, attempt)


def test_45_kill_9_at_any_statement_of_verify(mortal: MortalServer) -> None:
    """Fails when factors/service.py verify() commits before it revokes the other sessions."""

    def attempt(kill_at: int) -> bool:
        player = operator(mortal)
        other = player.signed_in_again()
        player.begin_setup()
        code = player.code()
        answer = mortal.survives("POST", VERIFY, kill_at=kill_at, headers=player.headers, json={"token": code})
        status = player.two_factor()
        assert (status["enabled"], status["pending"]) in [(False, True), (True, False)]
        if not status["enabled"]:
            assert other.get("/api/users/me").status_code == 200
            assert player.post(VERIFY, {"token": code}).status_code == 200
        assert refusal(other.get("/api/users/me")) == (401, "SESSION_REVOKED")
        assert refusal(player.login(totpToken=code)) == WRONG
        assert player.login(totpToken=player.backup_codes[0]).status_code == 200
        return answer is not None

    each_moment(mortal, attempt)


def test_45_kill_9_at_any_statement_of_a_challenge(mortal: MortalServer) -> None:
    """Fails when sign_in/service.py _answered() commits between claiming the challenge and beginning the session."""

    def attempt(kill_at: int) -> bool:
        player = operator(mortal).enrol()
        challenge, code = player.challenge(), player.code(steps=1)
        body = {"challengeToken": challenge, "token": code}
        answer = mortal.survives("POST", CHALLENGE, kill_at=kill_at, json=body)
        again = refusal(player.answer(challenge, code))
        sessions = player.get("/api/users/me/sessions").json()["sessions"]
        assert len(sessions) == 2, "the code has opened one session, at once or the second time"
        assert again == (401, "INVALID_CHALLENGE") if answer else again[0] in (200, 401)
        assert refusal(player.login(totpToken=code)) == WRONG
        return answer is not None

    each_moment(mortal, attempt)


@pytest.mark.parametrize("fault", [database_locked, database_gone])
def test_46_the_database_is_locked_or_gone_and_back(fault: Fault, server: Server, victim: Player) -> None:
    """Fails when `DatabaseUnavailableError` has no handler in web/errors.py."""
    challenge, code = victim.challenge(), victim.fresh_code()
    with fault(server):
        answers = [victim.answer(challenge, code), victim.refresh(), victim.post(SETUP, {"token": victim.code()})]
    assert [refusal(answer) for answer in answers] == [UNAVAILABLE] * 3
    assert victim.answer(challenge, code).status_code == 200, "nothing was spent"


@contextmanager
def no_room(server: ServerProcess) -> Iterator[None]:
    """No file of the server may grow: neither its database, where that is a file, nor its log."""
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.mark.parametrize("own_database", [{}], ids=[SQLITE])
def test_46_the_disk_is_full_and_has_room_again(serve: Serve) -> None:
    """Fails when store/sqlite/file.py unavailable() calls a full disk a mistake of ours."""
    with serve() as server:
        player = operator(server).enrol()
        challenge, code = player.challenge(), player.code(steps=1)
        with no_room(server):
            answers = [player.answer(challenge, code), player.refresh(), player.post(SETUP, {"token": code})]
        assert [refusal(answer) for answer in answers] == [UNAVAILABLE] * 3
        assert player.answer(challenge, code).status_code == 200, "nothing was spent"


def test_46_the_disk_under_the_log_is_full(serve: Serve) -> None:
    """Fails when `suppress(OSError)` in web/logs.py is dropped."""
    with serve() as server:
        player = operator(server)
        with no_room(server):
            assert [player.get("/api/users/me").status_code for _ in range(3)] == [200] * 3


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    with running_valkey() as running:
        yield running


def test_47_valkey_is_gone(tmp_path: Path, own_database: DatabaseSettings, valkey: ValkeyServer) -> None:
    """Fails when web/limits.py lets an address pass for which the shared limits cannot say."""
    with Server(tmp_path, ip_limits="on", valkey_url=valkey.url, **own_database) as server:
        player = operator(server).enrol()
        assert player.login(totpToken=player.fresh_code()).status_code == 200
        valkey.stop()
        assert player.login(totpToken=player.fresh_code()).status_code == 200, "sign-in goes on"
        body = {"challengeToken": "no challenge", "token": "123456"}
        guesses = [server.client.post(CHALLENGE, json=body).status_code for _ in range(61)]
    assert guesses == [401] * 60 + [429]


def test_48_two_processes_see_one_person(pair: Pair, racer: Player) -> None:
    """Fails when `last_step` in store/two_factor.py save() is not written."""
    here, there = racer, racer.at(pair.second)
    challenge, code = here.challenge(), racer.code(steps=1)
    signed_in = there.in_session_of(there.answer(challenge, code))
    assert refusal(here.answer(challenge, code)) == (401, "INVALID_CHALLENGE")
    assert refusal(here.login(totpToken=code)) == WRONG
    assert signed_in.at(pair.first).post("/api/auth/logout").status_code == 200
    assert refusal(signed_in.get("/api/users/me")) == (401, "SESSION_REVOKED")
    guess = partial(Player.login, totpToken=racer.wrong_code())
    answers = [refusal(guess(player)) for player in (here, there, here, there, here, there)]
    assert answers == [WRONG] * 4 + [(429, "TOO_MANY_ATTEMPTS")] * 2


def test_48_a_setup_at_one_process_is_verified_at_the_other(pair: Pair) -> None:
    """Fails when store/two_factor.py read() remembers in its process what it read."""
    newcomer = operator(pair.first)
    assert newcomer.at(pair.second).two_factor()["pending"] is False
    newcomer.begin_setup()
    assert newcomer.at(pair.second).post(VERIFY, {"token": newcomer.code()}).status_code == 200
    assert refusal(newcomer.post(SETUP)) == (400, "TWO_FACTOR_ALREADY_ENABLED")
