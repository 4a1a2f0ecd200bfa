"""The endpoints of two-factor authentication."""

from mudguard.authn.callers import Caller
from mudguard.factors.schemas import (
    BackupCodesRequest,
    BackupCodesResponse,
    Disable2FARequest,
    Setup2FARequest,
    TwoFactorStatusResponse,
    TwoFASetupResponse,
    Verify2FARequest,
)
from mudguard.factors.service import TwoFactorService
from mudguard.rules.refusals import ErrorCode
from mudguard.web.access import PERSON
from mudguard.web.answers import Message, timestamp
from mudguard.web.errors import unwrap
from mudguard.web.inputs import NOTHING, JsonBody
from mudguard.web.operations import Call, Operations

_BACKUP_CODES = [
    "12345678", "87654321", "40718265", "95310284", "26847019",
    "63092751", "18475920", "70563142", "39218406", "54806317",
]  # fmt: skip
_SETUP_EXAMPLE = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "qrCode": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg==",
    "manualEntryKey": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
    "backupCodes": _BACKUP_CODES,
}
_CODE_ERRORS = (ErrorCode.INVALID_TWO_FACTOR_CODE, ErrorCode.TOO_MANY_ATTEMPTS)

operations: Operations[TwoFactorService] = Operations("users")


@operations.add(
    "POST",
    "/api/users/2fa/setup",
    id="setup2FA",
    access=PERSON,
    takes=JsonBody(Setup2FARequest, optional=True),
    summary="Initiate two-factor authentication setup (secret, QR code, backup codes)",
    description="Initiates two-factor authentication setup for the current user. Returns a secret, QR code, and "
    "manual entry key for the user to add to an authenticator app. Requires JWT Bearer token "
    "(BearerToken). API keys are not supported.",
    answered="2FA setup data",
    example=_SETUP_EXAMPLE,
    request_example={},
    errors=(
        ErrorCode.TWO_FACTOR_ALREADY_ENABLED,
        ErrorCode.INVALID_PASSWORD,
        ErrorCode.FORBIDDEN,
        ErrorCode.REAUTHENTICATION_REQUIRED,
        *_CODE_ERRORS,
    ),
)
async def setup(service: TwoFactorService, call: Call[Caller, Setup2FARequest]) -> TwoFASetupResponse:
    enrolment = unwrap(await service.setup(call.caller, password=call.input.password, token=call.input.token))
    optional = {"backup_codes": enrolment.backup_codes} if enrolment.backup_codes else {}
    return TwoFASetupResponse(
        secret=enrolment.secret, qr_code=enrolment.qr_code, manual_entry_key=enrolment.manual_entry_key, **optional
    )


@operations.add(
    "POST",
    "/api/users/2fa/verify",
    id="verify2FA",
    access=PERSON,
    takes=JsonBody(Verify2FARequest),
    summary="Verify and enable two-factor authentication",
    description="Turns two-factor authentication on, or the replacement of an authenticator in, with a code of the "
    "authenticator that was set up. The code is used up by it. The person's other sessions end.",
    answered="2FA is on",
    example={"message": "Two-factor authentication is on."},
    request_example={"token": "492039"},
    errors=(
        ErrorCode.TWO_FACTOR_ALREADY_ENABLED,
        ErrorCode.TWO_FACTOR_SETUP_NOT_STARTED,
        ErrorCode.TWO_FACTOR_SETUP_EXPIRED,
        *_CODE_ERRORS,
    ),
)
async def verify(service: TwoFactorService, call: Call[Caller, Verify2FARequest]) -> Message:
    unwrap(await service.verify(call.caller, token=call.input.token))
    return Message(message="Two-factor authentication is on.")


@operations.add(
    "POST",
    "/api/users/2fa/disable",
    id="disable2FA",
    access=PERSON,
    takes=JsonBody(Disable2FARequest),
    summary="Disable two-factor authentication",
    description="Turns two-factor authentication off. The password and a code must both be right; the code may be a "
    "backup code. Secret, backup codes and any pending setup are gone.",
    answered="2FA is off",
    example={"message": "Two-factor authentication is off."},
    request_example={"password": "correct horse battery", "token": "492039"},
    errors=(ErrorCode.TWO_FACTOR_NOT_ENABLED, ErrorCode.INVALID_PASSWORD, *_CODE_ERRORS),
)
async def disable(service: TwoFactorService, call: Call[Caller, Disable2FARequest]) -> Message:
    unwrap(await service.disable(call.caller, password=call.input.password, token=call.input.token))
    return Message(message="Two-factor authentication is off.")


@operations.add(
    "GET",
    "/api/users/2fa",
    id="getTwoFactorStatus",
    access=PERSON,
    takes=NOTHING,
    summary="Two-factor authentication status",
    description="Whether two-factor authentication is on, whether a setup waits to be verified, and how many backup "
    "codes are left.",
    answered="The status",
    example={
        "enabled": True,
        "pending": False,
        "enabledAt": "2026-01-02T03:04:05.000Z",
        "backupCodesRemaining": 10,
    },
)
async def status(service: TwoFactorService, call: Call[Caller, None]) -> TwoFactorStatusResponse:
    found = unwrap(await service.status(call.caller))
    optional = {} if found.enabled_at is None else {"enabled_at": timestamp(found.enabled_at)}
    return TwoFactorStatusResponse(
        enabled=found.enabled, pending=found.pending, backup_codes_remaining=found.backup_codes_remaining, **optional
    )


@operations.add(
    "POST",
    "/api/users/2fa/backup-codes",
    id="regenerateBackupCodes",
    access=PERSON,
    takes=JsonBody(BackupCodesRequest),
    summary="New backup codes",
    description="Makes a new set of ten backup codes. The old set is void from that moment.",
    answered="The new codes",
    example={"backupCodes": _BACKUP_CODES},
    request_example={"token": "492039"},
    errors=(ErrorCode.TWO_FACTOR_NOT_ENABLED, *_CODE_ERRORS),
)
async def regenerate(service: TwoFactorService, call: Call[Caller, BackupCodesRequest]) -> BackupCodesResponse:
    codes = unwrap(await service.regenerate_backup_codes(call.caller, token=call.input.token))
    return BackupCodesResponse(backup_codes=codes)
