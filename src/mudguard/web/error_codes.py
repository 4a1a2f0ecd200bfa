"""What each error code means: one table, from which answers, the OpenAPI document and the guide to errors come."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mudguard.rules.refusals import ErrorCode


@dataclass(frozen=True, slots=True)
class ErrorDescription:
    """An error code, for clients and for people.

    `public_status` is the status of operations that need no token. `text` is the answer's `error`, where the refusal
    brings none of its own. `cause` and `remedy` stand in the guide to errors, `example` are further keys of an answer.
    """

    status: int
    text: str
    cause: str
    remedy: str
    public_status: int | None = None
    example: Mapping[str, object] = field(default_factory=dict)


ERRORS: dict[ErrorCode, ErrorDescription] = {
    ErrorCode.VALIDATION_ERROR: ErrorDescription(
        400,
        text="Some of what was sent is not valid. See details, correct it, send it again.",
        cause="A field is missing, of the wrong type or form, or unknown where unknown fields are refused; or the "
        "body is no strict JSON: a key twice, a huge number, NUL.",
        remedy="`details` maps each field to what is wrong with it. Correct those and send again.",
        example={"details": {"token": "is required"}},
    ),
    ErrorCode.INVALID_TWO_FACTOR_CODE: ErrorDescription(
        400,
        text="This code is not right. Enter the one your authenticator app shows now, or an unused backup code.",
        cause="The code is mistyped, too old, used already, or of another account; or a backup code was sent to "
        "`verify`, which takes only codes of the new authenticator. Each one counts as a wrong attempt.",
        remedy="Ask for the code that the app shows now. At `verify` the answer may carry `details.clockDriftSeconds`:"
        " then the device's clock is off by so much. The status is 401 at sign-in, where no token is sent, and "
        "else 400.",
        public_status=401,
    ),
    ErrorCode.INVALID_PASSWORD: ErrorDescription(
        400,
        text="The password is not right. Enter your current password.",
        cause="The person is signed in, and the password that the operation asks for besides is wrong.",
        remedy="Ask for the password again. Do not refresh the token: it is good. Wrong ones count as wrong attempts.",
    ),
    ErrorCode.TWO_FACTOR_ALREADY_ENABLED: ErrorDescription(
        400,
        text="Two-factor authentication is on already. To replace your authenticator, send a current code as token.",
        cause="`setup` without a code, or `verify` without a setup that waits, while 2FA is on.",
        remedy="To replace the authenticator send a current code, or a backup code, as `token` to `setup`.",
    ),
    ErrorCode.TWO_FACTOR_NOT_ENABLED: ErrorDescription(
        400,
        text="Two-factor authentication is off. Set it up first.",
        cause="`disable` or new backup codes while 2FA is off; a setup that was not verified is off too.",
        remedy="Show the state that `GET /api/users/2fa` tells, and offer the setup.",
    ),
    ErrorCode.TWO_FACTOR_SETUP_NOT_STARTED: ErrorDescription(
        400,
        text="No setup is waiting. Start with POST /api/users/2fa/setup.",
        cause="`verify` without a setup before it, or after 2FA was turned off.",
        remedy="Call `setup`, show the new QR code, then `verify`.",
    ),
    ErrorCode.TWO_FACTOR_SETUP_EXPIRED: ErrorDescription(
        400,
        text="This setup has expired. Start again with POST /api/users/2fa/setup.",
        cause="More than `MUDGUARD_SETUP_SECONDS` (15 minutes) lie between `setup` and `verify`.",
        remedy="Call `setup` again. The old QR code is worthless, so show the new one.",
    ),
    ErrorCode.UNAUTHORIZED: ErrorDescription(
        401,
        text="Sign in, and send the token as 'Authorization: Bearer YOUR_TOKEN'.",
        cause="No `Authorization: Bearer …` header, or an empty one.",
        remedy="Sign in and send the token. With our clients: call `login`, `setJWT` or `set_jwt` first.",
    ),
    ErrorCode.INVALID_TOKEN: ErrorDescription(
        401,
        text="This token is not valid here. Sign in again.",
        cause="The token was not made by this server, is cut, is of another issuer or audience, or its key was "
        "retired; or the API key is unknown, switched off or expired.",
        remedy="Refresh once; if that fails too, sign in. For an API key: use another.",
    ),
    ErrorCode.TOKEN_EXPIRED: ErrorDescription(
        401,
        text="This token has expired. Get a new one from POST /api/auth/refresh.",
        cause="The access token has lived its `MUDGUARD_ACCESS_TOKEN_SECONDS` (30 minutes).",
        remedy="Refresh, and send the request again. Our clients do both by themselves.",
    ),
    ErrorCode.SESSION_REVOKED: ErrorDescription(
        401,
        text="This session has ended. Sign in again.",
        cause="The session has ended: log-out, revoked, idle or too old; 2FA turned on or the password changed in "
        "another session; the account erased, or its 2FA reset by an operator of the server.",
        remedy="Sign in. A refresh will not help.",
    ),
    ErrorCode.INVALID_CREDENTIALS: ErrorDescription(
        401,
        text="The e-mail address or the password is not right.",
        cause="Nobody has this address, or the password is wrong: the answer does not tell which. For people of a "
        "project, also a `projectId` that does not exist.",
        remedy="Ask again for both. Check that operators and people of a project use their own login.",
    ),
    ErrorCode.INVALID_CHALLENGE: ErrorDescription(
        401,
        text="This sign-in has expired or was finished already. Sign in again.",
        cause="The `challengeToken` is used, older than `MUDGUARD_CHALLENGE_SECONDS` (5 minutes), had five wrong "
        "codes, or the password or 2FA has changed since.",
        remedy="Start again with the password.",
    ),
    ErrorCode.INVALID_REFRESH_TOKEN: ErrorDescription(
        401,
        text="This refresh token is not valid any more. Sign in again.",
        cause="The refresh token was used before, or its session has ended. One that is used twice ends its session, "
        "since one of the two users is a thief.",
        remedy="Sign in. If it happens to honest clients: two tabs or processes share one session; let them share "
        "refreshes.",
    ),
    ErrorCode.API_KEY_NOT_SUPPORTED: ErrorDescription(
        403,
        text="API keys stand for a project, not a person. Send a person's token as 'Authorization: Bearer YOUR_TOKEN'.",
        cause="A good API key, and no token, at an operation that is about a person.",
        remedy="Send the person's JWT. A key can never stand for a person.",
    ),
    ErrorCode.FORBIDDEN: ErrorDescription(
        403,
        text="You are not allowed to do this.",
        cause="The role is too low, a person of a project asks for what operators do, or the API key lacks the "
        "permission.",
        remedy="The text says which role or permission is needed. Ask an owner or admin for it.",
    ),
    ErrorCode.ACCOUNT_DISABLED: ErrorDescription(
        403,
        text="This account is disabled. Ask the people who run this service.",
        cause="`mudguard user disable` was used on the account, or its project wants new people approved first.",
        remedy="Tell the person whom to ask. `mudguard user enable` lets them in.",
    ),
    ErrorCode.EMAIL_VERIFICATION_REQUIRED: ErrorDescription(
        403,
        text="Verify your e-mail address first, then sign in.",
        cause="The project has `requireEmailVerification` on, and the address is not verified.",
        remedy="Mudguard sends no mail. Verify the address by other means, then `mudguard user verify-email` lets the "
        "person in; or switch the project's setting off.",
    ),
    ErrorCode.TWO_FACTOR_REQUIRED: ErrorDescription(
        403,
        text="The password is right. Now send a code of your second factor.",
        cause="The password was right and 2FA is on. This is the first half of a sign-in, no failure.",
        remedy="Ask for a code, and send it with the `challengeToken` to `POST /api/auth/2fa/challenge` within "
        "`expiresIn` seconds.",
        example={
            "message": "Send this challengeToken with a code to POST /api/auth/2fa/challenge.",
            "challengeToken": "mgc_Zl8cKrfZTgASqzTNm1n0…",
            "expiresIn": 300,
            "methods": ["totp", "backup_code"],
        },
    ),
    ErrorCode.REAUTHENTICATION_REQUIRED: ErrorDescription(
        403,
        text="Your sign-in is some time ago. Send your password along, or sign in.",
        cause="The sign-in is longer ago than `MUDGUARD_REAUTH_MAX_AGE` (an hour). A refresh is no sign-in.",
        remedy="Ask for the password, and send the same request with `password`.",
    ),
    ErrorCode.NOT_FOUND: ErrorDescription(
        404,
        text="There is nothing at this address. Check the path and the ids in it.",
        cause="No such path, or no such thing, or one of another organisation: the answer does not tell which.",
        remedy="Check path and ids. Ids are 24 hex digits.",
    ),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorDescription(
        405,
        text="This address does not take that method. The Allow header says which it takes.",
        cause="The path is right and the verb is not; or a browser's preflight from an origin that is not allowed.",
        remedy="Use a verb that the `Allow` header names, or add the origin to `MUDGUARD_CORS_ORIGINS`.",
    ),
    ErrorCode.CONFLICT: ErrorDescription(
        409,
        text="This is in conflict with what exists.",
        cause="The e-mail address or the project's slug is taken, or the only owner of an organisation in use wants "
        "to be erased.",
        remedy="The text says which. Offer to sign in, choose another slug, or hand the organisation over first.",
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorDescription(
        413,
        text="The body is over 64 KiB. Send less.",
        cause="The body has more than 64 KiB.",
        remedy="Send less: no operation needs as much.",
    ),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorDescription(
        415,
        text="Send JSON, with 'Content-Type: application/json'.",
        cause="A body without `Content-Type: application/json`.",
        remedy="Set the header. curl needs `-H 'Content-Type: application/json'` beside `-d`.",
    ),
    ErrorCode.RATE_LIMITED: ErrorDescription(
        429,
        text="Too many requests. Wait as long as Retry-After says, then go on.",
        cause="Too many requests from one address, or an API key has used up its own limit.",
        remedy="Wait `retryAfter` seconds. If all visitors are limited together, name your proxy in "
        "`MUDGUARD_TRUSTED_PROXIES`.",
        example={"retryAfter": 30},
    ),
    ErrorCode.TOO_MANY_ATTEMPTS: ErrorDescription(
        429,
        text="Too many wrong attempts. Wait as long as Retry-After says, then try again.",
        cause="Too many wrong codes or passwords for one account. While it lasts right ones are refused as well.",
        remedy="Wait `retryAfter` seconds; trying does not lengthen it, and nothing shortens it. Codes and backup "
        "codes have budgets of their own.",
        example={"retryAfter": 240},
    ),
    ErrorCode.INTERNAL_ERROR: ErrorDescription(
        500,
        text="Something went wrong here. Tell the people who run this the request id.",
        cause="A fault in Mudguard. The log has it under the `requestId`.",
        remedy="Do not repeat what changes something before you have looked. Please report it.",
    ),
    ErrorCode.SERVICE_UNAVAILABLE: ErrorDescription(
        503,
        text="The service cannot do this right now. Wait as long as Retry-After says, then try again.",
        cause="The database is away, more sign-ins wait than can be hashed in a second, or a secret cannot be read, "
        "for want of its key.",
        remedy="Try again after `retryAfter` seconds. Nothing was changed, unless the database was lost in the very "
        "moment of the commit: after a sign-up or a setup look first. If it stays, see the log and `/readyz`.",
        example={"retryAfter": 1},
    ),
}
