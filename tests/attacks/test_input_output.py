"""Attacks 37 to 43: what is sent to the server, and what can be read out of its answers and its files."""

import base64
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from mudguard.rules.roles import Status
from mudguard.store.tables import metadata
from tests.support import code_endpoints
from tests.support.answers import refusal
from tests.support.operations import OPERATIONS, WITH_A_BODY
from tests.support.people import PASSWORD, Player, first_project, operator, person
from tests.support.scanner import scanned
from tests.support.server import Server
from tests.support.tampering import set_person, stored_two_factor

pytestmark = pytest.mark.both_databases

NO_CODES = [
    123456, 12345.6, True, None, ["123456"], {"code": "123456"}, "\uff11\uff12\uff13\uff14\uff15\uff16",
    "١٢٣٤٥٦", "①②③④⑤⑥",
    "+12345", "-12345", "12345\n6", "123456\u200b", "1" * 5_000, "½23456", "12e456.",
]  # fmt: skip

ALLOWING = {"access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods"}

BROKEN = {
    "nested": b'{"token":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "huge": b'{"token":"' + b"1" * 70_000 + b'"}',
    "huge number": b'{"token":' + b"9" * 5_000 + b"}",
    "no finite number": b'{"token":1e999}',
    "not a number": b'{"token":NaN}',
    "duplicate keys": b'{"token":"123456","token":"654321"}',
    "half a surrogate pair": b'{"token":"\\ud800"}',
    "NUL": b'{"token":"123\\u0000456"}',
    "no UTF-8": b'{"token":"\xff\xfe"}',
    "UTF-16": '{"token":"123456"}'.encode("utf-16"),
    "cut off": b'{"token":"1234',
    "a list": b'["123456"]',
    "a text": b'"123456"',
    "nothing": b"null",
}


@pytest.mark.parametrize("endpoint", code_endpoints.ALL)
def test_37_codes_that_are_no_text_of_ascii_digits(
    endpoint: code_endpoints.CodeEndpoint, server: Server, victim: Player
) -> None:
    """Fails when the pattern `_TYPED` in rules/codes.py lets any character pass."""
    answers = {repr(code)[:20]: refusal(endpoint(victim, code)) for code in NO_CODES}
    assert answers == dict.fromkeys(answers, (400, "VALIDATION_ERROR"))
    kept = stored_two_factor(server, victim.person_id)
    assert (kept["totp_failures"], kept["backup_failures"]) == (b"", b"")


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_38_json_that_no_two_readers_read_alike(body: bytes, victim: Player) -> None:
    """Fails when `_without_duplicates` or `_check` in web/inputs.py is dropped."""
    headers = {**victim.headers, "Content-Type": "application/json"}
    for operation in WITH_A_BODY:
        response = victim.client.request(operation.method, operation.path, content=body, headers=headers)
        assert refusal(response) in [(400, "VALIDATION_ERROR"), (413, "PAYLOAD_TOO_LARGE")], operation
    assert victim.two_factor()["enabled"] is True


def member_of(owner: Player, project_name: str, email: str) -> Player:
    """Somebody with that e-mail address in a new project of that name."""
    made = owner.post(f"/api/projects/{owner.org_id}/projects", {"name": project_name})
    assert made.status_code == 201, made.text
    server = type("Reached", (), {"client": owner.client, "clock": owner.clock})()
    return person(server, made.json()["project"]["_id"], email=email)


def test_39_otpauth_injection_through_email_and_issuer(owner: Player) -> None:
    """Fails when rules/otpauth.py quotes with `safe=":?&#%"`."""
    project, email = "Bank:x?secret=AAAA&issuer=Evil#%41", "eve?secret=AAAA&issuer=evil#%41@customers.test"
    setup = member_of(owner, project, email).begin_setup()
    uri = urlsplit(scanned(setup["qrCode"]))
    issuer = project.replace(":", " ")  # the format has no way to write one
    assert (uri.scheme, uri.netloc, uri.fragment) == ("otpauth", "totp", "")
    assert parse_qs(uri.query, strict_parsing=True) == {"secret": [setup["secret"]], "issuer": [issuer]}
    assert unquote(uri.path) == f"/{issuer}:{email}"


def test_40_markup_in_issuer_and_label(owner: Player) -> None:
    """Fails when `X-Content-Type-Options` is dropped from web/middleware.py, or `quote` from rules/otpauth.py."""
    markup = "<img src=x onerror=alert(1)>"
    player = member_of(owner, markup, "svg/onload=alert`1`@customers.test")
    response = player.post("/api/users/2fa/setup")
    assert not set("<>\"' ") & set(scanned(response.json()["qrCode"]))
    assert response.json()["qrCode"].startswith("data:image/png;base64,")
    echoing = [response, player.client.get(f"/api/{markup}"), player.client.post("/api/auth/login", json={markup: 1})]
    for answer in echoing:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_41_a_page_of_a_foreign_origin(victim: Player) -> None:
    """Fails when app.py gives `CorsMiddleware` any origin."""
    for origin in ("https://attacker.test", "null", victim.client.base_url.host):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answers = [
            victim.client.get("/api/users/me", headers={**victim.headers, "Origin": origin}),
            victim.client.options("/api/users/2fa/disable", headers=asked),
        ]
        assert [name for answer in answers for name in answer.headers if name in ALLOWING] == []


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""])
def test_41_a_form_is_posted(media_type: str, victim: Player) -> None:
    """Fails when the look at Content-Type in web/inputs.py is dropped."""
    headers = {**victim.headers, "Content-Type": media_type}
    for operation in WITH_A_BODY:
        response = victim.client.request(
            operation.method, operation.path, content=b'{"token":"123456"}', headers=headers
        )
        assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE"), operation


def test_41_an_answer_is_framed(victim: Player) -> None:
    """Fails when `X-Frame-Options` is dropped from web/middleware.py."""
    for path in ("/api/users/me", "/api/nothing", "/health", "/openapi.json"):
        headers = victim.get(path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_42_secrets_in_caches_and_urls(victim: Player) -> None:
    """Fails when `Cache-Control` is dropped from web/middleware.py."""
    stored = {
        str(operation): victim.client.request(operation.method, operation.path).headers["Cache-Control"]
        for operation in OPERATIONS
        if operation.path.startswith("/api/")
    }
    assert set(stored.values()) == {"no-store"}
    named = {parameter["name"] for operation in OPERATIONS for parameter in operation.described.get("parameters", [])}
    assert named <= {"orgId", "id", "projectId", "limit", "before"}


def test_42_secrets_in_the_database_and_its_file(own_server: Server) -> None:
    """Fails when security/sealing.py closes without a cipher, or security/opaque_tokens.py keeps tokens as they are."""
    owner = operator(own_server).enrol()
    pending = person(own_server, first_project(owner))
    setup = pending.begin_setup()
    assert owner.authenticator is not None
    key = owner.post("/api/api-keys", {"name": "Back end", "projectId": first_project(owner)}).json()["apiKey"]
    texts = [
        owner.authenticator.secret, setup["secret"], setup["manualEntryKey"], *owner.backup_codes,
        *setup["backupCodes"], owner.token, owner.refresh_token, owner.challenge(), key["secret"], PASSWORD,
    ]  # fmt: skip
    raw = [base64.b32decode(setup["secret"]), base64.b32decode(owner.authenticator.secret)]
    raw += [base64.urlsafe_b64decode(text[4:] + "=" * (-len(text[4:]) % 4))[-32:] for text in (owner.refresh_token,)]
    kept = b"\n".join(_kept(own_server))
    assert [secret for secret in [*raw, *(text.encode() for text in texts)] if secret in kept] == []


def _kept(server: Server) -> Iterator[bytes]:
    """All that the database holds, by its rows and, where it is a file, by the bytes of its files."""
    with server.inspect().connection() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)
    if server.inspect().is_sqlite:
        file = Path(str(server.inspect().url.database))
        yield from (path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_43_who_exists_by_text_or_status(server: Server, victim: Player) -> None:
    """Fails when sign_in/service.py login() looks at status or second factor before the password is settled."""
    disabled = person(server, victim.project_id or "")
    set_person(server, disabled.person_id, status=Status.DISABLED.value)
    told = {_said(_wrong_login(player)) for player in (victim, disabled)} | {
        _said(_wrong_login(victim, email="nobody@customers.test")),
        _said(_wrong_login(victim, project="f" * 24)),
    }
    assert len(told) == 1
    assert {status for status, _ in told} == {401}


def test_43_who_exists_by_when_guessing_is_stopped(victim: Player) -> None:
    """Fails when authn/passwords.py record() counts no failure of an account that does not exist."""
    known = [_wrong_login(victim).status_code for _ in range(12)]
    unknown = [_wrong_login(victim, email=f"no{victim.email}").status_code for _ in range(12)]
    assert known == unknown == [401] * 10 + [429] * 2


def test_43_who_exists_by_time(tmp_path: Path) -> None:
    """Fails when security/hashing.py matches() compares with no decoy."""
    with Server(tmp_path, argon2_memory_kib=32_768, argon2_passes=3) as server:
        player = person(server, first_project(operator(server)))
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for turn in range(7):
            for name, email in (("known", player.email), ("unknown", f"nobody{turn}@customers.test")):
                started = time.perf_counter()
                assert _wrong_login(player, email=email).status_code == 401
                times[name].append(time.perf_counter() - started)
    ratio = statistics.median(times["unknown"]) / statistics.median(times["known"])
    assert 0.5 < ratio < 2


def _wrong_login(player: Player, *, email: str = "", project: str = "") -> httpx2.Response:
    body = {"email": email or player.email, "password": "not the password", "projectId": project or player.project_id}
    return player.client.post("/api/auth/local/login", json=body)


def _said(response: httpx2.Response) -> tuple[int, str]:
    body = response.json()
    return response.status_code, str({name: body[name] for name in body if name not in ("timestamp", "requestId")})
