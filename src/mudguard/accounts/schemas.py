"""Bodies and answers of a person's own account."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError

from mudguard.web.answers import Id, ResponseModel, Timestamp
from mudguard.web.fields import Name, NewPassword, OptionalCode, Password
from mudguard.web.inputs import RequestModel

_URL = TypeAdapter(HttpUrl)
_URL_OR_NOTHING = {"anyOf": [{"format": "uri"}, {"maxLength": 0}]}


def _web_address(text: str) -> str:
    """Only http and https, because pages show avatars."""
    if text:
        try:
            _URL.validate_python(text)
        except ValidationError:
            raise ValueError("must be an http or https address, or empty to remove it") from None
    return text


Avatar = Annotated[str, Field(max_length=2048, json_schema_extra=_URL_OR_NOTHING), AfterValidator(_web_address)]


class UpdateUserRequest(RequestModel):
    """Changes to the profile. Fields left out stay as they are. A role is ignored."""

    first_name: Name | None = None
    last_name: Name | None = None
    avatar: Avatar | None = Field(default=None, description="An http or https address; empty to remove it.")


class ChangePasswordRequest(RequestModel):
    """The current password and the new one."""

    current_password: Password
    new_password: NewPassword


class EraseUserDataRequest(RequestModel):
    """Proofs for an erasure."""

    confirm: Literal["DELETE"]
    current_password: Password
    totp_token: OptionalCode = Field(default="", description="A code, needed when 2FA is on.")


class OrganizationSummary(ResponseModel):
    """The organisation of an operator."""

    id: Id = Field(alias="_id")
    name: str
    slug: str


class User(ResponseModel):
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


class CurrentUserResponse(ResponseModel):
    """The current person."""

    user: User


class UpdatedUserResponse(ResponseModel):
    """The person after the change."""

    message: str
    user: User


class Erasure(ResponseModel):
    """What was done."""

    already_erased: bool
    subject_id: Id
    anonymized: bool
    sessions_revoked: bool


class EraseUserDataResponse(ResponseModel):
    """An erasure that was carried out."""

    success: bool
    message: str
    data: Erasure


class ExportUserDataResponse(ResponseModel):
    """All data about a person. Mudguard keeps no transactions, files or integrations."""

    exported_at: Timestamp
    user: User
    projects: list[dict[str, Any]]
    transactions: list[dict[str, Any]]
    files: list[dict[str, Any]]
    integrations: list[dict[str, Any]]
    api_keys: list[dict[str, Any]]
