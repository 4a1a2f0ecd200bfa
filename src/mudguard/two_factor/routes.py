"""The endpoints of two-factor authentication."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from mudguard.http.answers import Message, answer, timestamp
from mudguard.http.credentials import PersonOnly
from mudguard.http.errors import granted
from mudguard.http.json_body import JsonBody
from mudguard.http.operations import operation
from mudguard.http.routing import DirectRoute
from mudguard.rules.refusals import Code
from mudguard.sign_in.bearer import Caller
from mudguard.two_factor.schemas import (
    BackupCodesRequest,
    BackupCodesResponse,
    Disable2FARequest,
    Setup2FARequest,
    TwoFactorStatusResponse,
    TwoFASetupResponse,
    Verify2FARequest,
)
from mudguard.two_factor.service import TwoFactorService

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
_CODE_ERRORS = (Code.INVALID_TWO_FACTOR_CODE, Code.TOO_MANY_ATTEMPTS)


def router(service: TwoFactorService, *, person: PersonOnly) -> APIRouter:
    """The endpoints under `/api/users/2fa`."""
    routes = APIRouter(prefix="/api/users", tags=["users"], route_class=DirectRoute)
    Person = Annotated[Caller, Depends(person)]  # noqa: N806  # a type, made per server

    @routes.post(
        "/2fa/setup",
        **operation(
            "setup2FA",
            "Initiate two-factor authentication setup (secret, QR code, backup codes)",
            "Initiates two-factor authentication setup for the current user. Returns a secret, QR code, and manual "
            "entry key for the user to add to an authenticator app. Requires JWT Bearer token (BearerToken). API keys "
            "are not supported.",
            answers=TwoFASetupResponse,
            answered="2FA setup data",
            example=_SETUP_EXAMPLE,
            request_example={},
            codes=(
                Code.TWO_FACTOR_ALREADY_ENABLED,
                Code.INVALID_PASSWORD,
                Code.FORBIDDEN,
                Code.REAUTHENTICATION_REQUIRED,
                *_CODE_ERRORS,
            ),
        ),
    )
    async def setup(
        caller: Person, body: Annotated[Setup2FARequest, Depends(JsonBody(Setup2FARequest, optional=True))]
    ) -> Response:
        enrolment = granted(await service.setup(caller, password=body.password, token=body.token))
        optional = {"backup_codes": enrolment.backup_codes} if enrolment.backup_codes else {}
        shown = TwoFASetupResponse(
            secret=enrolment.secret, qr_code=enrolment.qr_code, manual_entry_key=enrolment.manual_entry_key, **optional
        )
        return answer(shown)

    @routes.post(
        "/2fa/verify",
        **operation(
            "verify2FA",
            "Verify and enable two-factor authentication",
            "Turns two-factor authentication on, or the replacement of an authenticator in, with a code of the "
            "authenticator that was set up. The code is used up by it. The person's other sessions end.",
            answers=Message,
            answered="2FA is on",
            example={"message": "Two-factor authentication is on."},
            request_example={"token": "492039"},
            codes=(
                Code.TWO_FACTOR_ALREADY_ENABLED,
                Code.TWO_FACTOR_SETUP_NOT_STARTED,
                Code.TWO_FACTOR_SETUP_EXPIRED,
                *_CODE_ERRORS,
            ),
        ),
    )
    async def verify(
        caller: Person, body: Annotated[Verify2FARequest, Depends(JsonBody(Verify2FARequest))]
    ) -> Response:
        granted(await service.verify(caller, token=body.token))
        return answer(Message(message="Two-factor authentication is on."))

    @routes.post(
        "/2fa/disable",
        **operation(
            "disable2FA",
            "Disable two-factor authentication",
            "Turns two-factor authentication off. The password and a code must both be right; the code may be a backup "
            "code. Secret, backup codes and any pending setup are gone.",
            answers=Message,
            answered="2FA is off",
            example={"message": "Two-factor authentication is off."},
            request_example={"password": "correct horse battery", "token": "492039"},
            codes=(Code.TWO_FACTOR_NOT_ENABLED, Code.INVALID_PASSWORD, *_CODE_ERRORS),
        ),
    )
    async def disable(
        caller: Person, body: Annotated[Disable2FARequest, Depends(JsonBody(Disable2FARequest))]
    ) -> Response:
        granted(await service.disable(caller, password=body.password, token=body.token))
        return answer(Message(message="Two-factor authentication is off."))

    @routes.get(
        "/2fa",
        **operation(
            "getTwoFactorStatus",
            "Two-factor authentication status",
            "Whether two-factor authentication is on, whether a setup waits to be verified, and how many backup codes "
            "are left.",
            answers=TwoFactorStatusResponse,
            answered="The status",
            example={
                "enabled": True,
                "pending": False,
                "enabledAt": "2026-01-02T03:04:05.000Z",
                "backupCodesRemaining": 10,
            },
        ),
    )
    async def status(caller: Person) -> Response:
        found = granted(await service.status(caller))
        shown = TwoFactorStatusResponse(
            enabled=found.enabled, pending=found.pending, backup_codes_remaining=found.backup_codes_remaining
        )
        if found.enabled_at is not None:
            shown = shown.model_copy(update={"enabled_at": timestamp(found.enabled_at)})
        return answer(shown)

    @routes.post(
        "/2fa/backup-codes",
        **operation(
            "regenerateBackupCodes",
            "New backup codes",
            "Makes a new set of ten backup codes. The old set is void from that moment.",
            answers=BackupCodesResponse,
            answered="The new codes",
            example={"backupCodes": _BACKUP_CODES},
            request_example={"token": "492039"},
            codes=(Code.TWO_FACTOR_NOT_ENABLED, *_CODE_ERRORS),
        ),
    )
    async def regenerate(
        caller: Person, body: Annotated[BackupCodesRequest, Depends(JsonBody(BackupCodesRequest))]
    ) -> Response:
        codes = granted(await service.regenerate_backup_codes(caller, token=body.token))
        return answer(BackupCodesResponse(backup_codes=codes))

    return routes
