"""People: operators of an organisation and people of a project."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from mudguard.rules.identity import email_key
from mudguard.store.database import StaleWriteError
from mudguard.store.prepared import Prepared
from mudguard.store.rows import column_values, upserts
from mudguard.store.tables import emails, known_addresses, organizations, people, projects, two_factor

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
    credentials_version: int
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
_PROJECT = projects.c.id == people.c.project_id
_PERSON = select(*PERSON_COLUMNS).select_from(PERSON_TABLES)
_BY_ID = Prepared(_PERSON.where(people.c.id == bindparam("person_id")))
_BY_EMAIL = Prepared(
    select(*PERSON_COLUMNS)
    .select_from(PERSON_TABLES.join(emails, emails.c.person_id == people.c.id).outerjoin(projects, _PROJECT))
    .where(
        emails.c.realm == bindparam("realm"),
        emails.c.email_key == bindparam("email_key"),
        projects.c.deleted_at.is_(None),
    )
)
_ADD = Prepared(insert(people))
_CLAIM_EMAIL = Prepared(upserts(emails, lambda claim: claim.on_conflict_do_nothing()))
_NOTE_SIGN_IN = Prepared(
    update(people)
    .where(
        people.c.id == bindparam("person_id"),
        people.c.credentials_version == bindparam("version"),
        people.c.status == Status.ACTIVE.value,
    )
    .values(last_login_at=bindparam("now"))
)
_KNOWS_ADDRESS = Prepared(
    select(known_addresses.c.address).where(
        known_addresses.c.person_id == bindparam("person_id"), known_addresses.c.address == bindparam("address")
    )
)
_REMEMBER_ADDRESS = Prepared(
    upserts(
        known_addresses,
        lambda known: known.on_conflict_do_update(
            index_elements=["person_id", "address"], set_={"last_seen_at": known.excluded.last_seen_at}
        ),
    )
)


def person_from(row: Sequence[Any]) -> Person:
    """The person in the first columns of `row`, which are `PERSON_COLUMNS`."""
    (id_, org_id, project_id, role, *rest) = row[: len(PERSON_COLUMNS)]
    (custom_role, email, first, last, avatar, password, version, status, *more) = rest
    return Person(
        id_, org_id, project_id, Role(role), custom_role, email, first, last, avatar, password, version, Status(status),
        *more,
    )  # fmt: skip


def find(connection: Connection, person_id: str) -> Person | None:
    """The person with that id."""
    row = _BY_ID.one(connection, {"person_id": person_id})
    return None if row is None else person_from(row)


def find_by_email(connection: Connection, realm: str, email: str) -> Person | None:
    """The person known by `email` within `realm`, unless that is a project that is being deleted."""
    row = _BY_EMAIL.one(connection, {"realm": realm, "email_key": email_key(email)})
    return None if row is None else person_from(row)


def all_by_email(connection: Connection, email: str) -> list[Person]:
    """Everybody known by `email`, in whatever realm: for an operator of the server."""
    found = connection.scalars(select(emails.c.person_id).where(emails.c.email_key == email_key(email))).all()
    return [person for person_id in found if (person := find(connection, person_id))]


def add(connection: Connection, person: Person) -> bool:
    """Add `person`; False, and nothing changed, if the e-mail address is taken in the realm."""
    claim = {"realm": person.realm, "email_key": email_key(person.email), "person_id": person.id}
    if _CLAIM_EMAIL.run(connection, claim) != 1:
        return False
    _ADD.run(connection, column_values(people, person))
    return True


def change(connection: Connection, person_id: str, **values: object) -> None:
    """Set columns of a person."""
    connection.execute(update(people).where(people.c.id == person_id).values(values))


def change_password(connection: Connection, person: Person, password_hash: str, *, now_ms: int) -> None:
    """Give `person` a new password. Raises `StaleWriteError` if it was changed since `person` was read."""
    changed = connection.execute(
        update(people)
        .where(people.c.id == person.id, people.c.credentials_version == person.credentials_version)
        .values(password_hash=password_hash, credentials_version=person.credentials_version + 1, updated_at=now_ms)
    )
    if changed.rowcount != 1:
        raise StaleWriteError


def renew_credentials(connection: Connection, person_id: str) -> None:
    """Note that password or second factor changed: sign-ins that wait or are under way do not outlive it."""
    connection.execute(
        update(people).where(people.c.id == person_id).values(credentials_version=people.c.credentials_version + 1)
    )


def note_sign_in(connection: Connection, person: Person, *, now_ms: int) -> None:
    """Note a sign-in. Raises `StaleWriteError` if account, password or second factor changed since they were read."""
    signed_in = {"person_id": person.id, "version": person.credentials_version, "now": now_ms}
    if _NOTE_SIGN_IN.run(connection, signed_in) != 1:
        raise StaleWriteError


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
        credentials_version=person.credentials_version + 1,
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
    return _KNOWS_ADDRESS.one(connection, {"person_id": person_id, "address": address}) is not None


def remember_address(connection: Connection, person_id: str, address: str, *, now_ms: int) -> None:
    """Note that the person signed in from `address`."""
    seen = {"person_id": person_id, "address": address, "last_seen_at": now_ms}
    _REMEMBER_ADDRESS.run(connection, seen)
