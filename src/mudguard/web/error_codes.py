"""What each error code means: the table behind answers, the OpenAPI document and the guide to errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mudguard.rules.refusals import ErrorCode


@dataclass(frozen=True, slots=True)
class ErrorDescription:
    """An error code, for clients and for people.

    `public_status` is the status of operations that need no token. `text` is the answer's `error` if the refusal has
    none. `cause` and `remedy` are for the guide to errors. `example` has further keys of an answer.
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
        text="Some of what you sent is not valid. See details, correct it, and send it again.",
        cause="A field is missing, has the wrong type or form, or is unknown where unknown fields are refused. Or the "
        "body is not strict JSON: it has a key twice, a huge number, or NUL.",
        remedy="`details` says for each field what is wrong. Correct the fields and send the request again.",
        example={"details": {"token": "is required"}},
    ),
    ErrorCode.INVALID_TWO_FACTOR_CODE: ErrorDescription(
        400,
        text="This code is not right. Enter the one your authenticator app shows now, or an unused backup code.",
        cause="The code is mistyped, too old, used already, or of another account. Or a backup code was sent to "
        "`verify`, which takes only codes of the new authenticator. Each counts as a wrong attempt.",
        remedy="Ask for the code that the app shows now. At `verify` the answer may have `details.clockDriftSeconds`, "
        "which says by how much the device's clock is off. The status is 401 at sign-in, where no token is sent, and "
        "otherwise 400.",
        public_status=401,
    ),
    ErrorCode.INVALID_PASSWORD: ErrorDescription(
        400,
        text="The password is not right. Enter your current password.",
        cause="The person is signed in, and the operation also asks for the password, which is wrong.",
        remedy="Ask for the password again. Do not refresh the token: it is valid. Wrong passwords count as wrong "
        "attempts.",
    ),
    ErrorCode.TWO_FACTOR_ALREADY_ENABLED: ErrorDescription(
        400,
        text="Two-factor authentication is on already. To replace your authenticator, send a current code as token.",
        cause="2FA is on, and the request was `setup` without a code, or `verify` without a pending setup.",
        remedy="To replace the authenticator, send a current code or a backup code as `token` to `setup`.",
    ),
    ErrorCode.TWO_FACTOR_NOT_ENABLED: ErrorDescription(
        400,
        text="Two-factor authentication is off. Set it up first.",
        cause="2FA is off, and the request was `disable` or new backup codes. While a setup is not verified, 2FA is "
        "off.",
        remedy="Show the state that `GET /api/users/2fa` returns, and offer the setup.",
    ),
    ErrorCode.TWO_FACTOR_SETUP_NOT_STARTED: ErrorDescription(
        400,
        text="No setup is waiting. Start with POST /api/users/2fa/setup.",
        cause="The request was `verify`, and there was no `setup` before it, or 2FA was turned off since.",
        remedy="Call `setup`, show the new QR code, then `verify`.",
    ),
    ErrorCode.TWO_FACTOR_SETUP_EXPIRED: ErrorDescription(
        400,
        text="This setup has expired. Start again with POST /api/users/2fa/setup.",
        cause="More than `MUDGUARD_SETUP_SECONDS` (15 minutes) passed between `setup` and `verify`.",
        remedy="Call `setup` again, and show the new QR code. The old one no longer works.",
    ),
    ErrorCode.UNAUTHORIZED: ErrorDescription(
        401,
        text="Sign in, and send the token as 'Authorization: Bearer YOUR_TOKEN'.",
        cause="The request has no `Authorization: Bearer …` header, or an empty one.",
        remedy="Sign in and send the token. With our clients: call `login`, `setJWT` or `set_jwt` first.",
    ),
    ErrorCode.INVALID_TOKEN: ErrorDescription(
        401,
        text="This token is not valid here. Sign in again.",
        cause="This server did not make the token, or the token is cut, has another issuer or audience, or its key "
        "was retired. Or the API key is unknown, switched off or expired.",
        remedy="Refresh once. If that fails, sign in. For an API key, use another key.",
    ),
    ErrorCode.TOKEN_EXPIRED: ErrorDescription(
        401,
        text="This token has expired. Get a new one from POST /api/auth/refresh.",
        cause="The access token is older than `MUDGUARD_ACCESS_TOKEN_SECONDS` (30 minutes).",
        remedy="Refresh, and send the request again. Our clients do both automatically.",
    ),
    ErrorCode.SESSION_REVOKED: ErrorDescription(
        401,
        text="This session has ended. Sign in again.",
        cause="The session has ended. The person logged out, the session was revoked, idle or too old, another "
        "session turned on 2FA or changed the password, the account was erased, or an operator of the server reset "
        "its 2FA.",
        remedy="Sign in. A refresh does not help.",
    ),
    ErrorCode.INVALID_CREDENTIALS: ErrorDescription(
        401,
        text="The e-mail address or the password is not right.",
        cause="Nobody has this address, or the password is wrong: the answer does not say which. For people of a "
        "project, the `projectId` may also be wrong.",
        remedy="Ask for both again. Check that operators and people of a project each use their own login.",
    ),
    ErrorCode.INVALID_CHALLENGE: ErrorDescription(
        401,
        text="This sign-in has expired or is already finished. Sign in again.",
        cause="The `challengeToken` was used, is older than `MUDGUARD_CHALLENGE_SECONDS` (5 minutes), or had five "
        "wrong codes; or the password or 2FA has changed since.",
        remedy="Start again with the password.",
    ),
    ErrorCode.INVALID_REFRESH_TOKEN: ErrorDescription(
        401,
        text="This refresh token is no longer valid. Sign in again.",
        cause="The refresh token was used before, or its session has ended. A refresh token that is used twice ends "
        "its session, because one of the two users may be a thief.",
        remedy="Sign in. If this happens to honest clients, two tabs or processes share one session: let them share "
        "refreshes.",
    ),
    ErrorCode.API_KEY_NOT_SUPPORTED: ErrorDescription(
        403,
        text="API keys stand for a project, not a person. Send a person's token as 'Authorization: Bearer YOUR_TOKEN'.",
        cause="The request has a valid API key and no token, and the operation is about a person.",
        remedy="Send the person's JWT. An API key cannot stand for a person.",
    ),
    ErrorCode.FORBIDDEN: ErrorDescription(
        403,
        text="You are not allowed to do this.",
        cause="The role is too low, a person of a project uses an operation for operators, or the API key lacks the "
        "permission.",
        remedy="`error` says which role or permission is needed. Ask an owner or admin for it.",
    ),
    ErrorCode.ACCOUNT_DISABLED: ErrorDescription(
        403,
        text="This account is disabled. Ask the people who run this service.",
        cause="An operator ran `mudguard user disable` on the account, or its project approves new people first.",
        remedy="Tell the person whom to ask. `mudguard user enable` enables the account.",
    ),
    ErrorCode.EMAIL_VERIFICATION_REQUIRED: ErrorDescription(
        403,
        text="Verify your e-mail address first, then sign in.",
        cause="The project has `requireEmailVerification` on, and the address is not verified.",
        remedy="Mudguard sends no mail. Verify the address by other means, then run `mudguard user verify-email`. Or "
        "switch the project's setting off.",
    ),
    ErrorCode.TWO_FACTOR_REQUIRED: ErrorDescription(
        403,
        text="The password is right. Now send a code of your second factor.",
        cause="The password was right and 2FA is on. This is the first half of a sign-in, not a failure.",
        remedy="Ask for a code. Send it with the `challengeToken` to `POST /api/auth/2fa/challenge` within "
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
        text="You signed in too long ago. Send your password, or sign in again.",
        cause="The person signed in longer ago than `MUDGUARD_REAUTH_MAX_AGE` (an hour). A refresh does not count as "
        "a sign-in.",
        remedy="Ask for the password, and send the same request with `password`.",
    ),
    ErrorCode.NOT_FOUND: ErrorDescription(
        404,
        text="There is nothing at this address. Check the path and the ids in it.",
        cause="The path or the thing does not exist, or the thing belongs to another organisation: the answer does "
        "not say which.",
        remedy="Check the path and the ids. Ids are 24 hex digits.",
    ),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorDescription(
        405,
        text="This address does not take that method. The Allow header says which methods it takes.",
        cause="The path is right and the method is not. Or a browser sent a preflight request from an origin that is "
        "not allowed.",
        remedy="Use a method that the `Allow` header names, or add the origin to `MUDGUARD_CORS_ORIGINS`.",
    ),
    ErrorCode.CONFLICT: ErrorDescription(
        409,
        text="This conflicts with what exists.",
        cause="The e-mail address or the project's slug is taken. Or a person asks to be erased who is the only owner "
        "of an organisation in use.",
        remedy="`error` says which. Offer to sign in, choose another slug, or make somebody else an owner first.",
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorDescription(
        413,
        text="The body is over 64 KiB. Send less.",
        cause="The body has more than 64 KiB.",
        remedy="Send less. No operation needs that much.",
    ),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorDescription(
        415,
        text="Send JSON, with 'Content-Type: application/json'.",
        cause="The request has a body and no `Content-Type: application/json`.",
        remedy="Set the header. With curl, add `-H 'Content-Type: application/json'` to `-d`.",
    ),
    ErrorCode.RATE_LIMITED: ErrorDescription(
        429,
        text="Too many requests. Wait as long as Retry-After says, then try again.",
        cause="One address sent too many requests, or an API key has reached its own limit.",
        remedy="Wait `retryAfter` seconds. If all visitors are limited together, name your proxy in "
        "`MUDGUARD_TRUSTED_PROXIES`.",
        example={"retryAfter": 30},
    ),
    ErrorCode.TOO_MANY_ATTEMPTS: ErrorDescription(
        429,
        text="Too many wrong attempts. Wait as long as Retry-After says, then try again.",
        cause="Too many wrong codes or passwords for one account. Until the wait is over, right ones are refused too.",
        remedy="Wait `retryAfter` seconds. Trying again does not lengthen the wait, and nothing shortens it. Codes of "
        "the app and backup codes have separate limits.",
        example={"retryAfter": 240},
    ),
    ErrorCode.INTERNAL_ERROR: ErrorDescription(
        500,
        text="Something went wrong here. Tell the people who run this service the request id.",
        cause="A fault in Mudguard. The log has it under the `requestId`.",
        remedy="Before you repeat a request that changes something, check the state. Please report the fault.",
    ),
    ErrorCode.SERVICE_UNAVAILABLE: ErrorDescription(
        503,
        text="The service cannot do this right now. Wait as long as Retry-After says, then try again.",
        cause="The database is unavailable, more sign-ins wait than can be hashed in a second, or a secret cannot be "
        "read because its key is missing.",
        remedy="Try again after `retryAfter` seconds. Nothing was changed, unless the connection to the database "
        "broke during the commit: after a sign-up or a setup, check the state first. If the error stays, see the log "
        "and `/readyz`.",
        example={"retryAfter": 1},
    ),
}
