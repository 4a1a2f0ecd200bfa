"""The last step before a line is written: what has the name or the shape of a secret is refused."""

import json
import logging
from typing import Any

import pytest

from mudguard.serving.logs import REFUSED, refuse_secrets


def cleaned(**event: Any) -> dict[str, Any]:
    """What is left of a line."""
    return dict(refuse_secrets(None, "info", event))


@pytest.mark.parametrize(
    "name",
    [
        "password", "newPassword", "current_password", "PASSWORD", "password_hash", "secret", "client_secret", "token",
        "refreshToken", "access_token", "challengeToken", "totpToken", "Authorization", "api_key", "apiKey",
        "x-api-key", "Set-Cookie", "code", "codes", "backupCodes", "backup_code", "qrCode", "qr_code", "manualEntryKey",
        "manual_entry_key", "challenge", "digest", "totp",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["x", "", 7, None, ["x"], {"a": "b"}, b"x"], ids=repr)
def test_a_value_by_the_name_of_a_secret_is_refused(name: str, value: object) -> None:
    assert cleaned(**{name: value}) == {name: REFUSED}


SHAPES = {
    "access token": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "unsigned token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "API key": "mb_live_q0Z1aB-_q0Z1aB-_q0Z1aB-_q0Z1aB-_q0Z1aB-_q0Z",
    "refresh token": "mgr_Zl8cKrfZTgASqzTNZl8cK7fZTgASqzTO",
    "challenge": "mgc_Zl8cKrfZTgASqzTNm1n0m1n0",
    "otpauth URI": "otpauth://totp/Shop:x%40y.test?secret=JBSWY3DPEHPK3PXP&issuer=Shop",
    "password hash": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
    "authenticator secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "authenticator secret in groups": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
    "code of an authenticator": "492039",
    "backup code": "87654321",
}


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("frame", ["{}", "it was {} they say", "a\n{}\nb"], ids=repr)
def test_a_value_in_the_shape_of_a_secret_is_refused_and_the_rest_stays(secret: str, frame: str) -> None:
    assert cleaned(event=frame.format(secret)) == {"event": frame.format(REFUSED)}


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("frame", ["'{}'", '"{}",', "[{}]", "path=/x/{}?y=z", "x={};", "({})", "<{}>"])
def test_the_shape_of_a_secret_is_seen_between_any_signs(secret: str, frame: str) -> None:
    assert secret not in cleaned(event=frame.format(secret))["event"]


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_secret_deep_inside_is_refused(secret: str) -> None:
    line = cleaned(body={"list": [{"x": (secret,)}], "password": "x", "fine": 1})
    assert line == {"body": {"list": [{"x": [REFUSED]}], "password": REFUSED, "fine": 1}}


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_secret_as_a_key_is_refused(secret: str) -> None:
    assert secret not in json.dumps(cleaned(body={secret: 1}))


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_secret_in_a_traceback_is_refused(secret: str) -> None:
    traceback = f'Traceback (most recent call last):\n  File "x.py", line 7\nValueError: no such thing: {secret}'
    line = cleaned(exception=traceback)
    assert line["exception"] == traceback.replace(secret, REFUSED)


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_secret_in_an_object_of_any_kind_is_refused(secret: str) -> None:
    line = cleaned(error=ValueError(secret), found={secret}, where=repr)
    assert secret not in str(line)


def test_bytes_are_refused() -> None:
    assert cleaned(event=b"\x00\x01") == {"event": REFUSED}


def test_what_is_no_secret_stays() -> None:
    harmless = {
        "event": "request", "level": "info", "method": "GET", "route": "/api/users/2fa/backup-codes", "status": 200,
        "ms": 123456.7, "request_id": "5f2b9c0e7a1d4c36", "person_id": "665f1c2ab7d94e0012345678",
        "path": "/var/lib/mudguard", "reason": "database is locked", "count": 7, "ok": True, "nothing": None,
    }  # fmt: skip
    assert cleaned(**harmless) == harmless


def test_the_standard_librarys_own_record_is_left_for_its_formatter() -> None:
    record = logging.makeLogRecord({"msg": "x"})
    assert cleaned(_record=record)["_record"] is record
