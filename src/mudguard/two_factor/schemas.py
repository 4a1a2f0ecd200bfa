"""Bodies and answers of two-factor authentication."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mudguard.http.answers import Answer, Timestamp
from mudguard.http.json_body import RequestModel
from mudguard.rules.codes import normalised


def _read(typed: str) -> str:
    code = normalised(typed) if typed else ""
    if code is None:
        raise ValueError(
            "is not a code: enter the 6 digits of your authenticator app, or one of your backup codes; "
            "only spaces and hyphens between ASCII digits or letters are ignored"
        )
    return code


TypedCode = Annotated[str, Field(max_length=10_000), AfterValidator(_read)]
"""A code as somebody typed it, read before anything else is looked at; empty where it may be left out and is."""

_CODE = "6 digits of the authenticator, or a backup code. Spaces and hyphens are ignored."


class TwoFactorRequest(RequestModel):
    """A body about the second factor: what we do not know in it, such as a secret of the client's, is refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=False, strict=True, extra="forbid"
    )


class Setup2FARequest(TwoFactorRequest):
    """What a setup may have to prove."""

    password: str = Field(default="", max_length=1024, description="Needed when the sign-in is over an hour old.")
    token: TypedCode = Field(default="", description=f"Needed when 2FA is on: {_CODE}")


class Verify2FARequest(TwoFactorRequest):
    """The code of the authenticator being set up."""

    token: TypedCode = Field(min_length=1, description="The 6 digits that the authenticator app shows.")


class Disable2FARequest(TwoFactorRequest):
    """Both proofs, to turn 2FA off."""

    password: str = Field(min_length=1, max_length=1024)
    token: TypedCode = Field(min_length=1, description=_CODE)


class BackupCodesRequest(TwoFactorRequest):
    """The proof for a new set of backup codes."""

    token: TypedCode = Field(min_length=1, description=_CODE)


class TwoFASetupResponse(Answer):
    """2FA setup data."""

    secret: str = Field(description="160 random bits in base32.")
    qr_code: str = Field(description="A PNG as a data URI, of the otpauth URI for the authenticator app.")
    manual_entry_key: str = Field(description="The secret in groups of four, to be typed by hand.")
    backup_codes: tuple[str, ...] = Field(
        default=(), description="10 codes of 8 digits, each good once; they count once the setup is verified."
    )


class TwoFactorStatusResponse(Answer):
    """Where a person's second factor stands."""

    enabled: bool
    pending: bool = Field(description="A setup waits to be verified.")
    enabled_at: Timestamp | None = None
    backup_codes_remaining: int


class BackupCodesResponse(Answer):
    """A new set of backup codes."""

    backup_codes: tuple[str, ...]
