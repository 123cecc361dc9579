"""C2SP's Wycheproof vectors, each through the code that verifies such a token in service.

- ed25519_test: access tokens. All of it, by the algorithm that `AccessTokens` verifies with; its messages are
  no JWTs, so not by `AccessTokens` itself. Its JWKs are as our own JWK Set writes these keys.
- json_web_signature_test and json_web_key_test: ID tokens and the provider's JWK Set, by `oidc.id_token`, for
  the algorithms taken there. Of groups for others not even what is valid is taken, which is shown as well:

  - MACs (HS256, HS384, HS512): their keys are secrets, which no provider publishes;
  - RS384, RS512, PS384, PS512, ES521 (sic): Telstar takes one algorithm of each family;
  - one vector that signs PS384 with a key for PS256 (RFC 7520, Figure 20): a token's algorithm is its key's.

  One vector is left out: a key with the ROCA weakness. How a provider makes its keys is not ours to judge.
  JWS in JSON (RFC 7515 §7.2) are no tokens. There are no vectors for EdDSA.
"""

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from support.api_world import NOON
from support.wycheproof import vectors
from telstar_api.auth import jwk
from telstar_api.auth.tokens import ALGORITHM
from telstar_api.oidc.id_token import ALGORITHMS, Expected, IdTokenRefused, identity

SIGNATURES, KEYS = "json_web_signature_test.json", "json_web_key_test.json"
OF_ANOTHER_ALGORITHM = {"Figure20"}
ROCA = "rejectsKeyWithRocaVulnerability"
Vector = tuple[list[dict[str, Any]], dict[str, Any]]


def test_ed25519_as_access_tokens_are_verified() -> None:
    algorithm = jwt.PyJWS().get_algorithm_by_name(ALGORITHM)
    results = []
    for group, test in vectors("ed25519_test.json"):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        right = algorithm.verify(bytes.fromhex(test["msg"]), key, bytes.fromhex(test["sig"]))
        assert right == (test["result"] == "valid"), (test["tcId"], test["comment"])
        results.append(right)
    assert results.count(True) > 50
    assert results.count(False) > 50


def test_our_keys_are_written_as_wycheproof_writes_them() -> None:
    for group, _ in vectors("ed25519_test.json"):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        (ours,) = jwk.key_set({jwk.thumbprint(key): key}).keys
        theirs = group["publicKeyJwk"]
        assert (ours.kty, ours.crv, ours.x) == (theirs["kty"], theirs["crv"], theirs["x"])


def of(name: str) -> Iterator[Vector]:
    """Each test with its keys; the public ones where there are any, as a provider has them."""
    for group, test in vectors(name):
        keys = group.get("public") or group["private"]
        yield keys.get("keys", [keys]), test


def signed(token: str, keys: list[dict[str, Any]]) -> bool:
    """Whether `oidc.id_token` finds the signature right; no vector's content is claims: all are refused."""
    with pytest.raises(IdTokenRefused) as refused:
        identity(token, {"keys": keys}, Expected("https://provider.test", "telstar", "nonce"), NOON)
    cause = refused.value.__cause__
    return isinstance(cause, jwt.DecodeError) and "Invalid payload string" in str(cause)


def for_id_tokens(keys: list[dict[str, Any]]) -> bool:
    """Whether the keys could be a provider's, or are not for signing at all."""
    return all(key.get("alg", "RS256") in ALGORITHMS for key in keys)


@pytest.mark.parametrize("name", [SIGNATURES, KEYS])
def test_what_is_invalid_is_no_id_token(name: str) -> None:
    checked = 0
    for keys, test in of(name):
        if test["result"] == "invalid" and test["comment"] != ROCA:
            jws = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            assert not signed(jws, keys), (test["tcId"], test["comment"])
            checked += 1
    assert checked > (300 if name == SIGNATURES else 18)


@pytest.mark.parametrize("name", [SIGNATURES, KEYS])
def test_what_is_valid_and_of_a_taken_algorithm_is_an_id_token_s_signature(name: str) -> None:
    taken = 0
    for keys, test in of(name):
        if test["result"] == "valid":
            token = isinstance(test["jws"], str) and test["jws"].count(".") == 2
            expected = token and for_id_tokens(keys) and test["comment"] not in OF_ANOTHER_ALGORITHM
            jws = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            assert signed(jws, keys) == expected, (test["tcId"], test["comment"])
            taken += expected
    assert taken > (10 if name == SIGNATURES else 0)
