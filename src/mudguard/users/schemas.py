"""Bodies and answers of a person's own account."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError

from mudguard.http.answers import Answer, Id, Timestamp, User
from mudguard.http.json_body import RequestModel
from mudguard.sign_in.schemas import Name, NewPassword, Password
from mudguard.two_factor.schemas import OptionalCode

_URL = TypeAdapter(HttpUrl)
_URL_OR_NOTHING = {"anyOf": [{"format": "uri"}, {"maxLength": 0}]}


def _web_address(text: str) -> str:
    """Only http and https: an avatar is put into pages."""
    if text:
        try:
            _URL.validate_python(text)
        except ValidationError:
            raise ValueError("must be an http or https address, or empty to remove it") from None
    return text


Avatar = Annotated[str, Field(max_length=2048, json_schema_extra=_URL_OR_NOTHING), AfterValidator(_web_address)]


class UpdateUserRequest(RequestModel):
    """What to change of the profile; what is left out stays. Roles are not changed here, and ignored."""

    first_name: Name | None = None
    last_name: Name | None = None
    avatar: Avatar | None = Field(default=None, description="An http or https address; empty to remove it.")


class ChangePasswordRequest(RequestModel):
    """The current password, and the one to come."""

    current_password: Password
    new_password: NewPassword


class EraseUserDataRequest(RequestModel):
    """What an erasure has to prove."""

    confirm: Literal["DELETE"]
    current_password: Password
    totp_token: OptionalCode = Field(default="", description="A code, needed when 2FA is on.")


class CurrentUserResponse(Answer):
    """The current person."""

    user: User


class UpdatedUserResponse(Answer):
    """The person after the change."""

    message: str
    user: User


class Erasure(Answer):
    """What was done."""

    already_erased: bool
    subject_id: Id
    anonymized: bool
    sessions_revoked: bool


class EraseUserDataResponse(Answer):
    """An erasure that was carried out."""

    success: bool
    message: str
    data: Erasure


class ExportUserDataResponse(Answer):
    """All that is kept about a person. Transactions, files and integrations are kept of nobody."""

    exported_at: Timestamp
    user: User
    projects: list[dict[str, Any]]
    transactions: list[dict[str, Any]]
    files: list[dict[str, Any]]
    integrations: list[dict[str, Any]]
    api_keys: list[dict[str, Any]]
