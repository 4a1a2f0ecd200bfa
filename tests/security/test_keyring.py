"""The key ring: made once and privately, read strictly, and silent about what it holds."""

import base64
import os
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from mudguard.security.keyring import Key, Keyring, KeyringError, create_if_missing, load
from tests.support.racers import Racer, race

RACERS = 6

MASTER = bytes(range(32))
SPELT = base64.b64encode(MASTER).decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring"


@pytest.fixture
def permissive_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def loaded(path: Path, text: str) -> Keyring:
    path.write_text(text)
    return load(path)


def complaint(path: Path) -> KeyringError:
    with pytest.raises(KeyringError) as caught:
        load(path)
    return caught.value


@pytest.mark.usefixtures("permissive_umask")
def test_a_new_ring_is_its_owner_s_alone(path: Path) -> None:
    create_if_missing(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_ring_has_one_key_of_256_random_bits(tmp_path: Path) -> None:
    masters = set()
    for name in ("one", "other"):
        assert create_if_missing(tmp_path / name)
        (key,) = load(tmp_path / name)
        masters.add(key.master)
    assert [len(master) for master in masters] == [32, 32]


def test_a_ring_that_is_there_is_left_as_it_is(path: Path) -> None:
    path.write_text("whatever")
    assert not create_if_missing(path)
    assert path.read_text() == "whatever"


def test_a_link_to_a_ring_that_is_not_there_is_left_as_it_is(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))
    assert not create_if_missing(path)
    assert list(path.parent.iterdir()) == [path]


def test_nothing_but_the_ring_is_left_in_its_folder(path: Path) -> None:
    create_if_missing(path)
    create_if_missing(path)
    assert list(path.parent.iterdir()) == [path]


def test_of_processes_that_make_it_at_once_one_wins_and_all_read_the_same(path: Path) -> None:
    finishes = race([Racer("tests.security.ring_maker", str(path)) for _ in range(RACERS)])
    outcomes = [finish.said.split() for finish in finishes]
    assert sorted(made for made, _ in outcomes) == ["False"] * (RACERS - 1) + ["True"]
    assert {name for _, name in outcomes} == {load(path).first.name}
    assert list(path.parent.iterdir()) == [path]


def test_a_ring_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match=r"^cannot be written \(No such file or directory\)$"):
        create_if_missing(tmp_path / "nowhere" / "keyring")


def test_the_first_key_encrypts_and_all_decrypt(path: Path) -> None:
    masters = [bytes([number]) * 32 for number in range(3)]
    ring = loaded(path, "\n".join(base64.b64encode(master).decode() for master in masters))
    assert [key.master for key in ring] == masters
    assert ring.first == Key.of(masters[0])
    assert [ring.find(Key.of(master).id) for master in masters] == [Key.of(master) for master in masters]


def test_a_key_that_is_not_in_the_ring_is_not_found(ring: Keyring) -> None:
    assert ring.find(b"none") is None


@pytest.mark.parametrize(
    "text",
    [
        f"{SPELT}",
        f"{SPELT}\n",
        f"{SPELT}\r\n",
        f"  {SPELT}\t\n",
        f"# of January\n\n{SPELT}\n\n# the end\n",
        f"{SPELT} # in use since January\n",
        f"{SPELT}#x",
        f"# {base64.b64encode(bytes(32)).decode()}\n{SPELT}\n",
    ],
)
def test_comments_blank_lines_and_spaces_are_not_read(path: Path, text: str) -> None:
    assert [key.master for key in loaded(path, text)] == [MASTER]


def test_a_key_that_is_there_twice_counts_once(path: Path) -> None:
    assert len(list(loaded(path, f"{SPELT}\n{SPELT}\n"))) == 1


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "holds no key"),
        (b"\n# only a comment\n", "holds no key"),
        (SPELT[:-1].encode(), "has a line that is not base64"),
        (SPELT[:-4].encode() + b"!!!=", "has a line that is not base64"),
        (SPELT.encode() + b"=", "has a line that is not base64"),
        (SPELT.encode() + b" " + SPELT.encode(), "has a line that is not base64"),
        (base64.b64encode(MASTER[:31]), "has a key that is not 32 bytes long"),
        (base64.b64encode(MASTER + b"!"), "has a key that is not 32 bytes long"),
        (SPELT.encode() + b"\n" + base64.b64encode(MASTER[:16]), "has a key that is not 32 bytes long"),
        (MASTER.hex().encode(), "has a key that is not 32 bytes long"),
        (b"\xe4" + MASTER, "cannot be read (not a text file)"),
    ],
)
def test_a_ring_that_is_no_ring_is_told_what_is_wrong(path: Path, content: bytes, text: str) -> None:
    path.write_bytes(content)
    assert str(complaint(path)) == text


def test_a_ring_that_is_not_there_is_said_so(path: Path) -> None:
    assert str(complaint(path)) == "cannot be read (No such file or directory)"


def test_a_folder_is_no_ring(tmp_path: Path) -> None:
    assert str(complaint(tmp_path)) == "cannot be read (Is a directory)"


@pytest.mark.parametrize("content", [SPELT.encode() + b"=", base64.b64encode(MASTER[:31]), b"\xe4" + MASTER])
def test_no_complaint_and_no_traceback_says_anything_of_a_key(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    told = "".join(traceback.format_exception(complaint(path)))
    assert SPELT[:8] not in told
    assert "0xe4" not in told


def test_a_key_shows_its_id_only() -> None:
    key = Key.of(MASTER)
    assert repr(key) == f"Key({key.name})"
    assert key.name == key.id.hex()
    assert key.id not in key.master


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    key = Key.of(MASTER)
    derived = {key.derive(purpose) for purpose in ("one", "other")} | {key.master, Key.of(bytes(32)).derive("one")}
    assert len(derived) == 4


def test_ids_and_derived_keys_stay_what_they_are_or_nothing_stored_could_be_read() -> None:
    key = Key.of(MASTER)
    assert key.name == "cc354e90"
    assert key.derive("encryption at rest").hex() == "0e34f172b6483aa9d94ed354d22a2b423b31056bbe8bbfb3a83fa1555cd7a99b"
