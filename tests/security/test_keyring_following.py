"""A key ring follows its file: keys are added, put first and retired while the server runs."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mudguard.security import keyring
from mudguard.security.field_cipher import FieldCipher, UnreadableError, key_id_of
from mudguard.security.keyring import Key, Keyring, load, write
from mudguard.security.tokens import AccessTokens, Algorithm, TokenError
from tests.security.claims import AUDIENCE, ISSUER, LIFETIME, NOW_MS, OWN

OLD = Key.of(b"o" * 32)
NEW = Key.of(b"n" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keyring"
    write(path, [OLD])
    return path


@pytest.fixture
def ring(path: Path) -> Keyring:
    """A ring as a server holds it since it started."""
    return load(path)


@pytest.fixture
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment at which a ring looks at its file again has always come."""
    monkeypatch.setattr(keyring, "LOOK_EVERY_SECONDS", -1.0)


@pytest.mark.usefixtures("always_looking")
def test_a_key_that_is_put_first_encrypts_from_the_next_look(ring: Keyring, path: Path) -> None:
    write(path, [NEW, OLD])
    assert ring.first == NEW


def test_between_looks_the_first_key_stays_so_that_sealing_reads_no_file(ring: Keyring, path: Path) -> None:
    write(path, [NEW, OLD])
    assert ring.first == OLD


def test_a_look_is_due_within_seconds() -> None:
    assert keyring.LOOK_EVERY_SECONDS <= 5


def test_a_key_that_is_not_known_yet_is_found_at_once(ring: Keyring, path: Path) -> None:
    write(path, [OLD, NEW])
    assert ring.find(NEW.id) == NEW


def test_a_key_that_nobody_has_is_not_found(ring: Keyring) -> None:
    assert ring.find(NEW.id) is None


def test_what_another_server_sealed_with_a_newer_key_opens_at_once(ring: Keyring, path: Path) -> None:
    write(path, [NEW, OLD])
    sealed = FieldCipher(load(path)).encrypt(b"a secret", owner="somebody", purpose="test")
    assert FieldCipher(ring).decrypt(sealed, owner="somebody", purpose="test") == b"a secret"


@pytest.mark.usefixtures("always_looking")
def test_what_was_sealed_before_opens_after_the_key_was_replaced(ring: Keyring, path: Path) -> None:
    seal = FieldCipher(ring)
    before = seal.encrypt(b"a secret", owner="somebody", purpose="test")
    write(path, [NEW, OLD])
    after = seal.encrypt(b"a secret", owner="somebody", purpose="test")
    assert [key_id_of(sealed) for sealed in (before, after)] == [OLD.id, NEW.id]
    assert seal.decrypt(before, owner="somebody", purpose="test") == b"a secret"


@pytest.mark.usefixtures("always_looking")
def test_a_key_that_was_retired_opens_nothing_more(ring: Keyring, path: Path) -> None:
    sealed = FieldCipher(ring).encrypt(b"a secret", owner="somebody", purpose="test")
    write(path, [NEW])
    assert ring.first == NEW
    with pytest.raises(UnreadableError):
        FieldCipher(ring).decrypt(sealed, owner="somebody", purpose="test")


@pytest.mark.usefixtures("always_looking")
@pytest.mark.parametrize("text", ["", "no base64!\n", "c2hvcnQ=\n", "\udcff"], ids=["empty", "words", "short", "bytes"])
def test_while_the_file_is_spoilt_the_keys_that_were_read_before_are_used(ring: Keyring, path: Path, text: str) -> None:
    path.write_text(text, "utf-8", "surrogateescape")
    assert ring.first == OLD
    write(path, [NEW, OLD])
    assert ring.first == NEW


@pytest.mark.usefixtures("always_looking")
def test_while_the_file_is_gone_the_keys_that_were_read_before_are_used(ring: Keyring, path: Path) -> None:
    path.unlink()
    assert ring.first == OLD
    write(path, [NEW, OLD])
    assert ring.first == NEW


@pytest.mark.usefixtures("always_looking")
def test_a_ring_without_a_file_stays_as_it_is() -> None:
    ring = Keyring([OLD])
    assert ring.first == OLD
    assert ring.find(NEW.id) is None


def test_when_a_key_was_replaced_is_kept_in_the_file(path: Path) -> None:
    write(path, [NEW, Key.of(OLD.master, replaced_at=1_700_000_000)])
    assert [key.replaced_at for key in load(path)] == [None, 1_700_000_000]


def test_a_key_that_was_never_replaced_says_so(path: Path) -> None:
    assert load(path).first.replaced_at is None


@pytest.mark.usefixtures("always_looking")
def test_a_token_that_was_read_before_its_key_was_retired_is_no_longer_read(ring: Keyring, path: Path) -> None:
    tokens = AccessTokens(ring, algorithm=Algorithm.HS256, issuer=ISSUER, audience=AUDIENCE, lifetime=LIFETIME)
    token = tokens.issue(OWN, now_ms=NOW_MS)
    tokens.read(token, now_ms=NOW_MS)
    write(path, [NEW])
    assert ring.first == NEW
    with pytest.raises(TokenError):
        tokens.read(token, now_ms=NOW_MS)


@pytest.mark.usefixtures("always_looking")
def test_a_key_that_left_the_file_is_not_found_from_the_next_look(path: Path) -> None:
    write(path, [NEW, OLD])
    ring = load(path)
    write(path, [NEW])
    assert ring.find(OLD.id) is None
    assert [*ring] == [NEW]


@pytest.mark.usefixtures("always_looking")
def test_a_file_that_cannot_be_used_is_told_of_once(ring: Keyring, path: Path) -> None:
    path.unlink()
    with capture_logs() as lines:
        assert [ring.first, ring.first] == [OLD, OLD]
    told = [(line["log_level"], line["reason"]) for line in lines]
    assert told == [("warning", "cannot be read (No such file or directory)")]
    assert "keys read before" in lines[0]["event"]


@pytest.mark.usefixtures("always_looking")
def test_another_fault_of_the_file_is_told_of_again(ring: Keyring, path: Path) -> None:
    path.unlink()
    with capture_logs() as lines:
        assert ring.first == OLD
        path.write_text("no base64!\n")
        assert ring.first == OLD
    assert [line["reason"] for line in lines] == [
        "cannot be read (No such file or directory)",
        "has a line that is not base64",
    ]


@pytest.mark.usefixtures("always_looking")
def test_a_file_that_is_gone_again_is_told_of_again(ring: Keyring, path: Path) -> None:
    with capture_logs() as lines:
        for _ in range(2):
            path.rename(path.with_name("away"))
            assert ring.first == OLD
            path.with_name("away").rename(path)
            assert ring.first == OLD
    assert len(lines) == 2


def test_an_unusable_file_is_not_read_for_every_unknown_key(
    ring: Keyring, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("no base64!\n")
    assert ring.find(NEW.id) is None
    monkeypatch.setattr(keyring, "read", pytest.fail)
    assert ring.find(NEW.id) is None


def test_a_moment_of_many_digits_is_no_moment(path: Path) -> None:
    path.write_text(path.read_text().rstrip() + " # replaced at " + "9" * 5_000 + "\n")
    assert load(path).first == OLD
