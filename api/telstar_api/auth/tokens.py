"""Access tokens: JWTs signed with EdDSA (RFC 8037), 15 minutes long, checked without the database."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIFETIME = timedelta(minutes=15)
ISSUER = "telstar"
AUDIENCE = "telstar"
ALGORITHM = "EdDSA"
CLAIMS = ["iss", "aud", "sub", "sid", "role", "iat", "exp", "jti"]

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
    """Issues access tokens and checks them."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        raw = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._kid = hashlib.sha256(raw).hexdigest()[:16]

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
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid, "typ": "at+jwt"})

    def check(self, token: str, now: datetime) -> Viewer:
        """Whom the token was issued to. Raises TokenRefused."""
        try:
            if jwt.get_unverified_header(token).get("kid") != self._kid:
                raise TokenRefused("The access token was signed with a key that is not in use.")
            claims = jwt.decode(
                token,
                self._public,
                [ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Times are judged below, by the clock the rest of the API goes by.
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            expires = datetime.fromtimestamp(claims["exp"], UTC)
            viewer = Viewer(uuid.UUID(claims["sub"]), claims["role"], uuid.UUID(claims["sid"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise TokenRefused("The access token is not valid.") from error
        if viewer.role not in get_args(Role):
            raise TokenRefused("The access token names no known role.")
        if expires <= now:
            raise TokenRefused("The access token has expired: refresh it.")
        return viewer
