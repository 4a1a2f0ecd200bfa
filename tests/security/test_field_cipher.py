"""Encryption at rest: opened by the ring, for the owner and the purpose it was closed for, and unaltered; or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudguard.security.field_cipher import FieldCipher, UnreadableError
from mudguard.security.keyring import Key, Keyring

OWNER = "0123456789abcdef01234567"
PURPOSE = "authenticator secret"
PLAINTEXT = b"twenty bytes of it.."

SEALED_BEFORE = "01cc354e90321cdcc84000fb1791bd706b607f07142ac921bf4096dcaa594c9ee6bae0e0ddf1176faa"
"""`a secret`, closed with the key of the bytes 0 to 31 by the first version."""


def closed(ring: Keyring) -> bytes:
    return FieldCipher(ring).encrypt(PLAINTEXT, owner=OWNER, purpose=PURPOSE)


def opened(ring: Keyring, sealed: bytes, *, owner: str = OWNER, purpose: str = PURPOSE) -> bytes:
    return FieldCipher(ring).decrypt(sealed, owner=owner, purpose=purpose)


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=30), st.binary(min_size=32, max_size=32))
def test_what_is_closed_opens_again(plaintext: bytes, owner: str, purpose: str, master: bytes) -> None:
    seal = FieldCipher(Keyring([Key.of(master)]))
    assert (
        seal.decrypt(seal.encrypt(plaintext, owner=owner, purpose=purpose), owner=owner, purpose=purpose) == plaintext
    )


def test_what_an_earlier_version_closed_opens() -> None:
    ring = Keyring([Key.of(bytes(range(32)))])
    assert opened(ring, bytes.fromhex(SEALED_BEFORE)) == b"a secret"


def test_the_plaintext_is_not_to_be_seen(ring: Keyring) -> None:
    assert PLAINTEXT not in closed(ring)


def test_the_same_text_is_never_the_same_twice(ring: Keyring) -> None:
    assert len({closed(ring) for _ in range(100)}) == 100


def test_the_first_key_closes_and_its_id_stands_in_front(ring: Keyring) -> None:
    assert closed(ring)[:5] == b"\x01" + ring.first.id


def test_an_older_key_of_the_ring_still_opens(ring: Keyring, older_ring: Keyring) -> None:
    assert opened(ring, closed(older_ring)) == PLAINTEXT


def test_a_key_that_left_the_ring_opens_no_more(ring: Keyring, older_ring: Keyring) -> None:
    with pytest.raises(UnreadableError):
        opened(older_ring, closed(ring))


def test_a_foreign_ring_opens_nothing(ring: Keyring, foreign_ring: Keyring) -> None:
    with pytest.raises(UnreadableError):
        opened(foreign_ring, closed(ring))


@pytest.mark.parametrize("owner", ["0123456789abcdef01234568", "", OWNER + "\0", OWNER.upper()])
def test_it_opens_for_no_other_owner(ring: Keyring, owner: str) -> None:
    with pytest.raises(UnreadableError):
        opened(ring, closed(ring), owner=owner)


def test_it_opens_for_no_other_purpose(ring: Keyring) -> None:
    with pytest.raises(UnreadableError):
        opened(ring, closed(ring), purpose="pending backup codes")


def test_owner_and_purpose_cannot_be_exchanged(ring: Keyring) -> None:
    with pytest.raises(UnreadableError):
        opened(ring, closed(ring), owner=PURPOSE, purpose=OWNER)


@pytest.mark.parametrize("bit", [0, 7])
def test_it_opens_with_no_byte_altered(ring: Keyring, bit: int) -> None:
    sealed = closed(ring)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1 << bit
        with pytest.raises(UnreadableError):
            opened(ring, bytes(altered))


def test_it_opens_neither_shortened_nor_lengthened(ring: Keyring) -> None:
    sealed = closed(ring)
    for altered in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\0", b"\0" + sealed):
        with pytest.raises(UnreadableError):
            opened(ring, altered)


def test_one_key_s_ciphertext_does_not_open_under_the_other_s_id(ring: Keyring, older_ring: Keyring) -> None:
    relabelled = b"\x01" + older_ring.first.id + closed(ring)[5:]
    with pytest.raises(UnreadableError):
        opened(ring, relabelled)


@given(st.binary(max_size=200))
def test_made_up_bytes_are_unreadable_and_nothing_worse(sealed: bytes) -> None:
    with pytest.raises(UnreadableError):
        opened(Keyring([Key.of(b"n" * 32)]), sealed)


def test_the_refusal_names_the_purpose_and_nothing_else(ring: Keyring, foreign_ring: Keyring) -> None:
    with pytest.raises(UnreadableError) as unknown:
        opened(foreign_ring, closed(ring))
    with pytest.raises(UnreadableError) as altered:
        opened(ring, closed(ring)[:-1])
    assert str(unknown.value) == "no key of the ring opens this authenticator secret"
    assert str(altered.value) == "this authenticator secret was altered, or belongs to another owner"
