"""Access tokens: JWTs signed with EdDSA (RFC 8037), 15 minutes long, checked without the database."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from telstar_api.auth.jwk import thumbprint

LIFETIME = timedelta(minutes=15)
SKEW = timedelta(seconds=30)  # how far replicas' clocks may be apart
ISSUER = "telstar"
AUDIENCE = "telstar"
ALGORITHM = "EdDSA"
TYPE = "at+jwt"  # RFC 9068 §2.1
CLAIMS = ["iss", "aud", "sub", "sid", "role", "iat", "exp", "jti"]
# No `jwk`, `jku` or `x5u` that brings its own key, no `crit` that nobody understands (RFC 8725 §3).
HEADERS = {"alg", "kid", "typ"}
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # RFC 7515 §7.1, and nothing else

Role = Literal["subscriber", "support", "operator", "admin"]


class TokenRefused(Exception):
    """The token is forged, for somebody else, or over; the message says which."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking, as the access token says: the account, its role, and the sign-in it came from."""

    id: uuid.UUID
    role: Role
    sign_in: uuid.UUID


class AccessTokens:
    """Issues access tokens with one key, and checks them with this one and further ones.

    Further keys are former ones, whose tokens still count, and the next, which another replica may sign
    with already.
    """

    def __init__(self, key: Ed25519PrivateKey, further: Iterable[Ed25519PublicKey] = ()) -> None:
        self._key = key
        self._kid = thumbprint(key.public_key())
        self.public_keys = {thumbprint(public): public for public in (key.public_key(), *further)}

    def issue(self, viewer: Viewer, now: datetime) -> str:
        """A token for this viewer, good from now for LIFETIME."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(viewer.id),
            "sid": str(viewer.sign_in),
            "role": viewer.role,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid, "typ": TYPE})

    def check(self, token: str, now: datetime) -> Viewer:
        """Whom the token was issued to. Raises TokenRefused."""
        try:
            claims = self._claims(token)
            begins = _time(max(claims["iat"], claims.get("nbf", 0)))
            expires = _time(claims["exp"])
            viewer = Viewer(uuid.UUID(claims["sub"]), claims["role"], uuid.UUID(claims["sid"]))
        except (
            jwt.PyJWTError,
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise TokenRefused("The access token is not valid.") from error
        if viewer.role not in get_args(Role):
            raise TokenRefused("The access token names no known role.")
        if begins > now + SKEW:
            raise TokenRefused("The access token is not valid yet.")
        if expires <= now:
            raise TokenRefused("The access token has expired: refresh it.")
        return viewer

    def _claims(self, token: str) -> dict[str, Any]:
        if not COMPACT.fullmatch(token):
            raise jwt.DecodeError
        header = jwt.get_unverified_header(token)
        if set(header) != HEADERS or header["typ"] != TYPE:
            raise jwt.DecodeError
        key = self.public_keys.get(header["kid"])
        if key is None:
            raise TokenRefused("The access token was signed with a key that is not in use.")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            # Times are judged by the clock the rest of the API goes by.
            options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        return claims


def _time(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError
    return datetime.fromtimestamp(seconds, UTC)
