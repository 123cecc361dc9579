"""What of a player's words is kept: enough to understand an error, nothing that opens anything. Pure."""

import re

LONGEST = 500
ELLIPSIS = "…"

# Session and refresh tokens are 43 characters of base64url, each part of a JWT is longer still. Key ids
# (32) and UUIDs (36) are shorter, and no secrets.
_SECRET = re.compile(r"[A-Za-z0-9_-]{40,}")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]*@")
_QUERY = re.compile(r"(://[^\s?#\"'<>]*)[?#][^\s\"'<>]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def redacted(text: str) -> str:
    """The text on one line of at most LONGEST characters, without tokens and without addresses' queries."""
    line = _CONTROL.sub(" ", text).strip()
    line = _CREDENTIALS.sub("", line)
    line = _QUERY.sub(rf"\1?{ELLIPSIS}", line)
    line = _SECRET.sub(ELLIPSIS, line)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + ELLIPSIS
