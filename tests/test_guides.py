"""The guides: their examples run, their links lead somewhere, and nothing is missing from their tables."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mudguard.authn import turns
from mudguard.docs import error_guide
from mudguard.projects import keys
from mudguard.rules import backup_codes, codes, passwords, throttle, totp
from mudguard.rules.refusals import ErrorCode
from mudguard.security import hashing_pool
from mudguard.serving import protocol
from mudguard.serving.boot import POSTGRESQL_CONNECTIONS
from mudguard.serving.server import KEEP_ALIVE_SECONDS, SHUTDOWN_SECONDS
from mudguard.settings import PREFIX, Settings
from mudguard.sign_in.service import MAX_CHALLENGE_FAILURES
from mudguard.store.postgresql import backend as postgresql
from mudguard.store.sqlite import backend as sqlite
from mudguard.store.sqlite import writer
from mudguard.web import inputs, security_events
from mudguard.web.rate_limits import PER_MINUTE, RateLimitedAction
from tests.support.guides import ADDRESS, FOLDER, LANGUAGES, blocks, built_javascript_client, printed
from tests.support.people import Player, operator
from tests.support.phone import Phone
from tests.support.server import Server

GUIDES = sorted(path.name for path in FOLDER.glob("*.md"))
TEXTS = {name: (FOLDER / name).read_text("utf-8") for name in GUIDES}
PATHS: dict[str, Any] = json.loads((FOLDER.parents[1] / "openapi.json").read_text("utf-8"))["paths"]
ADDRESSES = {error_guide.address(method, path) for path, methods in PATHS.items() for method in methods}
PROGRAMS = [
    (name, language)
    for name in GUIDES
    for language in LANGUAGES
    if any(block.language == language for block in blocks(name))
]
DIAGRAM_LINES = (
    r"sequenceDiagram",
    r"participant \w+ as .+",
    r"\w+-?->>\w+: .+",
    r"Note over \w+: .+",
    r"(alt|else) .+",
    r"end",
)


@pytest.fixture(scope="module")
def javascript_client() -> Path:
    """The JavaScript client, built once for all examples."""
    return built_javascript_client()


@pytest.fixture
def folder(tmp_path: Path, javascript_client: Path) -> Path:
    """Where a program runs; it finds the JavaScript client there, and the data of its server in `var`."""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "mudbase").symlink_to(javascript_client)
    return tmp_path


@pytest.fixture
def guide_server(folder: Path) -> Iterator[Server]:
    """The server that a guide speaks to."""
    with Server(folder / "var") as running:
        yield running


def somebody_before(name: str, language: str, server: Server) -> Player | None:
    """Who has an account before the first block of a guide, where it begins with somebody who has."""
    if name == "sign-in.md":
        return operator(server, email="morgan@northwind.test", firstName="Morgan").enrol()
    return operator(server) if (name, language) == ("from-mudbase.md", "js") else None


@pytest.mark.parametrize(("name", "language"), PROGRAMS)
def test_the_examples_run_and_print_what_is_shown(name: str, language: str, folder: Path, guide_server: Server) -> None:
    player = somebody_before(name, language, guide_server)
    authenticator = player.authenticator if player else None
    with Phone(guide_server.clock, authenticator, mistypes=1 if authenticator else 0) as phone:
        token = player.token if player else ""
        came = printed(name, language, folder, server=guide_server.url, phone=phone.url, token=token)
    assert came == [block.printed for block in blocks(name) if block.language == language]


def test_every_address_of_a_server_in_an_example_is_the_one_that_a_run_replaces() -> None:
    code = "".join(block.code for name in GUIDES for block in blocks(name))
    assert set(re.findall(r"https?://[\w.:]+", code)) == {ADDRESS}


def headings(text: str) -> set[str]:
    """The anchors of a document, as the forge makes them."""
    without_code = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", GUIDES)
def test_every_link_to_a_place_in_a_document_finds_it(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", TEXTS[name])
    texts = {path: (FOLDER / (path or name)).read_text("utf-8") for path, _ in links}
    assert [(path, anchor) for path, anchor in links if anchor not in headings(texts[path])] == []


@pytest.mark.parametrize("name", GUIDES)
def test_every_link_to_an_operation_is_the_address_of_one(name: str) -> None:
    assert [link for link in re.findall(r"\]\((/[^)]+)\)", TEXTS[name]) if link not in ADDRESSES] == []


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_opens_with_its_title_and_one_sentence(name: str) -> None:
    title, lead, _ = TEXTS[name].split("\n\n", 2)
    assert (title.startswith("# "), lead.count(". ") + lead.count(".\n"), lead[-1]) == (True, 0, ".")


@pytest.mark.parametrize("name", GUIDES)
def test_diagrams_keep_to_what_the_site_can_draw(name: str) -> None:
    lines = [line.strip() for diagram in re.findall(r"```mermaid\n(.*?)```", TEXTS[name], re.DOTALL)
             for line in diagram.splitlines()]  # fmt: skip
    assert [line for line in lines if not any(re.fullmatch(kind, line) for kind in DIAGRAM_LINES)] == []


@pytest.mark.parametrize("name", GUIDES)
def test_every_code_that_a_guide_names_exists(name: str) -> None:
    looks_like_one = {*re.findall(r"`([A-Z]+(?:_[A-Z0-9]+)+)`", TEXTS[name])}
    assert {word for word in looks_like_one if not word.startswith(PREFIX)} - {*ErrorCode} == set()


@pytest.mark.parametrize("name", GUIDES)
def test_every_setting_that_a_guide_names_exists(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | {"MUDGUARD_CONFIG"}
    assert set(re.findall(rf"{PREFIX}[A-Z0-9_]+", TEXTS[name])) - known == set()


def rows(name: str, title: str) -> list[list[str]]:
    """The rows of the tables under a heading of a guide, cell by cell, without their heads."""
    section = TEXTS[name].split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def shown(default: object) -> str:
    """A default as the table has it."""
    if default in (None, "", ()):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_with_its_default_and_description(name: str) -> None:
    field = Settings.model_fields[name]
    assert [f"`{PREFIX}{name.upper()}`", shown(field.default), field.description] in rows("operating.md", "Settings")


def test_the_table_of_settings_has_nothing_else() -> None:
    assert len(rows("operating.md", "Settings")) == len(Settings.model_fields)


def duration(seconds: float) -> str:
    """As the guide says it."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % length == 0 and (unit != "day" or seconds > length):
            number = int(seconds // length)
            return f"{number} {unit}{'s' * (number != 1)}"
    return f"{seconds:g} seconds"


def budget(limits_of_a_kind: tuple[throttle.Limit, ...]) -> list[int]:
    return [limit.failures for limit in limits_of_a_kind]


def test_the_budgets_for_wrong_attempts_are_those_of_the_code() -> None:
    first, hour, day = budget(throttle.CODE_ATTEMPT_LIMITS)
    codes_row = f"{first} in 5 minutes, {hour} an hour, {day} a day"
    (one_address,), (strangers,) = (
        budget(throttle.PASSWORDS_FROM_ONE_ADDRESS),
        budget(throttle.PASSWORDS_FROM_STRANGERS),
    )
    assert [row[1] for row in rows("limits.md", "Wrong codes and passwords")] == [
        codes_row,
        codes_row,
        f"{MAX_CHALLENGE_FAILURES}, then it is void",
        f"{one_address} in 15 minutes",
        f"{strangers} an hour",
    ]


def test_the_windows_of_those_budgets_are_those_of_the_code() -> None:
    every_window = (
        *throttle.CODE_ATTEMPT_LIMITS,
        *throttle.PASSWORDS_FROM_ONE_ADDRESS,
        *throttle.PASSWORDS_FROM_STRANGERS,
    )
    assert [limit.seconds for limit in every_window] == [300, 3_600, 86_400, 900, 3_600]


@pytest.mark.parametrize(
    "name",
    ["access_token_seconds", "session_idle_seconds", "session_max_seconds", "challenge_seconds", "setup_seconds",
     "reauth_max_age"],
)  # fmt: skip
def test_lifetimes_are_those_of_the_settings(name: str) -> None:
    wanted = [duration(Settings.model_fields[name].default), f"`{PREFIX}{name.upper()}`"]
    assert wanted in [row[1:] for row in rows("limits.md", "Lifetimes")]


def test_requests_a_minute_are_those_of_the_code() -> None:
    actions = (
        RateLimitedAction.LOGIN,
        RateLimitedAction.CHALLENGE,
        RateLimitedAction.REGISTER,
        RateLimitedAction.REFRESH,
    )
    assert [int(row[1]) for row in rows("limits.md", "Requests")] == [PER_MINUTE[action] for action in actions]


def test_the_limit_of_an_api_key_is_that_of_the_code() -> None:
    wanted = f"{keys.DEFAULT_REQUESTS:,} requests in {keys.DEFAULT_WINDOW_SECONDS:,} seconds"
    assert wanted in " ".join(TEXTS["limits.md"].split())


def test_numbers_of_codes_are_those_of_the_code() -> None:
    assert [int(row[1]) for row in rows("limits.md", "Codes")] == [
        totp.DIGITS, totp.PERIOD, totp.WINDOW, totp.DRIFT_WINDOW, totp.SECRET_BYTES * 8,
        backup_codes.COUNT, backup_codes.DIGITS, codes.MAX_TYPED_LENGTH,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Bodies and fields", f"{inputs.MAX_BODY_BYTES // 1024} KiB"),
        ("Bodies and fields", f"{inputs.MAX_DEPTH} levels"),
        ("Bodies and fields", f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters"),
        ("Bodies and fields", f"{security_events.DEFAULT_PAGE}, up to {security_events.LARGEST_PAGE}"),
        ("The server", f"must be there in {protocol.HEAD_SECONDS} seconds, else the connection"),
        ("The server", f"must be there in {inputs.BODY_SECONDS} seconds, else 400"),
        ("The server", f"dropped after {protocol.SEND_SECONDS} seconds"),
        ("The server", f"closed after {KEEP_ALIVE_SECONDS} seconds"),
        ("The server", f"{SHUTDOWN_SECONDS} seconds to finish"),
        ("The server", f"{hashing_pool.MAX_WAIT_SECONDS:g} second of work"),
        ("The server", f"not begun after {hashing_pool.LONGEST_WAIT_SECONDS:g} seconds"),
        ("The server", f"at most {turns.MAX_WAITING} wait, each {turns.WAIT_SECONDS:g} seconds"),
        ("The server", f"{writer.MAX_WAITING:,} in a process, each {writer.PATIENCE_SECONDS:g} seconds"),
        (
            "The server",
            f"{sqlite.LONG_READERS} at once in a process, {sqlite.LONG_STATEMENT_SECONDS:g} seconds each",
        ),
        ("The server", f"{writer.MAX_WAL_BYTES // 1024**2} MiB, then"),
        (
            "The server",
            f"{POSTGRESQL_CONNECTIONS}; {postgresql.MAX_WAITING:,} requests wait for one, each 5 seconds",
        ),
    ],
)
def test_limits_of_bodies_and_the_server_are_those_of_the_code(title: str, part: str) -> None:
    assert any(part in cell for row in rows("limits.md", title) for cell in row)


def test_the_longest_number_is_that_of_the_code() -> None:
    assert ["characters of a number in JSON", str(inputs.MAX_NUMBER_LENGTH)] in [
        row[:2] for row in rows("limits.md", "Bodies and fields")
    ]
