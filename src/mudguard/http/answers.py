"""Answers: JSON bodies, moments, and the shapes that several features share."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mudguard.store.people import Person

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time", "example": "2026-01-02T03:04:05.000Z"})]
Id = Annotated[str, Field(pattern="^[0-9a-f]{24}$", json_schema_extra={"example": "665f1c2ab7d94e0012ab34cd"})]


class Answer(BaseModel):
    """A body of ours: camelCase keys, and only the keys that were given a value."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )


class Message(Answer):
    """A sentence that says what was done."""

    message: str


class OrganizationSummary(Answer):
    """The organisation of an operator."""

    id: Id = Field(alias="_id")
    name: str
    slug: str


class User(Answer):
    """A person, as `/api/users/*` and `/api/auth/*` show them."""

    id: Id = Field(alias="_id")
    email: str
    first_name: str
    last_name: str
    full_name: str
    avatar: str | None = Field(default=None, description="Left out if there is none.")
    role: str = Field(description="`owner`, `admin`, `member` or `viewer`; people of a project are viewers.")
    custom_role: str | None = Field(default=None, description="The project's own role; null for operators.")
    is_anonymous: bool
    email_verified: bool
    phone_verified: bool
    two_factor_enabled: bool
    last_login: Timestamp | None = None
    created_at: Timestamp
    updated_at: Timestamp
    org: OrganizationSummary | None = Field(default=None, description="Operators only.")


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


def timestamp(moment_ms: int) -> str:
    """Milliseconds since 1970 as `2026-01-02T03:04:05.000Z`."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}.{moment_ms % 1000:03d}Z"


def answer(body: BaseModel, *, status: int = 200) -> Response:
    """`body` as JSON, without the keys that were not set."""
    content = body.model_dump_json(by_alias=True, exclude_unset=True)
    return Response(content, status_code=status, media_type="application/json")


def plain(body: BaseModel) -> dict[str, Any]:
    """`body` as it goes into JSON."""
    return body.model_dump(by_alias=True, exclude_unset=True)


def json_response(body: Mapping[str, object], *, status: int, headers: Mapping[str, str]) -> Response:
    """`body` as JSON."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status_code=status, media_type="application/json", headers=dict(headers))
