"""`mudguard audit`: the trail as an operator lists it, and `verify`, beside a server that runs."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mudguard.store.tables import audit_streams, security_events
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server
from tests.support.trail import Tampering, rows

pytestmark = pytest.mark.both_databases


def listed(server: Server, *options: str) -> list[dict[str, Any]]:
    """The events that a command lists as JSON lines."""
    told = server.command("audit", *options, "--json")
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.fixture
def history(server: Server) -> Player:
    """A person of a project who signed up, set 2FA up, verified it, and entered a wrong code at a sign-in."""
    player = person(server, first_project(operator(server))).enrol()
    player.login(totpToken=player.wrong_code())
    return player


def test_an_event_is_one_line_with_when_what_how_who_and_from_where(server: Server, history: Player) -> None:
    newest = server.command("audit", "--limit", "1").stdout
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    parts = moment, "sign_in.password", "INVALID_TWO_FACTOR_CODE", "totp", history.person_id, "127.0.0.1", "[0-9a-f]+"
    assert re.fullmatch(r" +".join(parts) + r"\n", newest)


def test_json_lines_say_what_the_api_says(server: Server, history: Player) -> None:
    by_api = history.get("/api/users/me/security-events").json()["events"]
    assert listed(server, "--person", history.email) == by_api


@pytest.mark.parametrize(
    ("options", "types"),
    [
        (lambda _: ["--type", "two_factor.verify"], ["two_factor.verify"]),
        (lambda _: ["--outcome", "refused"], ["sign_in.password"]),
        (lambda _: ["--outcome", "success", "--limit", "2"], ["two_factor.verify", "two_factor.setup"]),
        (lambda history: ["--project", str(history.project_id), "--limit", "1"], ["sign_in.password"]),
        (lambda _: ["--since", "2100-01-01T00:00:00Z"], []),
    ],
    ids=["type", "outcome", "limit", "project", "since"],
)
def test_only_what_is_asked_for_is_listed(
    server: Server, history: Player, options: Callable[[Player], list[str]], types: list[str]
) -> None:
    found = listed(server, "--person", history.email, *options(history))
    assert [event["type"] for event in found] == types


def test_what_the_operator_of_the_server_does_is_recorded_as_done_at_the_command_line(
    server: Server, history: Player
) -> None:
    server.command("2fa", "reset", history.email, "--yes")
    event = listed(server, "--limit", "1")[0]
    assert (event["type"], event["personId"]) == ("two_factor.reset", history.person_id)
    assert (event["actor"], event["address"]) == ("command line", "command line")


def test_nothing_to_list_is_said_on_standard_error(server: Server) -> None:
    told = server.command("audit", "--since", "2100-01-01T00:00:00Z")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "No events.\n")


def test_a_trail_that_is_whole_is_0_and_counted(server: Server, history: Player) -> None:
    told = server.command("audit", "verify")
    events, streams = len(rows(server.inspect())), len(rows(server.inspect(), audit_streams))
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"The trail is whole: {events} events in {streams} stream{'s' * (streams != 1)}.\n"


def test_a_trail_is_whole_while_the_server_writes_to_it(server: Server, history: Player) -> None:
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(history.login) for _ in range(40)]
        told = server.command("audit", "verify")
    assert told.returncode == 0, told.stdout
    assert all(done.result().status_code in (403, 429) for done in writing)


def test_each_place_that_was_tampered_with_is_a_line_and_the_exit_code_1(server: Server, history: Player) -> None:
    tampering = Tampering(server.inspect())
    whole = rows(server.inspect())
    first, second = whole[0], whole[1]
    tampering.set(security_events, security_events.c.id == first["id"], address="198.51.100.1")
    tampering.remove(security_events, security_events.c.id == second["id"])
    told = server.command("audit", "verify")
    assert (told.returncode, told.stderr) == (1, "")
    assert told.stdout.splitlines()[:2] == [
        f"stream {first['stream']}: event 1 (id {first['id']}) was altered",
        f"stream {first['stream']}: event 2 was removed or moved (event 3 stands in its place)",
    ]
