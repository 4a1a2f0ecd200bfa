"""Security events as answers, page by page."""

from typing import Annotated, Any

from pydantic import Field

from mudguard.rules.events import Event
from mudguard.web.answers import Id, ResponseModel, Timestamp, timestamp
from mudguard.web.inputs import QueryModel

DEFAULT_PAGE = 50
LARGEST_PAGE = 200


class EventsQuery(QueryModel):
    """Which page of events."""

    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=LARGEST_PAGE, description="How many events.")
    before: Annotated[str, Field(pattern="^[0-9]{1,15}-[0-9a-f]{24}$")] | None = Field(
        default=None, description="`nextBefore` of the last page: goes on with older ones."
    )

    @property
    def cursor(self) -> tuple[int, str] | None:
        """The event that `before` names, as moment and id."""
        if self.before is None:
            return None
        moment, _, event_id = self.before.partition("-")
        return int(moment), event_id


EXAMPLE: dict[str, Any] = {
    "events": [
        {
            "_id": "665f1c2ab7d94e0012ab34d1",
            "type": "sign_in.second_factor",
            "outcome": "refused",
            "reason": "INVALID_TWO_FACTOR_CODE",
            "factor": "totp",
            "personId": "665f1c2ab7d94e0012ab34cd",
            "actor": "665f1c2ab7d94e0012ab34cd",
            "address": "192.0.2.7",
            "requestId": "5f2b9c0e7a1d4c36",
            "at": "2026-01-02T03:04:05.000Z",
        }
    ]
}


class SecurityEvent(ResponseModel):
    """Something that happened to an account."""

    id: Id = Field(alias="_id")
    type: str = Field(description="What was attempted, such as `sign_in.password`.")
    outcome: str = Field(description="`success` or `refused`.")
    reason: str | None = Field(default=None, description="The code it was refused with.")
    factor: str | None = Field(default=None, description="`totp` or `backup_code`, where one was shown.")
    person_id: str = Field(description="Whose account; empty where nobody has the e-mail address.")
    actor: str = Field(description="Who did it: a person's id, or `command line`.")
    address: str
    request_id: str
    at: Timestamp


class SecurityEventsResponse(ResponseModel):
    """Security events, the newest first."""

    events: list[SecurityEvent]
    next_before: str | None = Field(default=None, description="Send as `before` for older events; left out at the end.")


def page(events: list[Event], *, limit: int) -> SecurityEventsResponse:
    """One page. `events` has one more than `limit` if there are older ones."""
    shown = events[:limit]
    optional = {"next_before": f"{shown[-1].at}-{shown[-1].id}"} if len(events) > limit else {}
    return SecurityEventsResponse(events=[described(event) for event in shown], **optional)


def described(event: Event) -> SecurityEvent:
    """An event, without empty keys."""
    optional = {"reason": event.reason, "factor": event.factor}
    return SecurityEvent(
        id=event.id,
        type=event.type.value,
        outcome=event.outcome.value,
        person_id=event.person_id,
        actor=event.actor,
        address=event.address,
        request_id=event.request_id,
        at=timestamp(event.at),
        **{name: value for name, value in optional.items() if value is not None},
    )
