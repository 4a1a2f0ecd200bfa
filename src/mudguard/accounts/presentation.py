"""People as the API shows them."""

from typing import Any

from mudguard.accounts.schemas import OrganizationSummary, User
from mudguard.store.people import Person
from mudguard.web.answers import timestamp


def user(person: Person) -> User:
    """`person` as the API shows them."""
    optional: dict[str, Any] = {}
    if person.avatar:
        optional["avatar"] = person.avatar
    if person.last_login_at is not None:
        optional["last_login"] = timestamp(person.last_login_at)
    if person.org_id:
        optional["org"] = OrganizationSummary(id=person.org_id, name=person.org_name or "", slug=person.org_slug or "")
    return User(
        id=person.id,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        full_name=f"{person.first_name} {person.last_name}".strip(),
        role=person.role.value,
        custom_role=person.custom_role,
        is_anonymous=person.is_anonymous,
        email_verified=person.email_verified,
        phone_verified=False,
        two_factor_enabled=person.two_factor_enabled,
        created_at=timestamp(person.created_at),
        updated_at=timestamp(person.updated_at),
        **optional,
    )
