"""People: one for each e-mail address of a realm, and nothing left of those who are erased."""

from dataclasses import replace

from sqlalchemy import select

from mudguard.rules.roles import Role, Status
from mudguard.store import people, two_factor
from mudguard.store.database import Database
from mudguard.store.organizations import Organization
from mudguard.store.people import OPERATORS, Person
from mudguard.store.projects import Project
from mudguard.store.tables import emails, known_addresses
from mudguard.store.tables import people as people_table
from mudguard.store.tables import two_factor as two_factor_table
from tests.store import records
from tests.store.calls import count, is_stale, read, write
from tests.store.records import NOW, PENDING
from tests.support.inspection import Inspection
from tests.support.races import at_once


def stored(database: Database, person: Person) -> Person:
    found = read(database, people.find, person.id)
    assert found is not None
    return found


def test_a_person_of_a_project_is_read_as_they_were_added(database: Database, person: Person) -> None:
    assert stored(database, person) == person
    assert person.realm == person.project_id


def test_an_operator_comes_with_the_organisation_s_name(
    database: Database, operator: Person, organization: Organization
) -> None:
    found = stored(database, operator)
    assert found == replace(operator, org_name=organization.name, org_slug=organization.slug)
    assert found.realm == OPERATORS


def test_every_column_is_read_as_it_was_written(database: Database) -> None:
    person = records.person(
        role=Role.ADMIN,
        custom_role="auditor",
        avatar="https://northwind.test/ada.png",
        status=Status.DISABLED,
        is_anonymous=True,
        email_verified=True,
        last_login_at=NOW + 1,
    )
    write(database, people.add, person)
    assert stored(database, person) == person


def test_nobody_has_an_id_that_was_not_given(database: Database) -> None:
    assert read(database, people.find, "e" * 24) is None


def test_two_factor_shows_when_it_is_on_and_not_while_it_is_pending(database: Database, person: Person) -> None:
    write(database, two_factor.begin_setup, person.id, PENDING)
    assert not stored(database, person).two_factor_enabled
    state = read(database, two_factor.read, person.id)
    write(database, two_factor.save, replace(state, enabled_at=NOW))
    assert stored(database, person).two_factor_enabled


def test_an_address_is_found_in_whatever_case_and_composition(database: Database, project: Project) -> None:
    person = records.person(project_id=project.id, email="Jürgen@Customers.test")
    write(database, people.add, person)
    for spelt in ("jürgen@customers.test", "JÜRGEN@CUSTOMERS.TEST", "ju\u0308rgen@customers.test"):
        assert read(database, people.find_by_email, project.id, spelt) == person


def test_an_address_is_found_in_its_own_realm_only(database: Database, person: Person) -> None:
    assert read(database, people.find_by_email, person.realm, person.email) == person
    assert read(database, people.find_by_email, OPERATORS, person.email) is None
    assert read(database, people.find_by_email, "e" * 24, person.email) is None


def test_an_address_is_taken_once_in_a_realm_in_whatever_case(database: Database, person: Person) -> None:
    double = records.person(project_id=person.project_id, email=person.email.upper())
    assert not write(database, people.add, double)
    assert read(database, people.find, double.id) is None
    assert read(database, people.find_by_email, person.realm, person.email) == person


def test_one_address_may_be_used_in_several_realms(database: Database, person: Person, operator: Person) -> None:
    elsewhere = records.person(project_id="e" * 24, email=person.email)
    assert write(database, people.add, elsewhere)
    found = read(database, people.all_by_email, person.email.upper())
    assert sorted(one.id for one in found) == sorted([person.id, elsewhere.id])


def test_of_two_servers_that_add_one_address_at_once_one_does(
    database: Database, other_server: Database, project: Project
) -> None:
    def add(server: Database) -> bool:
        return write(server, people.add, records.person(project_id=project.id, email="ada@customers.test"))

    assert sorted(at_once([lambda: add(database), lambda: add(other_server)])) == [False, True]
    assert count(database, people_table) == 1


def test_a_change_is_one_person_s_own(database: Database, person: Person, stranger: Person) -> None:
    write(database, people.change, person.id, first_name="Ada", avatar="https://northwind.test/a.png")
    assert stored(database, person) == replace(person, first_name="Ada", avatar="https://northwind.test/a.png")
    assert stored(database, stranger) == stranger


def test_a_new_password_raises_the_version(database: Database, person: Person) -> None:
    write(database, people.change_password, person, "new hash", now_ms=NOW + 1)
    changed = replace(person, password_hash="new hash", credentials_version=2, updated_at=NOW + 1)
    assert stored(database, person) == changed


def test_a_password_that_was_changed_meanwhile_is_not_changed_again(database: Database, person: Person) -> None:
    write(database, people.change_password, person, "new hash", now_ms=NOW + 1)
    assert is_stale(database, people.change_password, person, "other hash", now_ms=NOW + 2)
    assert stored(database, person).password_hash == "new hash"


def test_of_an_erased_person_the_id_is_left_and_nothing_else(database: Database, person: Person) -> None:
    write(database, people.change, person.id, custom_role="auditor", avatar="https://a.test/a.png", last_login_at=NOW)
    write(database, people.erase, person, now_ms=NOW + 1)
    assert stored(database, person) == replace(
        person,
        email=f"{person.id}@erased.invalid",
        first_name="",
        last_name="",
        password_hash=None,
        credentials_version=2,
        status=Status.ERASED,
        updated_at=NOW + 1,
    )


def test_an_erased_person_has_no_second_factor_and_no_known_address(database: Database, person: Person) -> None:
    write(database, two_factor.begin_setup, person.id, PENDING)
    write(database, people.remember_address, person.id, "192.0.2.1", now_ms=NOW)
    write(database, people.erase, person, now_ms=NOW + 1)
    assert (count(database, two_factor_table), count(database, known_addresses)) == (0, 0)


def test_the_address_of_an_erased_person_is_free_again(database: Database, person: Person) -> None:
    write(database, people.erase, person, now_ms=NOW + 1)
    assert read(database, people.find_by_email, person.realm, person.email) is None
    assert write(database, people.add, records.person(project_id=person.project_id, email=person.email))


def test_erasing_one_person_leaves_the_others(database: Database, person: Person, stranger: Person) -> None:
    write(database, people.erase, person, now_ms=NOW + 1)
    assert read(database, people.find_by_email, stranger.realm, stranger.email) == stranger


def test_the_operators_of_an_organisation_are_those_who_are_not_erased(
    database: Database, operator: Person, organization: Organization, person: Person
) -> None:
    colleague = records.person(org_id=organization.id)
    write(database, people.add, colleague)
    write(database, people.erase, colleague, now_ms=NOW + 1)
    assert [one.id for one in read(database, people.of_organization, organization.id)] == [operator.id]


def test_people_of_a_project_are_given_a_few_at_a_time(
    database: Database, project: Project, person: Person, stranger: Person, operator: Person
) -> None:
    assert len(read(database, people.some_of_project, project.id, most=1)) == 1
    assert sorted(read(database, people.some_of_project, project.id, most=9)) == sorted(
        (one.id, one.email) for one in (person, stranger)
    )


def test_removed_people_are_gone_and_their_addresses_are_free(
    database: Database, inspection: Inspection, person: Person, stranger: Person
) -> None:
    write(database, people.remember_address, person.id, "192.0.2.1", now_ms=NOW)
    write(database, people.remove, person.realm, [(person.id, person.email)])
    assert read(database, people.find, person.id) is None
    assert stored(database, stranger) == stranger
    assert count(database, known_addresses) == 0
    assert inspection.rows(select(emails.c.person_id)) == [{"person_id": stranger.id}]


def test_an_address_that_a_person_signed_in_from_is_known(database: Database, person: Person, stranger: Person) -> None:
    assert not read(database, people.knows_address, person.id, "192.0.2.1")
    write(database, people.remember_address, person.id, "192.0.2.1", now_ms=NOW)
    assert read(database, people.knows_address, person.id, "192.0.2.1")
    assert not read(database, people.knows_address, person.id, "192.0.2.2")
    assert not read(database, people.knows_address, stranger.id, "192.0.2.1")


def test_an_address_is_remembered_once_with_the_last_time_it_was_seen(
    database: Database, inspection: Inspection, person: Person
) -> None:
    for moment in (NOW, NOW + 1):
        write(database, people.remember_address, person.id, "192.0.2.1", now_ms=moment)
    assert inspection.rows(select(known_addresses.c.last_seen_at)) == [{"last_seen_at": NOW + 1}]


def test_no_password_hash_is_shown_by_a_person_who_is_logged(person: Person) -> None:
    assert "argon2id" not in f"{person} {person!r}"


def test_a_hash_is_replaced_by_another_of_the_same_password(database: Database, person: Person) -> None:
    write(database, people.rehash_password, person.id, person.password_hash, person.credentials_version, "newer")
    assert stored(database, person).password_hash == "newer"


def test_a_hash_of_a_password_that_was_changed_meanwhile_is_not_replaced(database: Database, person: Person) -> None:
    write(database, people.change_password, person, "of another password", now_ms=NOW)
    write(database, people.rehash_password, person.id, person.password_hash, person.credentials_version, "newer")
    assert stored(database, person).password_hash == "of another password"


def test_a_hash_of_older_credentials_is_not_replaced(database: Database, person: Person) -> None:
    write(database, people.renew_credentials, person.id)
    write(database, people.rehash_password, person.id, person.password_hash, person.credentials_version, "newer")
    assert stored(database, person).password_hash == person.password_hash
