"""A database knows the key ring that it belongs to."""

import pytest
from sqlalchemy import select

from mudguard.security.field_cipher import FieldCipher, UnreadableError
from mudguard.security.keyring import Key, Keyring
from mudguard.store import instance
from mudguard.store.database import Database
from mudguard.store.tables import instance as instance_table
from tests.support.inspection import Inspection
from tests.support.loop import wait
from tests.support.races import at_once

OWN = Key.of(b"o" * 32)
NEW = Key.of(b"n" * 32)
FOREIGN = Key.of(b"f" * 32)


def seal(*keys: Key) -> FieldCipher:
    return FieldCipher(Keyring(keys))


def establish(database: Database, seal: FieldCipher) -> None:
    wait(instance.establish(database, seal))


def kept(inspection: Inspection) -> list[bytes]:
    return [row["audit_key"] for row in inspection.rows(select(instance_table.c.audit_key))]


def test_an_empty_database_belongs_to_no_ring(database: Database) -> None:
    assert not wait(instance.has_keyring(database))


def test_the_first_ring_makes_it_its_own(database: Database) -> None:
    establish(database, seal(OWN))
    assert wait(instance.has_keyring(database))
    establish(database, seal(OWN))


def test_a_foreign_ring_is_refused_and_changes_nothing(database: Database, inspection: Inspection) -> None:
    establish(database, seal(OWN))
    before = kept(inspection)
    with pytest.raises(UnreadableError):
        establish(database, seal(FOREIGN))
    assert kept(inspection) == before


def test_a_ring_that_has_a_newer_key_besides_still_fits(database: Database) -> None:
    establish(database, seal(OWN))
    establish(database, seal(NEW, OWN))


def test_a_ring_that_lost_the_key_no_longer_fits(database: Database) -> None:
    establish(database, seal(OWN))
    with pytest.raises(UnreadableError):
        establish(database, seal(NEW))


def test_of_servers_that_start_at_once_with_different_rings_one_owns_it(
    database: Database, inspection: Inspection
) -> None:
    def fits(key: Key) -> bool:
        try:
            establish(database, seal(key))
        except UnreadableError:
            return False
        return True

    assert sorted(at_once([lambda: fits(OWN), lambda: fits(FOREIGN)])) == [False, True]
    assert len(kept(inspection)) == 1
