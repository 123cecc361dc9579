"""A viewer who uses the product through the ingress, as a player would."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

from support import hls_lint

ADDRESS = "http://127.0.0.1:8080"
PASSWORD = "telstar-demo"  # the demo accounts' published password


@dataclass(frozen=True)
class Segment:
    """One entry of a media playlist."""

    uri: str
    seconds: float
    init_uri: str
    kid: str | None


@dataclass
class Viewer:
    """Signed in over HTTP; every call fails loudly unless the caller expects otherwise."""

    email: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(base_url=ADDRESS, timeout=20))

    def sign_in(self) -> "Viewer":
        """Take an access token."""
        answer = self.http.post("/api/v1/auth/token", data={"username": self.email, "password": PASSWORD})
        answer.raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def play(self, channel: str, mode: str = "live", programme_id: str | None = None) -> httpx.Response:
        """Ask for a playback session."""
        body: dict[str, Any] = {"channel": channel, "mode": mode}
        if programme_id:
            body["programme_id"] = programme_id
        return self.http.post("/api/v1/playback", json=body)

    def text(self, uri: str) -> str:
        """A playlist's text."""
        answer = self.http.get(uri)
        answer.raise_for_status()
        return answer.text

    def bytes(self, uri: str) -> bytes:
        """A segment's bytes."""
        answer = self.http.get(uri)
        answer.raise_for_status()
        return answer.content

    def tracks(self, manifest_uri: str) -> dict[str, str]:
        """Each track's name → its media playlist's URI, from a multivariant playlist."""
        text = self.text(manifest_uri)
        uris = re.findall(r'^#EXT-X-MEDIA:.*URI="([^"]+)"', text, re.MULTILINE)
        uris += re.findall(r"^#EXT-X-STREAM-INF:.*\n([^#\n]+)", text, re.MULTILINE)
        return {uri.rsplit("/", 1)[-1].removesuffix(".m3u8"): urljoin(manifest_uri, uri) for uri in uris}

    def segments(self, playlist_uri: str) -> list[Segment]:
        """The entries of a media playlist, each with the init segment and KID in force."""
        return parse_segments(self.text(playlist_uri), playlist_uri)

    def license(self, *kids: str) -> httpx.Response:
        """A Clear Key licence request, raw as hls.js sends it (no Content-Type)."""
        body = json.dumps({"kids": [base64url(bytes.fromhex(kid)) for kid in kids], "type": "temporary"})
        return self.http.post("/api/v1/drm/license", content=body.encode())

    def keys(self, *kids: str) -> dict[str, str]:
        """Each KID → its key, both hexadecimal."""
        answer = self.license(*kids)
        answer.raise_for_status()
        return {unbase64url(key["kid"]).hex(): unbase64url(key["k"]).hex() for key in answer.json()["keys"]}


def parse_segments(playlist: str, base: str) -> list[Segment]:
    """The media playlist's entries in order, their URIs resolved."""
    segments = []
    for entry in hls_lint.read(playlist).segments:
        assert entry.init, f"no EXT-X-MAP before {entry.uri}"
        kid = hls_lint.attributes(entry.key or "").get("KEYID", "").removeprefix("0x").lower()
        uris = urljoin(base, entry.uri), urljoin(base, entry.init)
        segments.append(Segment(uris[0], entry.duration / 1000, uris[1], kid or None))
    return segments


def base64url(data: bytes) -> str:
    """Unpadded base64url (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """The bytes behind unpadded base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
