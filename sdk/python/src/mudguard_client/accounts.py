"""Results of the calls about accounts, sessions and the second factor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mudguard_client.results import Result, hidden, hidden_or_none, result


@result
class Message(Result):
    """A sentence that says what was done."""

    message: str


@result
class Organisation(Result):
    """The organisation of an operator."""

    id: str
    name: str
    slug: str


@result
class User(Result):
    """A person. Sign-in and sign-up to a project show only a part: what they leave out is `None`."""

    id: str
    email: str
    first_name: str
    last_name: str
    email_verified: bool
    full_name: str | None = None
    avatar: str | None = None
    role: str | None = None
    """`owner`, `admin`, `member` or `viewer`."""
    custom_role: str | None = None
    """The project's own role."""
    is_anonymous: bool | None = None
    phone_verified: bool | None = None
    two_factor_enabled: bool | None = None
    last_login: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    org: Organisation | None = None
    """Of operators."""


@result
class SignIn(Result):
    """A sign-in. The client has kept its tokens already."""

    message: str
    user: User
    token: str = hidden()
    refresh_token: str = hidden()
    expires_in: int
    """Seconds that `token` lives."""


@result
class SignUp(Result):
    """A sign-up. Without tokens where a verified address or approval comes first."""

    message: str
    user: User
    require_verification: bool = False
    token: str | None = hidden_or_none()
    refresh_token: str | None = hidden_or_none()
    expires_in: int | None = None


@result
class Session(Result):
    """The current session."""

    user: User
    authenticated: bool


@result
class Profile(Result):
    """The person."""

    user: User


@result
class UpdatedProfile(Result):
    """The person after a change."""

    message: str
    user: User


@result
class ExportedData(Result):
    """Everything that is kept about a person."""

    exported_at: datetime
    user: User
    projects: tuple[Mapping[str, Any], ...]
    transactions: tuple[Mapping[str, Any], ...]
    files: tuple[Mapping[str, Any], ...]
    integrations: tuple[Mapping[str, Any], ...]
    api_keys: tuple[Mapping[str, Any], ...]


@result
class SessionDescription(Result):
    """One place where a person is signed in."""

    id: str
    current: bool
    """Whether it is this one."""
    aal: str
    """`aal2` where a second factor was proved."""
    address: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime


@result
class Sessions(Result):
    """Where a person is signed in."""

    sessions: tuple[SessionDescription, ...]
    total: int


@result
class SecurityEvent(Result):
    """Something that happened to an account."""

    id: str
    type: str
    """What was attempted, such as `sign_in.password`."""
    outcome: str
    """`success` or `refused`."""
    reason: str | None = None
    """The code that it was refused with."""
    factor: str | None = None
    person_id: str | None = None
    actor: str
    address: str
    request_id: str
    at: datetime


@result
class EventsPage(Result):
    """A page of events, the newest first."""

    events: tuple[SecurityEvent, ...]
    next_before: str | None = None
    """Pass as `before` for older ones; `None` at the end."""


@result
class TwoFactorSetup(Result):
    """A started enrolment."""

    secret: str = hidden()
    """160 random bits in base32."""
    qr_code: str = hidden()
    """A PNG as a data URI, for the `src` of an image; an authenticator app scans it."""
    manual_entry_key: str = hidden()
    """The secret in groups of four, to be typed by hand."""
    backup_codes: tuple[str, ...] | None = hidden_or_none()
    """10 codes of 8 digits, each good once; they count once the enrolment is verified.

    `None` where the server is set not to give them here: get them from `regenerate_backup_codes`.
    """


@result
class TwoFactorStatus(Result):
    """Where the second factor stands."""

    enabled: bool
    """Whether sign-in asks for a code."""
    pending: bool
    """Whether a setup waits to be verified."""
    enabled_at: datetime | None = None
    backup_codes_remaining: int
    """How many backup codes are unused."""


@result
class BackupCodes(Result):
    """A set of backup codes, each good once."""

    backup_codes: tuple[str, ...] = hidden()
