"""Where a request comes from."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from mudguard.authn.callers import Visitor

Network = IPv4Network | IPv6Network

MAX_USER_AGENT = 256
_IPV6_PREFIX = 64
"""One household or server usually has a /64 to itself."""


class Visitors:
    """Finds the client's address: the peer's, or the one that trusted proxies give in X-Forwarded-For."""

    def __init__(self, trusted_proxies: Sequence[Network]) -> None:
        self._trusted = tuple(trusted_proxies)

    def of(self, request: Request) -> Visitor:
        """The visitor who sent `request`."""
        peer = request.client.host if request.client else ""
        address = self._behind_proxies(peer, request) if self._trusted else peer
        user_agent = request.headers.get("user-agent", "")[:MAX_USER_AGENT]
        return Visitor(_network_of(address), user_agent, request.state.request_id)

    def _behind_proxies(self, peer: str, request: Request) -> str:
        """The first address from the right that is not a trusted proxy's. Clients can write everything left of it."""
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


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Read `text` as an address; None if it is not one. A dual-stack socket shows IPv4 written as IPv6."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), _IPV6_PREFIX), strict=False).network_address)
    return str(parsed or address)
