"""People: operators of an organisation and people of a project."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select, update

from mudguard.rules.identity import email_key
from mudguard.store.rows import upsert
from mudguard.store.tables import emails, known_addresses, organizations, people, two_factor

OPERATORS = "operators"
"""The realm of e-mail addresses that operators share."""


class Role(StrEnum):
    """What an operator may do in an organisation. People of a project are viewers."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Status(StrEnum):
    """Whether an account is in use. Of an erased one only the id is left."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Person:
    """A person, with what most answers say about them."""

    id: str
    org_id: str | None
    project_id: str | None
    role: Role
    custom_role: str | None
    email: str
    first_name: str
    last_name: str
    avatar: str | None
    password_hash: str | None = dataclasses.field(repr=False)
    password_version: int
    status: Status
    is_anonymous: bool
    email_verified: bool
    last_login_at: int | None
    created_at: int
    updated_at: int
    two_factor_enabled: bool = False
    org_name: str | None = None
    org_slug: str | None = None

    @property
    def realm(self) -> str:
        """Within which this person's e-mail address is unique."""
        return self.project_id or OPERATORS


PERSON_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *people.c,
    two_factor.c.enabled_at.is_not(None).label("two_factor_enabled"),
    organizations.c.name.label("org_name"),
    organizations.c.slug.label("org_slug"),
)
PERSON_TABLES = people.outerjoin(two_factor, two_factor.c.person_id == people.c.id).outerjoin(
    organizations, organizations.c.id == people.c.org_id
)
_PERSON = select(*PERSON_COLUMNS).select_from(PERSON_TABLES)


def person_from(row: Row[Any]) -> Person:
    """The person in the first columns of `row`, which are `PERSON_COLUMNS`."""
    (id_, org_id, project_id, role, *rest) = row[: len(PERSON_COLUMNS)]
    (custom_role, email, first, last, avatar, password, version, status, *more) = rest
    return Person(
        id_, org_id, project_id, Role(role), custom_role, email, first, last, avatar, password, version, Status(status),
        *more,
    )  # fmt: skip


def find(connection: Connection, person_id: str) -> Person | None:
    """The person with that id."""
    return _one(connection, _PERSON.where(people.c.id == person_id))


def find_by_email(connection: Connection, realm: str, email: str) -> Person | None:
    """The person known by `email` within `realm`."""
    person_id = connection.scalar(
        select(emails.c.person_id).where(emails.c.realm == realm, emails.c.email_key == email_key(email))
    )
    return None if person_id is None else find(connection, person_id)


def all_by_email(connection: Connection, email: str) -> list[Person]:
    """Everybody known by `email`, in whatever realm: for an operator of the server."""
    found = connection.scalars(select(emails.c.person_id).where(emails.c.email_key == email_key(email))).all()
    return [person for person_id in found if (person := find(connection, person_id))]


def add(connection: Connection, person: Person) -> bool:
    """Add `person`; False, and nothing changed, if the e-mail address is taken in the realm."""
    claimed = connection.execute(
        upsert(connection, emails)
        .values(realm=person.realm, email_key=email_key(person.email), person_id=person.id)
        .on_conflict_do_nothing()
    )
    if claimed.rowcount != 1:
        return False
    connection.execute(insert(people).values({column.name: getattr(person, column.name) for column in people.c}))
    return True


def change(connection: Connection, person_id: str, **values: object) -> None:
    """Set columns of a person."""
    connection.execute(update(people).where(people.c.id == person_id).values(values))


def change_password(connection: Connection, person: Person, password_hash: str, *, now_ms: int) -> bool:
    """Give `person` a new password; False if it was changed since `person` was read."""
    changed = connection.execute(
        update(people)
        .where(people.c.id == person.id, people.c.password_version == person.password_version)
        .values(password_hash=password_hash, password_version=person.password_version + 1, updated_at=now_ms)
    )
    return changed.rowcount == 1


def erase(connection: Connection, person: Person, *, now_ms: int) -> None:
    """Take away all that is known of `person`; the id stays, so that records that name it keep their meaning."""
    for table in (two_factor, known_addresses):
        connection.execute(delete(table).where(table.c.person_id == person.id))
    connection.execute(delete(emails).where(emails.c.realm == person.realm, emails.c.person_id == person.id))
    change(
        connection,
        person.id,
        email=f"{person.id}@erased.invalid",
        first_name="",
        last_name="",
        avatar=None,
        password_hash=None,
        password_version=person.password_version + 1,
        custom_role=None,
        status=Status.ERASED,
        last_login_at=None,
        updated_at=now_ms,
    )


def of_organization(connection: Connection, org_id: str) -> list[Person]:
    """The operators of an organisation who are not erased."""
    rows = connection.execute(_PERSON.where(people.c.org_id == org_id, people.c.status != Status.ERASED))
    return [person_from(row) for row in rows]


def some_of_project(connection: Connection, project_id: str, *, most: int) -> list[str]:
    """Ids of at most `most` people of a project."""
    return list(connection.scalars(select(people.c.id).where(people.c.project_id == project_id).limit(most)))


def remove(connection: Connection, realm: str, person_ids: list[str]) -> None:
    """Remove people of `realm` and all that is theirs."""
    connection.execute(delete(emails).where(emails.c.realm == realm, emails.c.person_id.in_(person_ids)))
    connection.execute(delete(people).where(people.c.id.in_(person_ids)))


def knows_address(connection: Connection, person_id: str, address: str) -> bool:
    """Whether the person has signed in from `address` before."""
    known = select(known_addresses.c.address).where(
        known_addresses.c.person_id == person_id, known_addresses.c.address == address
    )
    return connection.scalar(known) is not None


def remember_address(connection: Connection, person_id: str, address: str, *, now_ms: int) -> None:
    """Note that the person signed in from `address`."""
    connection.execute(
        upsert(connection, known_addresses)
        .values(person_id=person_id, address=address, last_seen_at=now_ms)
        .on_conflict_do_update(index_elements=["person_id", "address"], set_={"last_seen_at": now_ms})
    )


def _one(connection: Connection, query: Select[Any]) -> Person | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else person_from(row)
