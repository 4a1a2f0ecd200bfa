"""Attacks 34 to 36: access tokens that are forged, incomplete, or signed by a key that has gone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mudguard.security import keyring
from mudguard.security.keyring import Key
from mudguard.security.tokens import Algorithm
from tests.conftest import DatabaseSettings
from tests.security.compact import SigningKey, encoded, parts, signed, signing_key
from tests.support.answers import refusal
from tests.support.people import Player, first_project, operator, person
from tests.support.server import Server

pytestmark = pytest.mark.both_databases

ME = "/api/users/me"
ATTACKER = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
ATTACKER_JWK = {"kty": "OKP", "crv": "Ed25519", "x": encoded(ATTACKER.public_key().public_bytes_raw())}
INVALID = 401, "INVALID_TOKEN"

Parts = tuple[dict[str, Any], dict[str, Any], SigningKey]
Forgery = Callable[[dict[str, Any], dict[str, Any], SigningKey], str]


@pytest.fixture(params=[Algorithm.HS256, Algorithm.EDDSA])
def target(
    request: pytest.FixtureRequest, tmp_path: Path, own_database: DatabaseSettings
) -> Iterator[tuple[Player, Parts]]:
    """Somebody with a genuine token, and what it is made of, stolen key included."""
    with Server(tmp_path, token_algorithm=request.param, **own_database) as server:
        player = operator(server)
        header, said, _ = parts(player.token)
        key = signing_key(keyring.load(server.settings.keyring_path).first, request.param)
        assert answer_to(player, signed(header, said, key)) == (200, "no code"), "the forge makes genuine tokens"
        yield player, (header, said, key)


def answer_to(player: Player, token: str) -> tuple[int, str]:
    return refusal(player.client.get(ME, headers={"Authorization": f"Bearer {token}"}))


def _unsigned(header: dict[str, Any], said: dict[str, Any], key: SigningKey) -> str:
    return signed({**header, "alg": "none"}, said, key).rpartition(".")[0] + "."


def _signature_of_another(header: dict[str, Any], said: dict[str, Any], key: SigningKey) -> str:
    return signed(header, {**said, "role": "owner", "sub": "f" * 24}, key).rpartition(".")[0] + "." + encoded(b"x" * 32)


def _public_key_as_hmac_secret(header: dict[str, Any], said: dict[str, Any], key: SigningKey) -> str:
    public = key.public_key().public_bytes_raw() if isinstance(key, Ed25519PrivateKey) else b""
    return signed({**header, "alg": "HS256"}, said, public or b"\0" * 32)


def _own_key_beside_it(header: dict[str, Any], said: dict[str, Any], _key: SigningKey) -> str:
    return signed({**header, "alg": "EdDSA", "jwk": ATTACKER_JWK}, said, ATTACKER)


def _own_key_set_elsewhere(header: dict[str, Any], said: dict[str, Any], _key: SigningKey) -> str:
    return signed({**header, "alg": "EdDSA", "jku": "https://attacker.test/jwks.json"}, said, ATTACKER)


def _key_id_as_a_path(header: dict[str, Any], said: dict[str, Any], _key: SigningKey) -> str:
    return signed({**header, "alg": "HS256", "kid": "../../../../dev/null"}, said, b"")


def _key_id_of_nothing(header: dict[str, Any], said: dict[str, Any], _key: SigningKey) -> str:
    return signed({**header, "alg": "HS256", "kid": ""}, said, b"")


def _unknown_critical_header(header: dict[str, Any], said: dict[str, Any], key: SigningKey) -> str:
    return signed({**header, "crit": ["policy"], "policy": "deny"}, said, key)


FORGERIES: list[Forgery] = [
    _unsigned, _signature_of_another, _public_key_as_hmac_secret, _own_key_beside_it, _own_key_set_elsewhere,
    _key_id_as_a_path, _key_id_of_nothing, _unknown_critical_header,
]  # fmt: skip


def test_34_a_forged_signature(target: tuple[Player, Parts]) -> None:
    """CVE-2026-32597. Fails when `"verify_signature": False` stands in the options in security/tokens.py."""
    player, made_of = target
    answers = {forge.__name__: answer_to(player, forge(*made_of)) for forge in FORGERIES}
    assert answers == dict.fromkeys(answers, INVALID)


def test_35_missing_or_wrong_claims(target: tuple[Player, Parts]) -> None:
    """Fails when `audience` or `issuer` is dropped, or the look at `iat` and `nbf`, in
    security/tokens.py.
    """
    player, (header, said, key) = target
    future = int(time.time()) + 3_600
    wrong: list[dict[str, Any]] = [
        {"aud": "another"}, {"aud": ["mudguard"]}, {"aud": None}, {"iss": "https://attacker.test"}, {"iss": None},
        {"exp": "never"}, {"exp": float("inf")}, {"exp": None}, {"sub": None}, {"sub": 7}, {"sid": None}, {"sid": 7},
        {"iat": future}, {"nbf": future}, {"iat": "now"}, {"nbf": []},
    ]  # fmt: skip
    tokens = {str(change): signed(header, {**said, **change}, key) for change in wrong}
    for name in ("aud", "iss", "exp", "sub", "sid", "iat"):
        tokens[f"no {name}"] = signed(header, {claim: said[claim] for claim in said if claim != name}, key)
    answers = {change: answer_to(player, token) for change, token in tokens.items()}
    assert answers == dict.fromkeys(answers, INVALID)


def test_35_an_expired_token(target: tuple[Player, Parts]) -> None:
    """Fails when `now >= expires` in security/tokens.py is dropped."""
    player, (header, said, key) = target
    assert answer_to(player, signed(header, {**said, "exp": int(time.time()) - 1}, key)) == (401, "TOKEN_EXPIRED")


def test_36_a_key_rotation_in_mid_flight(own_server: Server) -> None:
    """Fails when `_follow` in security/keyring.py find() is dropped, or when only the first key is looked at."""
    path = own_server.settings.keyring_path
    owner = operator(own_server).enrol()
    newcomer = person(own_server, first_project(owner))
    newcomer.begin_setup()
    challenge = owner.challenge()
    (old,) = keyring.read(path)
    keyring.write(path, [Key.fresh(), replace(old, replaced_at=int(time.time()))])
    settings = own_server.settings
    with Server(settings.data_dir, clock=own_server.clock, database_url=settings.database_url) as after:
        assert owner.at(after).get(ME).status_code == 200, "a token of the old key lives out its time"
        assert newcomer.at(after).post("/api/users/2fa/verify", {"token": newcomer.code()}).status_code == 200
        signed_in = owner.in_session_of(owner.at(after).answer(challenge, owner.fresh_code()))
        assert parts(signed_in.token)[0]["kid"] != parts(owner.token)[0]["kid"]
        assert signed_in.get(ME).status_code == 200, "a server from before the rotation reads the new key's token"


def test_36_a_token_of_a_key_that_is_in_no_ring(target: tuple[Player, Parts]) -> None:
    """Fails when security/tokens.py _reading() falls back to the first key where `kid` is unknown."""
    player, (header, said, key) = target
    assert answer_to(player, signed({**header, "kid": Key.fresh().name}, said, key)) == INVALID
