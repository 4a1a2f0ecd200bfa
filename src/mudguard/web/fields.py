"""Fields of several requests: e-mail addresses, names, passwords, codes."""

from typing import Annotated, Any

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

from mudguard.rules.codes import MAX_TYPED_LENGTH, normalised
from mudguard.rules.identity import ID_PATTERN, email_key

MAX_EMAIL_KEY = 640

SPECIAL_USE_DOMAIN_NAMES.clear()
"""A server on a private network has people at `.test`, `.local` and similar domains."""


def _checked_email(text: str) -> str:
    try:
        address = validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if len(email_key(address)) > MAX_EMAIL_KEY:
        raise ValueError("is too long once its letters are written out")
    return address


def _trimmed(text: str) -> str:
    trimmed = " ".join(text.split())
    if not trimmed:
        raise ValueError("must not be empty")
    return trimmed


_NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"
"""White space for `str.split`. It includes some control characters that `\\s` of JSON Schema does not."""

Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_checked_email)]
Name = Annotated[str, Field(max_length=100, json_schema_extra={"pattern": _NOT_BLANK}), AfterValidator(_trimmed)]
ProjectId = Annotated[str, Field(pattern=ID_PATTERN), AfterValidator(str.lower)]
Password = Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password"})]
NewPassword = Annotated[str, Field(min_length=8, max_length=128, json_schema_extra={"format": "password"})]


def _read(typed: str) -> str:
    code = normalised(typed) if typed else ""
    if code is None:
        raise ValueError(
            "is not a code: enter the 6 digits of your authenticator app, or one of your backup codes; "
            "only spaces and hyphens between ASCII digits or letters are ignored"
        )
    return code


_SPELLING = f" *[0-9A-Za-z](?:[0-9A-Za-z -]{{0,{MAX_TYPED_LENGTH - 2}}}[0-9A-Za-z-])? *"


def _spelt(pattern: str) -> Any:
    return Field(max_length=10_000, json_schema_extra={"pattern": pattern})


TypedCode = Annotated[str, _spelt(f"^{_SPELLING}$"), AfterValidator(_read)]
"""A code as a person typed it. It is normalised before other checks."""

OptionalCode = Annotated[str, _spelt(f"^(?:{_SPELLING})?$"), AfterValidator(_read)]
"""The same, but it may be left out or empty."""
