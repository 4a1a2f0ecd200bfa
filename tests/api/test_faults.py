"""Faults: what was not foreseen tells nothing of the inside, and a database in trouble is a 503 that passes."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.support.answers import error_of
from tests.support.faults import database_gone, database_locked
from tests.support.people import PASSWORD, Player, operator
from tests.support.server import Server
from tests.support.tampering import set_person

pytestmark = pytest.mark.both_databases

Fault = Callable[[Server], AbstractContextManager[None]]


@pytest.fixture
def log() -> Iterator[list[EventDict]]:
    """The lines that are written while a test runs."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def broken_player(own_server: Server, log: list[EventDict]) -> Player:
    """Somebody whose row holds what no version of the server ever wrote."""
    player = operator(own_server)
    set_person(own_server, player.person_id, created_at=10**17)
    return player


def test_the_handler_of_last_resort_answers_in_the_shape_of_all_errors(broken_player: Player) -> None:
    response = broken_player.get("/api/users/me")
    assert response.status_code == 500
    error = error_of(response)
    assert error["code"] == "INTERNAL_ERROR"
    assert error["error"] == "Something went wrong here. Tell the people who run this service the request id."


def test_the_handler_of_last_resort_tells_nothing_of_the_inside(broken_player: Player) -> None:
    response = broken_player.get("/api/users/me")
    shown = response.text + str(response.headers)
    assert [word for word in ("year", "Traceback", "ValueError", ".py", "created_at") if word in shown] == []


def test_the_handler_of_last_resort_logs_the_fault_with_the_request_id_and_the_route(
    broken_player: Player, log: list[EventDict]
) -> None:
    response = broken_player.get("/api/users/me")
    (fault,) = [line for line in log if line["event"] == "unexpected error"]
    assert (fault["log_level"], fault["exc_info"], fault["route"]) == ("error", True, "/api/users/me")
    assert fault["request_id"] == response.headers["X-Request-Id"]


def test_one_fault_does_not_keep_the_server_from_the_next_request(broken_player: Player, own_server: Server) -> None:
    broken_player.get("/api/users/me")
    assert operator(own_server).get("/api/users/me").status_code == 200


@pytest.mark.parametrize("fault", [database_locked, database_gone])
def test_a_write_while_the_database_is_in_trouble_is_put_off(fault: Fault, server: Server, player: Player) -> None:
    with fault(server):
        response = player.post("/api/users/2fa/setup")
    assert response.status_code == 503
    error = error_of(response)
    assert (error["code"], error["retryAfter"]) == ("SERVICE_UNAVAILABLE", 1)
    assert error["error"].startswith("The service cannot do this right now.")


def test_a_read_while_the_database_is_gone_is_put_off(server: Server, player: Player) -> None:
    with database_gone(server):
        response = player.get("/api/users/me")
    assert (response.status_code, error_of(response)["code"]) == (503, "SERVICE_UNAVAILABLE")


def test_a_read_while_somebody_writes_goes_on(server: Server, player: Player) -> None:
    with database_locked(server):
        assert player.get("/api/users/me").status_code == 200


@pytest.mark.parametrize("fault", [database_locked, database_gone])
def test_what_was_put_off_can_be_done_when_the_trouble_is_over(fault: Fault, server: Server, player: Player) -> None:
    with fault(server):
        player.post("/api/users/2fa/setup")
        player.login()
    assert player.post("/api/users/2fa/setup").status_code == 200
    assert player.login().status_code == 200


@pytest.mark.parametrize("fault", [database_locked, database_gone])
def test_nobody_gets_in_while_the_database_is_in_trouble(fault: Fault, server: Server, player: Player) -> None:
    with fault(server):
        for password in (PASSWORD, "not my password"):
            player.password = password
            assert player.login().status_code == 503
        assert player.refresh().status_code == 503


def test_a_table_that_is_missing_is_put_off_and_its_name_not_told(own_server: Server) -> None:
    player = operator(own_server)
    own_server.inspect().execute(text("DROP TABLE two_factor"))
    response = player.get("/api/users/2fa")
    assert (response.status_code, error_of(response)["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "two_factor" not in response.text


def test_trouble_with_the_database_is_logged_with_its_reason_and_the_request_id(
    own_server: Server, log: list[EventDict]
) -> None:
    player = operator(own_server)
    with database_gone(own_server):
        response = player.get("/api/users/me")
    (fault,) = [line for line in log if line["event"] == "unavailable"]
    assert fault["log_level"] == "error"
    assert re.search("unable to open database file|is not currently accepting connections", fault["reason"])
    assert fault["request_id"] == response.headers["X-Request-Id"]
