"""The log of a server in a process of its own: one line a request, and nothing secret in any."""

import json
import os
import pty
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.processes import MUDGUARD, ServerProcess, environment

NEW_PASSWORD = "staple horse correct"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that logs JSON, and everything that there is to log."""
    with ServerProcess(tmp_path_factory.mktemp("json"), log_format="json", log_level="DEBUG") as running:
        yield running


@pytest.fixture(scope="module")
def console_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that logs for people."""
    with ServerProcess(tmp_path_factory.mktemp("console"), log_format="console") as running:
        yield running


def settled_log(server: ServerProcess) -> str:
    """The log, with the lines of all requests that were answered: a line follows its answer."""
    server.client.get("/livez")
    return server.log()


def lines_about(server: ServerProcess, response: httpx2.Response) -> list[dict[str, Any]]:
    """The lines with the id of a request."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in settled_log(server).splitlines()]
    return [line for line in lines if line.get("request_id") == response.headers["X-Request-Id"]]


def test_a_request_is_one_line_with_exactly_what_is_documented(server: ServerProcess) -> None:
    (line,) = lines_about(server, server.client.get("/health"))
    assert set(line) == {"event", "level", "timestamp", "method", "route", "status", "ms", "request_id"}
    assert (line["event"], line["level"], line["method"], line["route"]) == ("request", "info", "GET", "/health")
    assert line["status"] == 200
    assert 0 < line["ms"] < 10_000


def test_the_line_of_a_person_names_their_id(server: ServerProcess) -> None:
    player = operator(server)
    (line,) = lines_about(server, player.get("/api/users/me"))
    assert line["person_id"] == player.person_id


def test_the_route_is_a_template_without_ids(server: ServerProcess) -> None:
    owner = operator(server)
    (line,) = lines_about(server, owner.get(f"/api/projects/{owner.org_id}/projects/{first_project(owner)}"))
    assert line["route"] == "/api/projects/{orgId}/projects/{id}"


@pytest.mark.parametrize(
    ("method", "path", "status", "route"),
    [
        ("GET", "/nothing/12345678", 404, "-"),
        ("PUT", "/api/users/me", 405, "/api/users/me"),
        ("GET", "/api/users/me", 401, "/api/users/me"),
        ("POST", "/api/auth/login", 400, "/api/auth/login"),
    ],
)
def test_a_refused_request_has_its_line_too(
    method: str, path: str, status: int, route: str, server: ServerProcess
) -> None:
    (line,) = lines_about(server, server.client.request(method, path))
    assert (line["status"], line["route"]) == (status, route)


def test_a_body_that_is_too_long_has_its_line_too(server: ServerProcess) -> None:
    (line,) = lines_about(server, server.client.post("/api/auth/login", content=b"x" * 70_000))
    assert line["status"] == 413


def test_the_request_id_is_the_one_that_came_in(server: ServerProcess) -> None:
    (line,) = lines_about(server, server.client.get("/livez", headers={"X-Request-Id": "req-from-outside"}))
    assert line["request_id"] == "req-from-outside"


def test_the_time_is_utc(server: ServerProcess) -> None:
    (line,) = lines_about(server, server.client.get("/livez"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])


def test_every_line_is_json_from_the_first_on(server: ServerProcess) -> None:
    assert all(isinstance(json.loads(line), dict) for line in settled_log(server).splitlines())


def test_the_log_for_people_has_the_same_in_one_line(console_server: ServerProcess) -> None:
    player = operator(console_server)
    response = player.get("/api/users/me")
    request_id = response.headers["X-Request-Id"]
    (line,) = [line for line in settled_log(console_server).splitlines() if request_id in line]
    for part in ("request", "method=GET", "route=/api/users/me", "status=200", "ms=", f"person_id={player.person_id}"):
        assert part in line
    assert "\x1b" not in line


def test_requests_are_not_logged_where_only_warnings_are_asked_for(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, log_level="WARNING") as server:
        server.client.get("/health")
        assert settled_log(server) == ""


def test_an_unforeseen_fault_is_logged_with_its_traceback_and_nothing_secret(server: ServerProcess) -> None:
    player = operator(server)
    with closing(sqlite3.connect(server.data_dir / "mudguard.db")) as database, database:
        database.execute("UPDATE people SET created_at = 100000000000000000 WHERE id = ?", (player.person_id,))
    response = player.get("/api/users/me")
    fault, request = lines_about(server, response)
    assert (response.status_code, request["status"], fault["event"]) == (500, 500, "unexpected error")
    assert "Traceback" in fault["exception"]
    assert "ValueError: year 3170843 is out of range" in fault["exception"]
    assert player.token not in json.dumps(fault)


@pytest.mark.parametrize("format_", ["json", "console"])
def test_no_secret_of_a_whole_life_gets_into_the_log(
    format_: str, server: ServerProcess, console_server: ServerProcess
) -> None:
    running = server if format_ == "json" else console_server
    secrets = secrets_of_a_whole_life(running)
    log = settled_log(running)
    assert len(secrets) > 40
    assert [secret for secret in secrets if secret in log] == []


def test_what_a_client_puts_where_it_does_not_belong_does_not_get_into_the_log(server: ServerProcess) -> None:
    player = operator(server)
    player.begin_setup()
    secrets = [player.token, player.refresh_token, *player.backup_codes[:2]]
    for secret in secrets:
        server.client.get(f"/api/users/me?token={secret}")
        server.client.get(f"/{secret}")
        server.client.get("/livez", headers={"X-Request-Id": secret[:128], "User-Agent": secret, "Referer": secret})
    log = settled_log(server)
    assert [secret for secret in secrets if secret in log or secret[:128] in log] == []


def secrets_of_a_whole_life(server: ServerProcess) -> set[str]:
    """Play an operator and a person of a project from sign-up to erasure; every secret that was sent or shown."""
    owner = operator(server)
    project_id = first_project(owner)
    key = owner.post("/api/api-keys", {"name": "Back end", "projectId": project_id}).json()["apiKey"]
    new_key = owner.post(f"/api/api-keys/{key['_id']}/regenerate").json()["secret"]
    server.client.get(f"/api/projects/{owner.org_id}/projects/{project_id}", headers={"X-API-Key": new_key})
    server.client.get("/api/users/me", headers={"Authorization": f"Bearer {new_key}"})
    return {key["secret"], new_key}.union(
        secrets_of_enrolment_and_sign_in(owner), secrets_of_enrolment_and_sign_in(person(server, project_id))
    )


def secrets_of_enrolment_and_sign_in(player: Player) -> set[str]:
    """Codes are spent ahead of time, at most one step: the clock of another process cannot be set."""
    setup = player.begin_setup({"password": PASSWORD})
    secrets = {PASSWORD, NEW_PASSWORD, player.token, player.refresh_token, player.wrong_code()}
    secrets |= {setup["secret"], setup["manualEntryKey"], setup["qrCode"][-100:], *player.backup_codes}
    first_code, next_code = player.code(), player.code(steps=1)
    player.post("/api/users/2fa/verify", {"token": player.wrong_code()})
    assert player.post("/api/users/2fa/verify", {"token": first_code}).status_code == 200
    challenge = player.challenge()
    player.answer(challenge, player.wrong_code())
    signed_in = player.answer(challenge, next_code)
    assert signed_in.status_code == 200
    here = player.in_session_of(signed_in)
    fresh = here.refreshed()
    fresh.refresh()
    once_more = player.in_session_of(player.login(totpToken=player.backup_codes[0]))
    codes = once_more.post("/api/users/2fa/backup-codes", {"token": player.backup_codes[1]}).json()["backupCodes"]
    changed = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert once_more.patch("/api/users/password", changed).status_code == 200
    once_more.post("/api/users/2fa/disable", {"password": "not my password", "token": codes[0]})
    off = once_more.post("/api/users/2fa/disable", {"password": NEW_PASSWORD, "token": codes[0]})
    assert off.status_code == 200
    once_more.post("/api/users/me/erase", {"confirm": "DELETE", "currentPassword": NEW_PASSWORD})
    tokens = {each for session in (here, fresh, once_more) for each in (session.token, session.refresh_token)}
    return secrets | tokens | {first_code, next_code, challenge, "not my password", *codes}


@pytest.mark.parametrize(("is_terminal", "is_json"), [(True, False), (False, True)], ids=["terminal", "file"])
def test_unless_told_otherwise_people_at_a_terminal_get_words_and_everything_else_json(
    tmp_path: Path, is_terminal: bool, is_json: bool
) -> None:
    far, near = pty.openpty() if is_terminal else os.pipe()
    subprocess.run([MUDGUARD, "db", "upgrade"], stderr=near, env=environment(tmp_path), check=True)
    os.close(near)
    with os.fdopen(far, encoding="utf-8") as file:
        line = file.readline()
    assert "key ring created" in line
    assert line.startswith("{") is is_json
