"""Who sends a request: a visitor, a person with an access token, or an API key."""

from dataclasses import dataclass, field

from mudguard.security.tokens import Claims


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from. IPv6 addresses are cut to their /64 network."""

    address: str
    user_agent: str = ""
    request_id: str = ""


COMMAND_LINE = Visitor("command line")
"""The person who works on the server's own machine."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A visitor with a genuine access token. `SessionGuard` says whether its session is still active."""

    claims: Claims
    visitor: Visitor


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A request with an API key that has not been looked up yet."""

    secret: str = field(repr=False)
