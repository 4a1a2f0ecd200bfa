"""Where a request comes from, and how often it may."""

from collections.abc import Sequence
from enum import StrEnum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import time

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from mudguard.http.errors import RefusedError
from mudguard.rules.refusals import Code, Refused
from mudguard.sign_in.bearer import Visitor

Network = IPv4Network | IPv6Network

MAX_USER_AGENT = 256
_IPV6_PREFIX = 64
"""One household or server usually has a /64 to itself."""


class Visitors:
    """Finds the client's address: the peer's, or what trusted proxies say of it in X-Forwarded-For."""

    def __init__(self, trusted_proxies: Sequence[Network]) -> None:
        self._trusted = tuple(trusted_proxies)

    def of(self, request: Request) -> Visitor:
        """The visitor who sent `request`."""
        peer = request.client.host if request.client else ""
        address = self._behind_proxies(peer, request) if self._trusted else peer
        return Visitor(_network_of(address), request.headers.get("user-agent", "")[:MAX_USER_AGENT])

    def _behind_proxies(self, peer: str, request: Request) -> str:
        """The last address, read from the right, that no trusted proxy has: what is left of it anyone can write."""
        hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
        address = peer
        while hops and self._is_trusted(address):
            candidate = hops.pop()
            if _parsed(candidate) is None:
                break
            address = candidate
        return address

    def _is_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._trusted)


class Door(StrEnum):
    """What is limited by address."""

    LOGIN = auto()
    CHALLENGE = auto()
    REGISTER = auto()
    REFRESH = auto()


PER_MINUTE = {Door.LOGIN: 60, Door.CHALLENGE: 60, Door.REGISTER: 20, Door.REFRESH: 120}
"""Requests that one address may make in any minute."""


class AddressLimits:
    """Limits per address, to shed load; what protects accounts stands in the database."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, door: Door, visitor: Visitor) -> None:
        """Count a request. Raises `RefusedError` when the address has had its share."""
        item = RateLimitItemPerMinute(PER_MINUTE[door])
        if self._enabled and not self._limiter.hit(item, door, visitor.address):
            reset = self._limiter.get_window_stats(item, door, visitor.address).reset_time
            raise RefusedError(Refused(Code.RATE_LIMITED, retry_after=max(1, int(reset - time()) + 1)))


class AddressLimit:
    """A dependency that limits one door."""

    def __init__(self, door: Door, limits: AddressLimits, visitors: Visitors) -> None:
        self._door = door
        self._limits = limits
        self._visitors = visitors

    async def __call__(self, request: Request) -> Visitor:
        """The visitor, whose request is counted. Raises `RefusedError`."""
        visitor = self._visitors.of(request)
        self._limits.check(self._door, visitor)
        return visitor


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address spelt `text`, None if it is none. A socket for both versions shows IPv4 written as IPv6."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network_of(address: str) -> str:
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), _IPV6_PREFIX), strict=False).network_address)
    return str(parsed or address)
