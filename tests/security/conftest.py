"""Key rings and issuers of access tokens for the tests of security."""

from collections.abc import Callable

import pytest

from mudguard.security.keyring import Key, Keyring
from mudguard.security.tokens import AccessTokens, Algorithm
from tests.security.claims import AUDIENCE, ISSUER, LIFETIME

Issuer = Callable[[Keyring], AccessTokens]


@pytest.fixture
def ring() -> Keyring:
    """A ring of two keys, of which the first is the newer."""
    return Keyring([Key.of(b"n" * 32), Key.of(b"o" * 32)])


@pytest.fixture
def older_ring() -> Keyring:
    """The ring as it was before its newer key was added."""
    return Keyring([Key.of(b"o" * 32)])


@pytest.fixture
def foreign_ring() -> Keyring:
    """Somebody else's."""
    return Keyring([Key.of(b"f" * 32)])


@pytest.fixture(params=Algorithm)
def algorithm(request: pytest.FixtureRequest) -> Algorithm:
    """Each algorithm in turn."""
    chosen: Algorithm = request.param
    return chosen


@pytest.fixture
def server_with(algorithm: Algorithm) -> Issuer:
    """The tokens of a server that has a given ring."""
    return lambda ring: AccessTokens(ring, algorithm=algorithm, issuer=ISSUER, audience=AUDIENCE, lifetime=LIFETIME)


@pytest.fixture
def tokens(server_with: Issuer, ring: Keyring) -> AccessTokens:
    """The tokens of the server under test."""
    return server_with(ring)
