"""Access tokens whose signature was checked before, by their digest: checking it takes longer than all else.

Expiry is judged each time. Whether the sign-in still stands is not said here: whoever asks looks at it.
"""

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime

import jwt

from telstar_api.auth.tokens import AccessTokens, TokenRefused, Viewer

MOST_KEPT = 20_000


class VerifiedTokens:
    """Checks access tokens as `AccessTokens` does, and remembers those that were good until they expire."""

    def __init__(self, tokens: AccessTokens, most: int = MOST_KEPT) -> None:
        self._tokens, self._most = tokens, most
        self._kept: OrderedDict[bytes, tuple[Viewer, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def check(self, token: str, now: datetime) -> Viewer:
        """Whom the token was issued to. Raises TokenRefused."""
        digest = hashlib.sha256(token.encode()).digest()
        found = self._kept.get(digest)
        if found is not None and now < found[1]:
            self._kept.move_to_end(digest)
            return found[0]
        self._kept.pop(digest, None)
        viewer = self._tokens.check(token, now)
        self._kept[digest] = viewer, _expiry(token)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return viewer


def _expiry(token: str) -> datetime:
    """When a token that has been checked expires. Raises TokenRefused, which after that check cannot be."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TokenRefused("The access token is not valid.") from error
