"""C2SP's Wycheproof vectors, where they are at hand: TELSTAR_TEST_WYCHEPROOF names its testvectors_v1 folder.

They are not kept here. Of its files two concern signatures as Telstar verifies them:

- ed25519_test.json: access tokens. All of it.
- json_web_signature_test.json: ID tokens. RS256, PS256 and ES256, of keys with a `kid` or without; left out
  are its MACs, other algorithms, and keys that are not for signing, none of which Telstar takes
  (oidc.id_token refuses them by name, which test_oidc shows). It has none for EdDSA.
"""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOLDER = os.environ.get("TELSTAR_TEST_WYCHEPROOF")
pytestmark = pytest.mark.skipif(not FOLDER, reason="TELSTAR_TEST_WYCHEPROOF names no vectors")
SIGNED = {"RS256", "PS256", "ES256"}


def groups(file: str) -> Iterator[dict[str, Any]]:
    yield from json.loads((Path(str(FOLDER)) / file).read_text())["testGroups"]


def test_ed25519_as_access_tokens_are_verified() -> None:
    algorithm, checked = jwt.algorithms.OKPAlgorithm(), 0
    for group in groups("ed25519_test.json"):
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        for test in group["tests"]:
            right = algorithm.verify(bytes.fromhex(test["msg"]), key, bytes.fromhex(test["sig"]))
            assert right == (test["result"] == "valid"), test["tcId"]
            checked += 1
    assert checked > 100


def verified(key: dict[str, Any], jws: str) -> bool:
    try:
        public = jwt.PyJWK(key)
        header = jwt.get_unverified_header(jws)
        if header.get("alg") != public.algorithm_name or public.algorithm_name not in SIGNED:
            return False
        jwt.PyJWS().decode(jws, public, [public.algorithm_name])
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
        return False
    return True


def test_json_web_signatures_as_id_tokens_are_verified() -> None:
    checked = 0
    for group in groups("json_web_signature_test.json"):
        key = group.get("public") or group.get("private")
        if not isinstance(key, dict) or key.get("alg") not in SIGNED or key.get("use", "sig") != "sig":
            continue
        for test in group["tests"]:
            jws = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            taken = verified(key, jws)
            if test["result"] == "invalid":
                assert not taken, (test["tcId"], test["comment"])
            elif test["result"] == "valid" and jws.count(".") == 2:
                # RFC 7520's example signs PS384 with a key for PS256: a token's algorithm is its key's here.
                assert taken != (test["comment"] == "Figure20"), (test["tcId"], test["comment"])
            checked += 1
    assert checked > 200


def test_the_vectors_are_read_as_they_are_written() -> None:
    """A vector changed in one letter no longer verifies, so the tests above can fail."""
    for group in groups("json_web_signature_test.json"):
        key = group.get("public") or {}
        for test in group["tests"]:
            if key.get("alg") == "ES256" and test["result"] == "valid" and test["jws"].count(".") == 2:
                head, body, signature = test["jws"].split(".")
                raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
                raw[0] ^= 1
                changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
                assert verified(key, test["jws"])
                assert not verified(key, f"{head}.{body}.{changed}")
                return
    raise AssertionError("no valid ES256 vector was found")
