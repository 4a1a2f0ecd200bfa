"""Slow hashes: of passwords, also of people who do not exist, and of backup codes."""

import re
import time

import pytest

from mudguard.rules.backup_codes import position
from mudguard.security.hashing import Argon2Parameters, BackupCodeHasher, HashedCodes, PasswordHasher
from mudguard.security.hashing_pool import HashingPool
from tests.support.loop import wait

CHEAP = Argon2Parameters(memory_kib=8, passes=1)
CODES = tuple(f"{number:08d}" for number in range(10))


@pytest.fixture(scope="module")
def passwords() -> PasswordHasher:
    return PasswordHasher(CHEAP, HashingPool())


@pytest.fixture(scope="module")
def hasher() -> BackupCodeHasher:
    return BackupCodeHasher(CHEAP, HashingPool())


def hashed(passwords: PasswordHasher, password: str) -> str:
    return wait(passwords.hash(password))


def matches(passwords: PasswordHasher, stored: str | None, password: str) -> bool:
    return wait(passwords.matches(stored, password))


def hashed_set(hasher: BackupCodeHasher, codes: tuple[str, ...]) -> HashedCodes:
    return wait(hasher.hash_set(codes))


def digest(hasher: BackupCodeHasher, code: str, of: HashedCodes) -> bytes:
    return wait(hasher.digest(code, of))


def test_the_default_cost_is_owasp_s() -> None:
    assert Argon2Parameters() == Argon2Parameters(memory_kib=19 * 1024, passes=2)


def test_a_cost_is_read_as_it_was_written() -> None:
    assert str(Argon2Parameters(19_456, 2)) == "m=19456,t=2"
    assert Argon2Parameters.parse("m=19456,t=2") == Argon2Parameters(19_456, 2)


def test_a_password_is_stored_as_argon2id_with_its_parameters() -> None:
    assert re.match(
        r"\$argon2id\$v=19\$m=19456,t=2,p=1\$",
        hashed(PasswordHasher(Argon2Parameters(), HashingPool()), "correct horse battery"),
    )


def test_the_right_password_matches(passwords: PasswordHasher) -> None:
    assert matches(passwords, hashed(passwords, "correct horse battery"), "correct horse battery")


@pytest.mark.parametrize("wrong", ["", "correct horse batter", "Correct horse battery", "correct horse battery ", "\0"])
def test_a_wrong_password_does_not(passwords: PasswordHasher, wrong: str) -> None:
    assert not matches(passwords, hashed(passwords, "correct horse battery"), wrong)


def test_two_hashes_of_one_password_differ(passwords: PasswordHasher) -> None:
    assert hashed(passwords, "correct horse battery") != hashed(passwords, "correct horse battery")


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [("caf\u00e9 noir", "cafe\u0301 noir"), ("ﬁnal answer", "final answer"), ("Ω resistance", "\u2126 resistance")],
)
def test_a_password_matches_however_a_keyboard_composes_it(passwords: PasswordHasher, chosen: str, typed: str) -> None:
    assert matches(passwords, hashed(passwords, chosen), typed)
    assert matches(passwords, hashed(passwords, typed), chosen)


@pytest.mark.parametrize("prefix", ["a" * 127, "ü" * 127, "correct\0", "x" * 72])
def test_every_character_counts_up_to_the_last(passwords: PasswordHasher, prefix: str) -> None:
    assert not matches(passwords, hashed(passwords, prefix + "1"), prefix + "2")


def test_where_nothing_is_stored_no_password_matches(passwords: PasswordHasher) -> None:
    assert not matches(passwords, None, "correct horse battery")
    assert not matches(passwords, None, "")


def test_where_nothing_is_stored_the_answer_takes_as_much_work() -> None:
    passwords = PasswordHasher(Argon2Parameters(), HashingPool())
    stored = hashed(passwords, "correct horse battery")

    def work(where: str | None) -> float:
        """Processor time, of the best of five: what other processes do is left out."""
        times = []
        for _ in range(5):
            begun = time.process_time()
            matches(passwords, where, "wrong")
            times.append(time.process_time() - begun)
        return min(times)

    assert work(None) == pytest.approx(work(stored), rel=0.4)


@pytest.mark.parametrize(
    "stored",
    ["", "correct horse battery", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$", "$2b$12$abcdefghijklmnopqrstuv"],
)
def test_a_corrupt_hash_matches_nothing(passwords: PasswordHasher, stored: str) -> None:
    assert not matches(passwords, stored, "correct horse battery")


def test_a_hash_of_today_s_parameters_is_kept(passwords: PasswordHasher) -> None:
    assert not passwords.is_outdated(hashed(passwords, "correct horse battery"))


@pytest.mark.parametrize("cost", [Argon2Parameters(16, 1), Argon2Parameters(8, 2)])
def test_a_hash_of_other_parameters_still_matches_and_is_outdated(
    passwords: PasswordHasher, cost: Argon2Parameters
) -> None:
    stored = hashed(PasswordHasher(cost, HashingPool()), "correct horse battery")
    assert matches(passwords, stored, "correct horse battery")
    assert passwords.is_outdated(stored)


def test_a_set_of_codes_is_one_salt_and_a_digest_of_32_bytes_a_code(hasher: BackupCodeHasher) -> None:
    made = hashed_set(hasher, CODES)
    assert len(made.salt) == 16
    assert [len(digest) for digest in made.digest_list()] == [32] * 10
    assert made.cost == CHEAP


def test_each_code_hashes_to_the_digest_at_its_place(hasher: BackupCodeHasher) -> None:
    made = hashed_set(hasher, CODES)
    digests = made.digest_list()
    assert [position(digest(hasher, code, made), digests) for code in CODES] == list(range(10))


def test_a_code_of_another_set_hashes_to_no_digest(hasher: BackupCodeHasher) -> None:
    made = hashed_set(hasher, CODES)
    assert position(digest(hasher, "99999999", made), made.digest_list()) is None


def test_the_same_codes_in_two_sets_have_no_digest_in_common(hasher: BackupCodeHasher) -> None:
    one, other = hashed_set(hasher, CODES), hashed_set(hasher, CODES)
    assert one.salt != other.salt
    assert not set(one.digest_list()) & set(other.digest_list())


def test_a_set_is_read_at_the_cost_it_was_hashed_with(hasher: BackupCodeHasher) -> None:
    before = hashed_set(BackupCodeHasher(Argon2Parameters(16, 2), HashingPool()), CODES)
    assert digest(hasher, CODES[3], before) == before.digest_list()[3]


def test_no_code_is_to_be_seen_in_its_set(hasher: BackupCodeHasher) -> None:
    digests = hashed_set(hasher, CODES).digests
    assert not any(code.encode() in digests for code in CODES)
