"""People: operators of an organisation and people of a project."""

import dataclasses
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from mudguard.rules.identity import email_key
from mudguard.rules.roles import Role, Status
from mudguard.store.connection import Connection
from mudguard.store.faults import StaleWriteError
from mudguard.store.records import Record, first_column, pair
from mudguard.store.statements import Query, Statement, Update, upserts
from mudguard.store.tables import emails, known_addresses, organizations, people, projects, two_factor

OPERATORS = "operators"
"""The realm of e-mail addresses that operators share."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person, with the data that most answers need."""

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
        """The realm in which this person's e-mail address is unique."""
        return self.project_id or OPERATORS


PERSON = Record(
    Person,
    *people.c,
    two_factor.c.enabled_at.is_not(None).label("two_factor_enabled"),
    organizations.c.name.label("org_name"),
    organizations.c.slug.label("org_slug"),
)
PERSON_TABLES = people.outerjoin(two_factor, two_factor.c.person_id == people.c.id).outerjoin(
    organizations, organizations.c.id == people.c.org_id
)
_PROJECT = projects.c.id == people.c.project_id
_PERSON = select(*PERSON.columns).select_from(PERSON_TABLES)
_BY_ID = Query(_PERSON.where(people.c.id == bindparam("person_id")), PERSON.read)
_BY_EMAIL = Query(
    select(*PERSON.columns)
    .select_from(PERSON_TABLES.join(emails, emails.c.person_id == people.c.id).outerjoin(projects, _PROJECT))
    .where(
        emails.c.realm == bindparam("realm"),
        emails.c.email_key == bindparam("email_key"),
        projects.c.deleted_at.is_(None),
    ),
    PERSON.read,
)
_IDS_BY_EMAIL = Query(select(emails.c.person_id).where(emails.c.email_key == bindparam("email_key")), first_column)
_OF_ORGANIZATION = Query(
    _PERSON.where(people.c.org_id == bindparam("org_id"), people.c.status != Status.ERASED), PERSON.read
)
_OF_PROJECT = Query(
    select(people.c.id, people.c.email).where(people.c.project_id == bindparam("project_id")).limit(bindparam("most")),
    pair,
)
_ADD = Statement(insert(people))
_CHANGE = Update(people, people.c.id == bindparam("person_id"))
_CHANGE_UNLESS_STALE = Update(
    people, people.c.id == bindparam("person_id"), people.c.credentials_version == bindparam("version_read")
)
_REHASH = Statement(
    update(people)
    .where(
        people.c.id == bindparam("person_id"),
        people.c.password_hash == bindparam("before"),
        people.c.credentials_version == bindparam("version"),
    )
    .values(password_hash=bindparam("after"))
)
_RENEW_CREDENTIALS = Statement(
    update(people)
    .where(people.c.id == bindparam("person_id"))
    .values(credentials_version=people.c.credentials_version + 1)
)
_NOTE_SIGN_IN = Statement(
    update(people)
    .where(
        people.c.id == bindparam("person_id"),
        people.c.credentials_version == bindparam("version"),
        people.c.status == Status.ACTIVE,
    )
    .values(last_login_at=bindparam("now"))
)
_CLAIM_EMAIL = Statement(upserts(emails, lambda claim: claim.on_conflict_do_nothing()))
_RELEASE_EMAIL = Statement(
    delete(emails).where(
        emails.c.realm == bindparam("realm"),
        emails.c.email_key == bindparam("email_key"),
        emails.c.person_id == bindparam("person_id"),
    )
)
_FORGET_TWO_FACTOR = Statement(delete(two_factor).where(two_factor.c.person_id == bindparam("person_id")))
_FORGET_ADDRESSES = Statement(delete(known_addresses).where(known_addresses.c.person_id == bindparam("person_id")))
_REMOVE = Statement(delete(people).where(people.c.id == bindparam("person_id")))
_KNOWS_ADDRESS = Query(
    select(known_addresses.c.address).where(
        known_addresses.c.person_id == bindparam("person_id"), known_addresses.c.address == bindparam("address")
    ),
    first_column,
)
_REMEMBER_ADDRESS = Statement(
    upserts(
        known_addresses,
        lambda known: known.on_conflict_do_update(
            index_elements=["person_id", "address"], set_={"last_seen_at": known.excluded.last_seen_at}
        ),
    )
)


async def find(connection: Connection, person_id: str) -> Person | None:
    """The person with that id."""
    return await connection.first(_BY_ID, {"person_id": person_id})


async def find_by_email(connection: Connection, realm: str, email: str) -> Person | None:
    """The person with `email` in `realm`, unless `realm` is a project that is being deleted."""
    return await connection.first(_BY_EMAIL, {"realm": realm, "email_key": email_key(email)})


async def all_by_email(connection: Connection, email: str) -> list[Person]:
    """All people with `email`, in any realm; for an operator of the server."""
    ids = await connection.all(_IDS_BY_EMAIL, {"email_key": email_key(email)})
    return [person for person_id in ids if (person := await find(connection, person_id))]


async def add(connection: Connection, person: Person) -> bool:
    """Add `person`. False, and nothing changed, if the e-mail address is taken in the realm."""
    if await connection.run(_CLAIM_EMAIL, _claim(person.realm, person.email, person.id)) != 1:
        return False
    await connection.run(_ADD, PERSON.values(person, people))
    return True


async def change(connection: Connection, person_id: str, **values: object) -> None:
    """Set columns of a person."""
    await connection.run(_CHANGE.of(values), {"person_id": person_id, **values})


async def change_password(connection: Connection, person: Person, password_hash: str, *, now_ms: int) -> None:
    """Give `person` a new password. Raises `StaleWriteError` if it was changed since `person` was read."""
    version = person.credentials_version
    values = {"password_hash": password_hash, "credentials_version": version + 1, "updated_at": now_ms}
    whose = {"person_id": person.id, "version_read": version}
    if await connection.run(_CHANGE_UNLESS_STALE.of(values), {**whose, **values}) != 1:
        raise StaleWriteError


async def rehash_password(connection: Connection, person_id: str, before: str | None, version: int, after: str) -> None:
    """Replace the hash `before` by another of the same password; nothing happens if the password was changed since."""
    values = {"person_id": person_id, "before": before, "version": version, "after": after}
    await connection.run(_REHASH, values)


async def renew_credentials(connection: Connection, person_id: str) -> None:
    """Note that password or second factor changed. This voids pending and running sign-ins."""
    await connection.run(_RENEW_CREDENTIALS, {"person_id": person_id})


async def note_sign_in(connection: Connection, person: Person, *, now_ms: int) -> None:
    """Note a sign-in. Raises `StaleWriteError` if account, password or second factor changed since they were read."""
    signed_in = {"person_id": person.id, "version": person.credentials_version, "now": now_ms}
    if await connection.run(_NOTE_SIGN_IN, signed_in) != 1:
        raise StaleWriteError


async def erase(connection: Connection, person: Person, *, now_ms: int) -> None:
    """Remove all data about `person`. The id stays, so that records that name it stay valid."""
    await connection.run(_FORGET_TWO_FACTOR, {"person_id": person.id})
    await connection.run(_FORGET_ADDRESSES, {"person_id": person.id})
    await connection.run(_RELEASE_EMAIL, _claim(person.realm, person.email, person.id))
    await change(
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


async def of_organization(connection: Connection, org_id: str) -> list[Person]:
    """The operators of an organisation who are not erased."""
    return await connection.all(_OF_ORGANIZATION, {"org_id": org_id})


async def some_of_project(connection: Connection, project_id: str, *, most: int) -> list[tuple[str, str]]:
    """Ids and e-mail addresses of at most `most` people of a project."""
    return await connection.all(_OF_PROJECT, {"project_id": project_id, "most": most})


async def remove(connection: Connection, realm: str, some: list[tuple[str, str]]) -> None:
    """Remove people of `realm`, by id and e-mail address, and all their data."""
    await connection.run_many(_RELEASE_EMAIL, [_claim(realm, email, person_id) for person_id, email in some])
    await connection.run_many(_REMOVE, [{"person_id": person_id} for person_id, _ in some])


async def knows_address(connection: Connection, person_id: str, address: str) -> bool:
    """Whether the person has signed in from `address` before."""
    return await connection.first(_KNOWS_ADDRESS, {"person_id": person_id, "address": address}) is not None


async def remember_address(connection: Connection, person_id: str, address: str, *, now_ms: int) -> None:
    """Note that the person signed in from `address`."""
    await connection.run(_REMEMBER_ADDRESS, {"person_id": person_id, "address": address, "last_seen_at": now_ms})


def _claim(realm: str, email: str, person_id: str) -> dict[str, str]:
    return {"realm": realm, "email_key": email_key(email), "person_id": person_id}
