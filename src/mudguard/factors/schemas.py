"""Bodies and answers of two-factor authentication."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from mudguard.rules.backup_codes import COUNT, DIGITS
from mudguard.web.answers import ResponseModel, Timestamp
from mudguard.web.fields import OptionalCode, TypedCode
from mudguard.web.inputs import RequestModel

BackupCode = Annotated[str, Field(json_schema_extra={"pattern": f"^[0-9]{{{DIGITS}}}$"})]
_A_SET: dict[str, Any] = {"minItems": COUNT, "maxItems": COUNT, "uniqueItems": True}

_CODE = "6 digits of the authenticator, or a backup code. Spaces and hyphens are ignored."


class TwoFactorRequest(RequestModel):
    """A body about the second factor. Unknown keys, such as a client's own secret, are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=False, strict=True, extra="forbid"
    )


class Setup2FARequest(TwoFactorRequest):
    """Proofs that a setup may need."""

    password: str = Field(
        default="",
        max_length=1024,
        json_schema_extra={"format": "password"},
        description="Needed when the sign-in is over an hour old.",
    )
    token: OptionalCode = Field(default="", description=f"Needed when 2FA is on: {_CODE}")


class Verify2FARequest(TwoFactorRequest):
    """The code of the authenticator being set up."""

    token: TypedCode = Field(min_length=1, description="The 6 digits that the authenticator app shows.")


class Disable2FARequest(TwoFactorRequest):
    """Both proofs that turn 2FA off."""

    password: str = Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})
    token: TypedCode = Field(min_length=1, description=_CODE)


class BackupCodesRequest(TwoFactorRequest):
    """The proof for a new set of backup codes."""

    token: TypedCode = Field(min_length=1, description=_CODE)


class TwoFASetupResponse(ResponseModel):
    """2FA setup data."""

    secret: str = Field(json_schema_extra={"pattern": "^[A-Z2-7]{32}$"}, description="160 random bits in base32.")
    qr_code: str = Field(
        json_schema_extra={"pattern": "^data:image/png;base64,"},
        description="A PNG as a data URI, of the otpauth URI for the authenticator app.",
    )
    manual_entry_key: str = Field(
        json_schema_extra={"pattern": "^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$"},
        description="The secret in groups of four, to be typed by hand.",
    )
    backup_codes: tuple[BackupCode, ...] = Field(
        default=(),
        json_schema_extra=_A_SET,
        description="10 codes of 8 digits, each good once; they count once the setup is verified.",
    )


class TwoFactorStatusResponse(ResponseModel):
    """The state of a person's second factor."""

    enabled: bool
    pending: bool = Field(description="A setup waits to be verified.")
    enabled_at: Timestamp | None = None
    backup_codes_remaining: int = Field(json_schema_extra={"minimum": 0, "maximum": COUNT})


class BackupCodesResponse(ResponseModel):
    """A new set of backup codes."""

    backup_codes: tuple[BackupCode, ...] = Field(json_schema_extra=_A_SET)
