"""Access tokens that are refused: forged, of another kind, incomplete, or nonsense (RFC 8725)."""

import hashlib
import hmac
import json
import socket
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from mudguard.security.keyring import Key, Keyring
from mudguard.security.tokens import MAX_LENGTH, AccessTokens, Algorithm, TokenError
from tests.security.claims import AUDIENCE, ISSUER, NOW, NOW_MS, OWN, WHOLE
from tests.security.compact import SigningKey, decoded, encoded, parts, signature, signed, signing_key
from tests.security.conftest import Issuer

ATTACKER = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
ATTACKER_JWK = {"kty": "OKP", "crv": "Ed25519", "x": encoded(ATTACKER.public_key().public_bytes_raw()), "kid": "mine"}

ABSENT = object()


@pytest.fixture
def header(algorithm: Algorithm, ring: Keyring) -> dict[str, Any]:
    """The header of a genuine token."""
    return {"alg": algorithm.value, "typ": "JWT", "kid": ring.first.name}


@pytest.fixture
def key(algorithm: Algorithm, ring: Keyring) -> SigningKey:
    """The key of a genuine token."""
    return signing_key(ring.first, algorithm)


def is_refused(tokens: AccessTokens, token: str) -> bool:
    try:
        tokens.read(token, now_ms=NOW_MS)
    except TokenError:
        return True
    return False


def test_the_forge_makes_genuine_tokens_too(tokens: AccessTokens, header: dict[str, Any], key: SigningKey) -> None:
    assert not is_refused(tokens, signed(header, WHOLE, key))


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None, 0, ABSENT])
def test_no_algorithm_is_no_signature(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: object
) -> None:
    unsigned = {**header, "alg": name} if name is not ABSENT else {"typ": "JWT", "kid": header["kid"]}
    head, _, end = signed(unsigned, WHOLE, key).rpartition(".")
    assert [is_refused(tokens, f"{head}.{rest}") for rest in ("", end)] == [True, True]


@pytest.mark.parametrize("other", Algorithm)
def test_a_server_accepts_its_own_algorithm_only(
    tokens: AccessTokens, header: dict[str, Any], algorithm: Algorithm, ring: Keyring, other: Algorithm
) -> None:
    token = signed({**header, "alg": other.value}, WHOLE, signing_key(ring.first, other))
    assert is_refused(tokens, token) is (other is not algorithm)


@pytest.mark.parametrize("name", ["HS384", "HS512", "RS256", "PS256", "ES384", "ES256K", "EdDSA ", "hs256", "ES256\0"])
def test_no_further_algorithm_is_accepted(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: str
) -> None:
    assert is_refused(tokens, signed({**header, "alg": name}, WHOLE, key))


@pytest.mark.parametrize("digest", [hashlib.sha384, hashlib.sha512])
@pytest.mark.parametrize("algorithm", [Algorithm.HS256], indirect=True)
def test_a_longer_hmac_with_the_right_key_is_another_algorithm(
    tokens: AccessTokens, header: dict[str, Any], ring: Keyring, digest: Any
) -> None:
    secret = signing_key(ring.first, Algorithm.HS256)
    assert isinstance(secret, bytes)
    name = f"HS{digest().digest_size * 8}"
    head = f"{encoded(json.dumps({**header, 'alg': name}).encode())}.{encoded(json.dumps(WHOLE).encode())}"
    assert is_refused(tokens, f"{head}.{encoded(hmac.digest(secret, head.encode(), digest))}")


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256], indirect=True)
def test_a_public_key_is_no_hmac_secret(tokens: AccessTokens, header: dict[str, Any]) -> None:
    jwk = tokens.public_keys()[0]
    spellings = [json.dumps(jwk).encode(), jwk["x"].encode(), decoded(jwk["x"])]
    forged = [signed({**header, "alg": "HS256"}, WHOLE, secret) for secret in spellings]
    assert [is_refused(tokens, token) for token in forged] == [True] * 3


@pytest.mark.parametrize(
    "kid", [ABSENT, None, "", "unknown", 1, ["x"], {}, "../../dev/null", "' OR 1=1 --", "x" * 2_000]
)
def test_a_key_that_is_not_named_or_not_in_the_ring_verifies_nothing(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, kid: object
) -> None:
    named = {**header, "kid": kid} if kid is not ABSENT else {name: header[name] for name in ("alg", "typ")}
    assert is_refused(tokens, signed(named, WHOLE, key))


def test_a_signature_of_one_key_is_not_taken_for_the_other_s(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, older_ring: Keyring
) -> None:
    assert is_refused(tokens, signed({**header, "kid": older_ring.first.name}, WHOLE, key))


def test_a_foreign_ring_s_token_is_refused(tokens: AccessTokens, server_with: Issuer, foreign_ring: Keyring) -> None:
    assert is_refused(tokens, server_with(foreign_ring).issue(OWN, now_ms=NOW_MS))


@pytest.mark.parametrize("alg", ["EdDSA", None])
@pytest.mark.parametrize("kid", ["mine", None])
@pytest.mark.parametrize(
    "trick",
    [{"jwk": ATTACKER_JWK}, {"x5c": ["MIIB"]}, {"jku": "https://evil.test/jwks"}, {"x5u": "https://evil.test/crt"}],
)
def test_a_key_that_comes_with_the_token_is_not_looked_at(
    tokens: AccessTokens, header: dict[str, Any], trick: dict[str, object], kid: str | None, alg: str | None
) -> None:
    named = {**header, "kid": kid or header["kid"], "alg": alg or header["alg"], **trick}
    assert is_refused(tokens, signed(named, WHOLE, ATTACKER))


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_no_address_in_a_header_is_called(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        is_refused(tokens, signed({**header, name: address}, WHOLE, key))
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("extension", [{"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"crit": []}, {"crit": "x"}])
def test_a_critical_extension_that_is_not_understood_is_refused(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, extension: dict[str, object]
) -> None:
    assert is_refused(tokens, signed({**header, **extension}, WHOLE, key))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time"])
def test_a_token_without_a_required_claim_is_refused(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: str
) -> None:
    assert is_refused(tokens, signed(header, {claim: WHOLE[claim] for claim in WHOLE if claim != name}, key))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://evil.test"),
        ("iss", f"{ISSUER}/"),
        ("iss", [ISSUER]),
        ("iss", None),
        ("aud", "another"),
        ("aud", [AUDIENCE]),
        ("aud", [AUDIENCE, "another"]),
        ("aud", AUDIENCE.upper()),
        ("aud", 1),
        ("sub", 1),
        ("sub", None),
        ("sub", ["x"]),
        ("sid", 1),
        ("sid", None),
        ("sid", {}),
        ("jti", 1),
    ],
)
def test_a_claim_of_another_value_or_kind_is_refused(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: str, value: object
) -> None:
    assert is_refused(tokens, signed(header, {**WHOLE, name: value}, key))


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", [None, True, False, str(NOW), "", [NOW], {}, float("nan"), float("inf"), float("-inf")]
)
def test_a_time_that_is_no_number_is_refused(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, name: str, value: object
) -> None:
    assert is_refused(tokens, signed(header, {**WHOLE, name: value}, key))


@pytest.mark.parametrize("claims", [None, [], "text", 1, [WHOLE]])
def test_claims_that_are_no_object_are_refused(
    tokens: AccessTokens, header: dict[str, Any], key: SigningKey, claims: object
) -> None:
    assert is_refused(tokens, signed(header, claims, key))


@pytest.mark.parametrize("made_up", [b"", b"\0" * 32, b"\0" * 64, b"\xff" * 64])
def test_a_made_up_signature_is_refused(tokens: AccessTokens, made_up: bytes) -> None:
    head = tokens.issue(OWN, now_ms=NOW_MS).rpartition(".")[0]
    assert is_refused(tokens, f"{head}.{encoded(made_up)}")


@pytest.mark.parametrize("algorithm", [Algorithm.ES256], indirect=True)
def test_a_right_signature_in_another_encoding_is_refused(tokens: AccessTokens) -> None:
    token = tokens.issue(OWN, now_ms=NOW_MS)
    raw = parts(token)[2]
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    assert is_refused(tokens, f"{token.rpartition('.')[0]}.{encoded(der)}")


def test_no_bit_of_header_claims_or_signature_can_be_altered(tokens: AccessTokens) -> None:
    sections = tokens.issue(OWN, now_ms=NOW_MS).split(".")
    for section in range(3):
        for place in range(len(decoded(sections[section]))):
            altered = bytearray(decoded(sections[section]))
            altered[place] ^= 1
            forged = [*sections[:section], encoded(bytes(altered)), *sections[section + 1 :]]
            assert is_refused(tokens, ".".join(forged))


def test_a_signature_does_not_serve_other_claims(tokens: AccessTokens) -> None:
    one, other = (tokens.issue({**OWN, "jti": jti}, now_ms=NOW_MS).split(".") for jti in ("one", "other"))
    assert is_refused(tokens, ".".join([one[0], one[1], other[2]]))


def test_a_genuine_token_that_is_over_long_is_refused(tokens: AccessTokens) -> None:
    token = tokens.issue({**OWN, "email": "x" * MAX_LENGTH}, now_ms=NOW_MS)
    assert is_refused(tokens, token)


@pytest.mark.parametrize(
    "header_text",
    ['{"a":' + "[" * 1_000 + "]" * 1_000 + "}", "[" * 3_000, "9" * 3_000, "null", "[]", '{"alg":', "\ud800", "é"],
    ids=["nested", "unclosed", "a huge number", "null", "a list", "cut short", "a lone surrogate", "not ASCII"],
)
def test_a_header_that_is_nonsense_is_refused(tokens: AccessTokens, header_text: str) -> None:
    head = f"{encoded(header_text.encode('utf-8', 'surrogatepass'))}.{encoded(json.dumps(WHOLE).encode())}"
    assert is_refused(tokens, f"{head}.{encoded(signature(head.encode(), ATTACKER))}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "a.b.c.d", "null", "é.é.é", "\ud800", " ", "\0", "x" * 10**6]
)
def test_what_is_no_token_at_all_is_refused(tokens: AccessTokens, token: str) -> None:
    assert is_refused(tokens, token)


@given(st.text() | st.lists(st.binary(max_size=60).map(encoded), min_size=3, max_size=3).map(".".join))
def test_made_up_text_is_refused_and_nothing_worse(token: str) -> None:
    ring = Keyring([Key.of(b"n" * 32)])
    tokens = AccessTokens(ring, algorithm=Algorithm.HS256, issuer=ISSUER, audience=AUDIENCE, lifetime=60)
    assert is_refused(tokens, token)


def test_a_refusal_says_nothing_of_the_token(tokens: AccessTokens, server_with: Issuer, foreign_ring: Keyring) -> None:
    with pytest.raises(TokenError) as caught:
        tokens.read(server_with(foreign_ring).issue(OWN, now_ms=NOW_MS), now_ms=NOW_MS)
    assert str(caught.value) == "signed by no key of the ring"
