"""The chain of security events: which bytes it protects, and with which keyed hashes (HMAC-SHA-256, RFC 2104)."""

import hashlib
import hmac
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.rules.events import MAC_BYTES, Event, EventType, Outcome, first_link, head_mac, link, stream_count_mac

KEY = b"k" * 32
STREAM = "665f1c2ab7d94e0012ab34cc"
EVENT = Event(
    id="665f1c2ab7d94e0012ab34d0",
    person_id=STREAM,
    project_id=None,
    at=1_700_000_000_000,
    type=EventType.SIGN_IN_PASSWORD,
    outcome=Outcome.REFUSED,
    reason="INVALID_CREDENTIALS",
    factor="totp",
    actor="someone",
    address="192.0.2.7",
    request_id="5f2b9c0e7a1d4c36",
)
CANONICAL = (
    b'["665f1c2ab7d94e0012ab34d0","665f1c2ab7d94e0012ab34cc",null,1700000000000,"sign_in.password","refused",'
    b'"INVALID_CREDENTIALS","totp","someone","192.0.2.7","5f2b9c0e7a1d4c36"]'
)


def mac(message: bytes) -> bytes:
    return hmac.new(KEY, message, hashlib.sha256).digest()


def test_an_event_is_protected_as_a_json_list_of_its_fields() -> None:
    assert EVENT.canonical() == CANONICAL


@pytest.mark.parametrize("name", [field.name for field in fields(Event)])
def test_no_field_can_be_changed_unseen(name: str) -> None:
    other: dict[str, Any] = {name: 7}
    changed = replace(EVENT, **other)
    assert link(KEY, b"", 1, changed) != link(KEY, b"", 1, EVENT)


@given(st.text(), st.text())
def test_text_cannot_move_from_one_field_to_the_next_unseen(actor: str, address: str) -> None:
    moved = replace(EVENT, actor=actor + address, address="")
    assert (moved.canonical() == replace(EVENT, actor=actor, address=address).canonical()) is (address == "")


def test_a_stream_begins_with_the_hash_of_its_name() -> None:
    assert first_link(KEY, STREAM) == mac(b"stream\0" + STREAM.encode())


def test_a_link_is_the_hash_of_the_link_before_it_and_of_the_position_and_the_event() -> None:
    previous = first_link(KEY, STREAM)
    assert link(KEY, previous, 7, EVENT) == mac(b"event\0" + previous + b"\0\0\0\0\0\0\0\x07" + CANONICAL)


def test_a_head_is_the_hash_of_the_name_the_length_and_the_last_link() -> None:
    last = b"l" * MAC_BYTES
    assert head_mac(KEY, STREAM, 258, last) == mac(b"head\0" + STREAM.encode() + b"\0\0\0\0\0\0\x01\x02" + last)


def test_the_number_of_streams_is_hashed_too() -> None:
    assert stream_count_mac(KEY, 3) == mac(b"roll\0" + b"\0\0\0\0\0\0\0\x03")


def test_another_key_gives_other_hashes() -> None:
    assert first_link(b"j" * 32, STREAM) != first_link(KEY, STREAM)
    assert len(first_link(KEY, STREAM)) == MAC_BYTES
