"""Opaque tokens: exactly one spelling each, and nothing of them in the database but hashes."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.security.opaque_tokens import ChallengeToken, RefreshToken, api_key_hash, new_api_key

PERSON = "0123456789abcdef01234567"
SESSION = "89abcdef0123456789abcdef"

Parser = Callable[[str], RefreshToken | ChallengeToken | None]

ids = st.from_regex(r"[0-9a-f]{24}", fullmatch=True)
refresh_tokens = st.builds(
    RefreshToken, ids, ids, st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
)
challenge_tokens = st.builds(ChallengeToken, ids, st.binary(min_size=32, max_size=32))
both_kinds: list[tuple[Parser, str]] = [
    (RefreshToken.parse, str(RefreshToken.new(PERSON, SESSION))),
    (ChallengeToken.parse, str(ChallengeToken.new(PERSON))),
]


@given(refresh_tokens)
def test_a_refresh_token_is_read_as_it_was_written(token: RefreshToken) -> None:
    assert RefreshToken.parse(str(token)) == token


@given(challenge_tokens)
def test_a_challenge_token_is_read_as_it_was_written(token: ChallengeToken) -> None:
    assert ChallengeToken.parse(str(token)) == token


@given(refresh_tokens | challenge_tokens, st.integers(min_value=0), st.characters())
def test_with_any_character_altered_it_is_no_token_or_another_one(
    token: RefreshToken | ChallengeToken, place: int, character: str
) -> None:
    spelt = str(token)
    place %= len(spelt)
    altered = spelt[:place] + character + spelt[place + 1 :]
    assert altered == spelt or type(token).parse(altered) != token


@given(refresh_tokens | challenge_tokens, st.text())
def test_what_is_read_at_all_has_no_second_spelling(token: RefreshToken | ChallengeToken, other: str) -> None:
    for spelt in (str(token), other):
        for read in (RefreshToken.parse(spelt), ChallengeToken.parse(spelt)):
            assert read is None or str(read) == spelt


@pytest.mark.parametrize(("parse", "spelt"), both_kinds, ids=["refresh token", "challenge"])
@pytest.mark.parametrize(
    "altered",
    [
        lambda spelt: spelt[:0],
        lambda spelt: spelt[4:],
        lambda spelt: spelt[:-1],
        lambda spelt: spelt + "A",
        lambda spelt: spelt + "=",
        lambda spelt: spelt + "\n",
        lambda spelt: " " + spelt,
        lambda spelt: spelt[:4].upper() + spelt[4:],
        lambda spelt: spelt[:4] + spelt,
        lambda spelt: spelt[:-1] + "é",
        lambda spelt: spelt[:-1] + "\ud800",
        lambda spelt: spelt[:-1] + "=",
        lambda spelt: spelt[:10] + "\n" + spelt[11:],
        lambda spelt: "mb_live_" + spelt[4:],
    ],
)
def test_what_is_not_spelt_like_a_token_is_none(parse: Parser, spelt: str, altered: Callable[[str], str]) -> None:
    assert parse(spelt) is not None
    assert parse(altered(spelt)) is None


def test_a_last_character_with_bits_to_spare_has_one_spelling_only() -> None:
    token = ChallengeToken(PERSON, bytes(32))
    spelt = str(token)
    same_bytes = [spelt[:-1] + last for last in "BCD"]
    assert {base64.urlsafe_b64decode(other[4:] + "=") for other in same_bytes} == {bytes.fromhex(PERSON) + bytes(32)}
    assert [ChallengeToken.parse(other) for other in same_bytes] == [None] * 3


def test_only_the_url_safe_alphabet_is_read() -> None:
    token = RefreshToken("f" * 24, "f" * 24, b"\xff" * 16, b"\xff\xff" + b"\xfb\xef\xbe" * 10)
    spelt = str(token)
    assert "_" in spelt[4:]
    assert "-" in spelt[4:]
    assert RefreshToken.parse("mgr_" + spelt[4:].replace("_", "/").replace("-", "+")) is None


def test_one_kind_of_token_is_not_read_as_the_other() -> None:
    assert ChallengeToken.parse(str(RefreshToken.new(PERSON, SESSION))) is None
    assert RefreshToken.parse(str(ChallengeToken.new(PERSON))) is None
    assert ChallengeToken.parse("mgc_" + str(RefreshToken.new(PERSON, SESSION))[4:]) is None


def test_a_rotated_refresh_token_keeps_session_and_family_and_changes_its_secret() -> None:
    first = RefreshToken.new(PERSON, SESSION)
    second = first.next()
    assert (second.person_id, second.session_id, second.family) == (PERSON, SESSION, first.family)
    assert second.family_hash == first.family_hash
    assert second.secret_hash != first.secret_hash


def test_every_session_begins_a_family_of_its_own() -> None:
    assert RefreshToken.new(PERSON, SESSION).family_hash != RefreshToken.new(PERSON, SESSION).family_hash


def test_secrets_have_256_random_bits() -> None:
    tokens = [RefreshToken.new(PERSON, SESSION).secret, ChallengeToken.new(PERSON).secret]
    assert [len(secret) for secret in tokens] == [32, 32]
    assert ChallengeToken.new(PERSON) != ChallengeToken.new(PERSON)


def test_what_the_database_keeps_is_the_sha_256_of_a_secret() -> None:
    refresh, challenge = RefreshToken.new(PERSON, SESSION), ChallengeToken.new(PERSON)
    assert refresh.secret_hash == hashlib.sha256(refresh.secret).digest()
    assert refresh.family_hash == hashlib.sha256(refresh.family).digest()
    assert challenge.id == hashlib.sha256(challenge.secret).hexdigest()
    assert api_key_hash("mb_live_x") == hashlib.sha256(b"mb_live_x").digest()


def test_a_token_that_is_logged_shows_whose_it_is_and_no_secret() -> None:
    assert repr(RefreshToken.new(PERSON, SESSION)) == f"RefreshToken(session {SESSION})"
    assert repr(ChallengeToken.new(PERSON)) == f"ChallengeToken(person {PERSON})"


def test_an_api_key_is_a_prefix_and_256_random_bits() -> None:
    keys = {new_api_key() for _ in range(50)}
    assert len(keys) == 50
    assert all(re.fullmatch(r"mb_live_[0-9A-Za-z_-]{43}", key) for key in keys)
