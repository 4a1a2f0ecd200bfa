"""Load shedding: when more hashing waits than a second of work, more is turned away, and nothing else waits for it."""

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import httpx2
import pytest

from tests.support.answers import error_of
from tests.support.people import Player, operator
from tests.support.processes import ServerProcess

CROWD = 130
MANY = httpx2.Limits(max_connections=CROWD)


@pytest.fixture(scope="module")
def busy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose hashes cost a little more than usual."""
    folder: Path = tmp_path_factory.mktemp("busy")
    with ServerProcess(folder, umask=-1, argon2_memory_kib="19456", argon2_passes="5") as running:
        yield running


@contextmanager
def crowd(player: Player) -> Iterator[list[Future[list[httpx2.Response]]]]:
    """Many strangers who sign in, each once for each address, from when the first of them is turned away."""
    done, felt, numbers = Event(), Event(), itertools.count()

    def sign_in() -> list[httpx2.Response]:
        answers = []
        while not done.is_set():
            stranger = replace(player, email=f"nobody{next(numbers)}@nowhere.test")
            answers.append(stranger.login())
            if answers[-1].status_code == 503:
                felt.set()
        return answers

    with ThreadPoolExecutor(CROWD) as pool:
        signing_in = [pool.submit(sign_in) for _ in range(CROWD)]
        try:
            assert felt.wait(60), "nobody was turned away"
            yield signing_in
        finally:
            done.set()


def test_a_flood_of_sign_ins_is_shed_while_everything_else_is_answered_and_ends_by_itself(
    busy_server: ServerProcess,
) -> None:
    enrolled = operator(busy_server).enrol()
    flooding = replace(operator(busy_server), client=httpx2.Client(base_url=busy_server.url, limits=MANY, timeout=60))
    challenge = enrolled.challenge()
    with crowd(flooding) as signing_in:
        others = [enrolled.get("/api/users/me").status_code for _ in range(5)]
        others.append(enrolled.answer(challenge, enrolled.code(steps=1)).status_code)
        others.append(enrolled.post("/api/users/2fa/setup").status_code)
    answers = [answer for future in signing_in for answer in future.result()]
    shed = [answer for answer in answers if answer.status_code == 503]
    assert others == [200] * 6 + [400]
    assert Counter(answer.status_code for answer in answers).keys() == {401, 503}
    assert {(error_of(answer)["code"], answer.headers["Retry-After"]) for answer in shed} == {
        ("SERVICE_UNAVAILABLE", "1")
    }
    assert flooding.login().status_code == 200
    flooding.client.close()


def test_one_person_cannot_keep_others_from_signing_in(busy_server: ServerProcess) -> None:
    """However many sign-ins of one account arrive, one of them hashes at a time."""
    other = operator(busy_server)
    with httpx2.Client(base_url=busy_server.url, limits=MANY, timeout=60) as client, ThreadPoolExecutor(CROWD) as pool:
        flooding = replace(operator(busy_server), client=client)
        signing_in = [pool.submit(flooding.login) for _ in range(CROWD)]
        assert [other.login().status_code for _ in range(5)] == [200] * 5
        assert {future.result().status_code for future in signing_in} <= {200, 503}
