"""Access tokens against the attacks that are known on JWTs, and the keys that verify them (RFC 8725)."""

import base64
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from support.api_world import NOON, World, client
from telstar_api.auth.jwk import thumbprint
from telstar_api.auth.tokens import AccessTokens, TokenRefused, Viewer
from telstar_api.settings import Settings

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TOKENS = AccessTokens(KEY)
KID = thumbprint(KEY.public_key())
VIEWER = Viewer(uuid.UUID(int=1), "subscriber", uuid.UUID(int=2))
CLAIMS = {
    "iss": "telstar",
    "aud": "telstar",
    "sub": str(VIEWER.id),
    "sid": str(VIEWER.sign_in),
    "role": "subscriber",
    "iat": int(NOON.timestamp()),
    "exp": int((NOON + timedelta(minutes=5)).timestamp()),
    "jti": "x",
}
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RAW = KEY.public_key().public_bytes_raw()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made(
    claims: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    key: Any = KEY,
    algorithm: str | None = "EdDSA",
) -> str:
    """A token with other claims or headers (None takes one away), signed with whatever key."""
    body = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if value is not None}
    head = {"kid": KID, "typ": "at+jwt", **(headers or {})}
    return jwt.encode(body, key, algorithm, headers=head)


def hmac_with(secret: bytes) -> str:
    """HS256 with the public key as the secret; by hand, since libraries refuse to."""
    import hashlib
    import hmac

    head = encoded(json.dumps({"alg": "HS256", "kid": KID, "typ": "at+jwt"}).encode())
    body = encoded(json.dumps(CLAIMS).encode())
    return f"{head}.{body}.{encoded(hmac.digest(secret, f'{head}.{body}'.encode(), hashlib.sha256))}"


def unsigned(algorithm: str) -> str:
    head = encoded(json.dumps({"alg": algorithm, "kid": KID, "typ": "at+jwt"}).encode())
    return f"{head}.{encoded(json.dumps(CLAIMS).encode())}."


def parts(change: Callable[[str, str, str], str]) -> str:
    return change(*made().split("."))


def without_header(name: str) -> str:
    head = {"alg": "EdDSA", "kid": KID, "typ": "at+jwt"}
    del head[name]
    signed = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(CLAIMS).encode())}"
    return f"{signed}.{encoded(KEY.sign(signed.encode()))}"


def signed_raw(head: str, value: bytes, *, whole: bool = False) -> str:
    """Rightly signed, with an expiry (or payload) that JSON libraries write only when asked to."""
    body = json.dumps({**CLAIMS, "exp": "HERE"}).encode().replace(b'"HERE"', value)
    signed = f"{head}.{encoded(value if whole else body)}"
    return f"{signed}.{encoded(KEY.sign(signed.encode()))}"


OWN_JWK = {"kty": "OKP", "crv": "Ed25519", "x": encoded(STRANGER.public_key().public_bytes_raw())}
LATER = int((NOON + timedelta(minutes=2)).timestamp())
ATTACKS = {
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg nOnE with a signature": unsigned("nOnE") + made().split(".")[2],
    "HS256 with the public key in PEM as secret": hmac_with(PEM),
    "HS256 with the public key's bytes as secret": hmac_with(RAW),
    "another algorithm": made(key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"),
    "another key": made(key=STRANGER),
    "another key by its own kid": made(key=STRANGER, headers={"kid": thumbprint(STRANGER.public_key())}),
    "no kid": without_header("kid"),
    "a kid that is a path": made(headers={"kid": "../../../../dev/null"}),
    "a kid that is SQL": made(headers={"kid": f"' UNION SELECT '{KID}' --"}),
    "a kid that is empty": made(headers={"kid": ""}),
    "its own key in jwk": made(key=STRANGER, headers={"jwk": OWN_JWK}),
    "its own key in jwk, and its kid": made(
        key=STRANGER, headers={"jwk": OWN_JWK, "kid": thumbprint(STRANGER.public_key())}
    ),
    "the right key, yet a jwk": made(headers={"jwk": OWN_JWK}),
    "jku": made(headers={"jku": "https://attacker.example/jwks.json"}),
    "x5u": made(headers={"x5u": "https://attacker.example/chain.pem"}),
    "x5c": made(headers={"x5c": ["MIIB"]}),
    "crit": made(headers={"crit": ["exp"], "exp": 1}),
    "b64": made(headers={"crit": ["b64"], "b64": False}),
    "expired": made({"exp": int(NOON.timestamp())}),
    "no expiry": made({"exp": None}),
    "expiry out of range": made({"exp": 10**20}),
    "expiry true": made({"exp": True}),
    "expiry not a number": made({"exp": "soon"}),
    "expiry infinite": parts(lambda head, _body, _sign: signed_raw(head, b"Infinity")),
    "not valid yet": made({"nbf": LATER}),
    "issued in the future": made({"iat": LATER}),
    "another audience": made({"aud": "telstar-api"}),
    "no audience": made({"aud": None}),
    "another issuer": made({"iss": "https://attacker.example"}),
    "no issuer": made({"iss": None}),
    "typ JWT": made(headers={"typ": "JWT"}),
    "typ of a logout token": made(headers={"typ": "logout+jwt"}),
    "no typ": without_header("typ"),
    "no subject": made({"sub": None}),
    "subject not an id": made({"sub": "root"}),
    "no sign-in": made({"sid": None}),
    "sign-in not an id": made({"sid": "always"}),
    "no role": made({"role": None}),
    "unknown role": made({"role": "root"}),
    "roles in a list": made({"role": ["admin"]}),
    "claims of an admin under the signature of a subscriber": parts(
        lambda head, _, sign: f"{head}.{encoded(json.dumps({**CLAIMS, 'role': 'admin'}).encode())}.{sign}"
    ),
    "header changed under the signature": parts(
        lambda _, body, sign: (
            f"{encoded(json.dumps({'typ': 'at+jwt', 'alg': 'EdDSA', 'kid': KID}).encode())}.{body}.{sign}"
        )
    ),
    "signature cut off": parts(lambda head, body, _: f"{head}.{body}."),
    "signature cut short": parts(lambda head, body, sign: f"{head}.{body}.{sign[:-4]}"),
    "signature too long": parts(lambda head, body, sign: f"{head}.{body}.{sign}AAAA"),
    "signature of zeros": parts(lambda head, body, _: f"{head}.{body}.{encoded(bytes(64))}"),
    "signature with line breaks": parts(lambda head, body, sign: f"{head}.{body}.{sign[:9]}\n{sign[9:]}"),
    "signature padded": parts(lambda head, body, sign: f"{head}.{body}.{sign}=="),
    "two parts": parts(lambda head, body, _: f"{head}.{body}"),
    "four parts": parts(lambda head, body, sign: f"{head}.{body}.{sign}.{sign}"),
    "five parts, as JWE": parts(lambda head, body, sign: f"{head}.{sign}.{sign}.{body}.{sign}"),
    "JSON serialization": json.dumps({"payload": made().split(".")[1], "signatures": []}),
    "header not JSON": parts(lambda _, body, sign: f"{encoded(b'{')}.{body}.{sign}"),
    "header a list": parts(lambda _, body, sign: f"{encoded(b'[]')}.{body}.{sign}"),
    "header nested deep": parts(lambda _, body, sign: f"{encoded(b'[' * 20000)}.{body}.{sign}"),
    "kid a list": parts(
        lambda _, body, sign: (
            f"{encoded(json.dumps({'alg': 'EdDSA', 'typ': 'at+jwt', 'kid': [KID]}).encode())}.{body}.{sign}"
        )
    ),
    "payload not an object": parts(lambda head, _, __: signed_raw(head, b'"x"', whole=True)),
    "nothing": "",
    "a word": "abc",
}


def test_the_honest_token_these_are_made_from_is_accepted() -> None:
    assert TOKENS.check(made(), NOON) == VIEWER
    assert TOKENS.check(TOKENS.issue(VIEWER, NOON), NOON) == VIEWER


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused(attack: str) -> None:
    with pytest.raises(TokenRefused):
        TOKENS.check(ATTACKS[attack], NOON)


async def test_attacks_are_answered_401_over_http(world: World) -> None:
    world.public.state.context = type(world.context)(**{**vars(world.context), "tokens": TOKENS})
    world.clock.time = NOON
    for attack, token in ATTACKS.items():
        if token.isascii() and token.isprintable():
            answer = await client(world.public, token).get("/api/v1/products")
            assert answer.status_code == 401, attack
            assert answer.headers["www-authenticate"] == "Bearer", attack


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_no_letter_of_a_token_can_be_another(position: int, letter: str) -> None:
    token = TOKENS.issue(VIEWER, NOON)
    position %= len(token) - 1  # the last letter carries four bits that mean nothing (RFC 4648 §3.5)
    changed = token[:position] + letter + token[position + 1 :]
    if changed != token:
        with pytest.raises(TokenRefused):
            TOKENS.check(changed, NOON)


@given(st.text() | st.binary().map(encoded).map(lambda part: f"{part}.{part}.{part}"))
def test_whatever_is_sent_is_refused_and_nothing_breaks(token: str) -> None:
    with pytest.raises(TokenRefused):
        TOKENS.check(token, NOON)


def test_clocks_may_be_a_little_apart() -> None:
    assert TOKENS.check(TOKENS.issue(VIEWER, NOON + timedelta(seconds=30)), NOON) == VIEWER


def test_former_and_next_keys_verify_and_never_sign() -> None:
    old, new = AccessTokens(STRANGER), AccessTokens(KEY, [STRANGER.public_key()])
    assert new.check(old.issue(VIEWER, NOON), NOON) == VIEWER
    with pytest.raises(TokenRefused, match="not in use"):
        old.check(new.issue(VIEWER, NOON), NOON)


def test_a_key_does_not_verify_under_another_key_s_id() -> None:
    both = AccessTokens(KEY, [STRANGER.public_key()])
    with pytest.raises(TokenRefused):
        both.check(made(key=STRANGER), NOON)


async def test_the_keys_are_published(world: World) -> None:
    answer = await world.as_(None).get("/api/v1/auth/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    token = world.context.tokens.issue(VIEWER, NOON)
    key = jwt.PyJWKSet.from_dict(answer.json())[jwt.get_unverified_header(token)["kid"]]
    options = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(token, key, ["EdDSA"], audience="telstar", options=options)["sub"] == str(VIEWER.id)
    assert "d" not in answer.json()["keys"][0], "only the public part"


def test_rfc_8037_appendix_a() -> None:
    """A.2 to A.4: the example key, its thumbprint, and the example signature, which is deterministic."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    assert jwt.PyJWS().decode(f"{signed}.{signature}", public, ["EdDSA"]) == b"Example of Ed25519 signing"


GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def test_a_signature_has_no_second_form() -> None:
    """S + L verifies where S does, unless S is checked to be reduced (RFC 8032 §5.1.7)."""
    head, body, signature = made().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    s = int.from_bytes(raw[32:], "little") + GROUP_ORDER
    forged = encoded(raw[:32] + s.to_bytes(32, "little"))
    with pytest.raises(TokenRefused):
        TOKENS.check(f"{head}.{body}.{forged}", NOON)


def settings_with(tmp_path: Path, secret_files: dict[str, Path], **files: bytes) -> Settings:
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.pem").write_bytes(content)
    (folder / "..data").mkdir()  # as kubelets mount Secrets
    return Settings(database_url="postgresql://h/n", verifying_keys_path=folder, **secret_files)


def test_further_keys_come_from_a_folder_public_or_private(
    tmp_path: Path, secret_files: dict[str, Path]
) -> None:
    private = STRANGER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings = settings_with(tmp_path, secret_files, former=private, next=PEM)
    found = {thumbprint(key) for key in settings.verifying_keys}
    assert found == {thumbprint(STRANGER.public_key()), KID}


@pytest.mark.parametrize(
    "content",
    [
        b"not a key",
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_further_keys_that_are_none_are_refused_at_start(
    tmp_path: Path, secret_files: dict[str, Path], content: bytes
) -> None:
    with pytest.raises(ValueError, match=r"wrong\.pem.*Ed25519"):
        settings_with(tmp_path, secret_files, wrong=content)
