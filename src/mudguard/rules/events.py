"""Security events: records of what happened to accounts, and the chain that shows tampering."""

import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

MAC_BYTES = 32


class EventType(StrEnum):
    """What was attempted."""

    ACCOUNT_REGISTER = "account.register"
    ACCOUNT_ERASE = "account.erase"
    ACCOUNT_STATUS = "account.status"
    PROFILE_UPDATE = "profile.update"
    EMAIL_VERIFY = "email.verify"
    PASSWORD_CHANGE = "password.change"  # noqa: S105  # a name
    PASSWORD_RESET = "password.reset"  # noqa: S105  # a name
    SIGN_IN_PASSWORD = "sign_in.password"  # noqa: S105  # a name
    SIGN_IN_SECOND_FACTOR = "sign_in.second_factor"
    SESSION_REFRESH = "session.refresh"
    SESSION_REVOKE = "session.revoke"
    TWO_FACTOR_SETUP = "two_factor.setup"
    TWO_FACTOR_VERIFY = "two_factor.verify"
    TWO_FACTOR_DISABLE = "two_factor.disable"
    TWO_FACTOR_RESET = "two_factor.reset"
    BACKUP_CODES = "two_factor.backup_codes"
    PROJECT_CREATE = "project.create"
    PROJECT_UPDATE = "project.update"
    PROJECT_DELETE = "project.delete"
    API_KEY_CREATE = "api_key.create"
    API_KEY_UPDATE = "api_key.update"
    API_KEY_REGENERATE = "api_key.regenerate"
    API_KEY_DELETE = "api_key.delete"


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the trail. `person_id` is the account's, and empty if nobody has the e-mail address."""

    id: str
    person_id: str
    project_id: str | None
    at: int
    type: EventType
    outcome: Outcome
    reason: str | None
    factor: str | None
    actor: str
    address: str
    request_id: str

    def canonical(self) -> bytes:
        """The bytes that the chain protects: all fields in order, without ambiguity."""
        fields = [
            self.id, self.person_id, self.project_id, self.at, self.type, self.outcome, self.reason, self.factor,
            self.actor, self.address, self.request_id,
        ]  # fmt: skip
        return json.dumps(fields, separators=(",", ":")).encode()


def first_link(key: bytes, stream: str) -> bytes:
    """The link before the first event of a stream."""
    return hmac.digest(key, b"stream\0" + stream.encode(), "sha256")


def link(key: bytes, previous: bytes, position: int, event: Event) -> bytes:
    """The keyed hash over an event, its position, and the link before it (HMAC, RFC 2104)."""
    return hmac.digest(key, b"event\0" + previous + position.to_bytes(8, "big") + event.canonical(), "sha256")


def head_mac(key: bytes, stream: str, length: int, last_link: bytes) -> bytes:
    """The keyed hash over a stream's length and last link, so that nobody can cut off its end."""
    return hmac.digest(key, b"head\0" + stream.encode() + length.to_bytes(8, "big") + last_link, "sha256")


def stream_count_mac(key: bytes, streams: int) -> bytes:
    """The keyed hash over the number of streams, so that nobody can remove one with its head."""
    return hmac.digest(key, b"roll\0" + streams.to_bytes(8, "big"), "sha256")
