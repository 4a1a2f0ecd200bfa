"""Access tokens: what is in one, who can verify it, and for how long it is in force."""

import hmac

import pytest

from mudguard.security.keyring import Key, Keyring
from mudguard.security.tokens import (
    CLOCK_SKEW_SECONDS,
    AccessTokens,
    Algorithm,
    Claims,
    ExpiredTokenError,
    TokenError,
)
from tests.security.claims import LIFETIME, NOW, NOW_MS, OWN, PERSON, SESSION, WHOLE
from tests.security.compact import parts, signature, signing_key, verifies
from tests.security.conftest import Issuer


def test_a_token_speaks_for_its_person_and_session(tokens: AccessTokens) -> None:
    assert tokens.read(tokens.issue(OWN, now_ms=NOW_MS), now_ms=NOW_MS) == Claims(PERSON, SESSION)


def test_a_token_says_what_it_was_given_and_who_made_it_for_whom_and_until_when(tokens: AccessTokens) -> None:
    _, claims, _ = parts(tokens.issue(OWN, now_ms=NOW_MS + 999))
    assert claims == WHOLE


def test_the_header_names_the_algorithm_and_the_first_key(
    tokens: AccessTokens, algorithm: Algorithm, ring: Keyring
) -> None:
    header, _, _ = parts(tokens.issue(OWN, now_ms=NOW_MS))
    assert header == {"typ": "JWT", "alg": algorithm.value, "kid": ring.first.name}


@pytest.mark.parametrize("algorithm", [Algorithm.HS256], indirect=True)
def test_an_hs256_token_carries_the_hmac_of_the_derived_key(tokens: AccessTokens, ring: Keyring) -> None:
    token = tokens.issue(OWN, now_ms=NOW_MS)
    expected = signature(token.rpartition(".")[0].encode(), signing_key(ring.first, Algorithm.HS256))
    assert hmac.compare_digest(parts(token)[2], expected)


@pytest.mark.parametrize("algorithm", [Algorithm.HS256], indirect=True)
def test_the_key_of_hs256_is_not_published(tokens: AccessTokens) -> None:
    assert tokens.public_keys() == []


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256], indirect=True)
def test_the_published_key_of_its_kid_verifies_a_token(tokens: AccessTokens) -> None:
    token = tokens.issue(OWN, now_ms=NOW_MS)
    keys = {jwk["kid"]: jwk for jwk in tokens.public_keys()}
    assert verifies(token, keys.pop(parts(token)[0]["kid"]))
    assert not any(verifies(token, other) for other in keys.values())


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256], indirect=True)
def test_every_key_of_the_ring_is_published_without_its_private_part(tokens: AccessTokens, ring: Keyring) -> None:
    published = tokens.public_keys()
    assert [jwk["kid"] for jwk in published] == [key.name for key in ring]
    assert all("d" not in jwk and jwk["use"] == "sig" for jwk in published)


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        (Algorithm.EDDSA, {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA"}),
        (Algorithm.ES256, {"kty": "EC", "crv": "P-256", "alg": "ES256"}),
    ],
    indirect=["algorithm"],
)
def test_published_keys_say_what_they_are_for(tokens: AccessTokens, kind: dict[str, str]) -> None:
    assert all(kind.items() <= jwk.items() for jwk in tokens.public_keys())


def test_a_token_of_an_older_key_is_still_read(server_with: Issuer, ring: Keyring, older_ring: Keyring) -> None:
    token = server_with(older_ring).issue(OWN, now_ms=NOW_MS)
    assert server_with(ring).read(token, now_ms=NOW_MS) == Claims(PERSON, SESSION)


def test_a_token_of_a_key_that_left_the_ring_is_not(server_with: Issuer, ring: Keyring, older_ring: Keyring) -> None:
    token = server_with(ring).issue(OWN, now_ms=NOW_MS)
    with pytest.raises(TokenError):
        server_with(older_ring).read(token, now_ms=NOW_MS)


def test_servers_with_one_ring_read_each_other_s_tokens(server_with: Issuer, ring: Keyring) -> None:
    token = server_with(ring).issue(OWN, now_ms=NOW_MS)
    assert server_with(ring).read(token, now_ms=NOW_MS) == Claims(PERSON, SESSION)


def test_a_token_is_in_force_until_the_end_of_its_life(tokens: AccessTokens) -> None:
    token = tokens.issue(OWN, now_ms=NOW_MS)
    assert tokens.read(token, now_ms=NOW_MS + LIFETIME * 1000 - 1)
    with pytest.raises(ExpiredTokenError):
        tokens.read(token, now_ms=NOW_MS + LIFETIME * 1000)


def test_a_token_that_is_over_and_forged_is_not_told_to_be_over(
    server_with: Issuer, ring: Keyring, foreign_ring: Keyring
) -> None:
    token = server_with(foreign_ring).issue(OWN, now_ms=NOW_MS)
    with pytest.raises(TokenError) as caught:
        server_with(ring).read(token, now_ms=NOW_MS + 10**9)
    assert not isinstance(caught.value, ExpiredTokenError)


def test_a_token_that_was_read_while_in_force_is_over_at_its_end_all_the_same(tokens: AccessTokens) -> None:
    token = tokens.issue(OWN, now_ms=NOW_MS)
    tokens.read(token, now_ms=NOW_MS)
    with pytest.raises(ExpiredTokenError):
        tokens.read(token, now_ms=NOW_MS + LIFETIME * 1000)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_clock_that_is_a_little_ahead_is_put_up_with(tokens: AccessTokens, name: str) -> None:
    token = tokens.issue({**OWN, name: NOW + CLOCK_SKEW_SECONDS}, now_ms=NOW_MS)
    assert tokens.read(token, now_ms=NOW_MS)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_of_the_future_is_not_in_force(tokens: AccessTokens, name: str) -> None:
    token = tokens.issue({**OWN, name: NOW + CLOCK_SKEW_SECONDS + 1}, now_ms=NOW_MS)
    with pytest.raises(TokenError, match="not in force yet"):
        tokens.read(token, now_ms=NOW_MS)


def test_keys_of_different_algorithms_have_nothing_in_common() -> None:
    key = Key.of(b"n" * 32)
    assert len({key.derive(f"access tokens {algorithm}") for algorithm in Algorithm}) == 3
