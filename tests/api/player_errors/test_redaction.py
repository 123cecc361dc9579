"""What of a player's words is kept."""

import secrets
import uuid
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.auth.tokens import AccessTokens, Viewer
from telstar_api.player_errors.redaction import LONGEST, redacted


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("bufferStalledError", "bufferStalledError"),
        ("a\nb\x00c\td", "a b c d"),
        (
            "GET https://tv.example.com/hls/a.m4s?token=abc#x failed",
            "GET https://tv.example.com/hls/a.m4s?… failed",
        ),
        ("https://ann:secret@tv.example.com/", "https://tv.example.com/"),
        (
            "/hls/news/720p/20261122/18/20261122T182400Z-000007-0000123.m4s 404",
            "/hls/news/720p/20261122/18/20261122T182400Z-000007-0000123.m4s 404",
        ),
        ("no key 0123456789abcdef0123456789abcdef", "no key 0123456789abcdef0123456789abcdef"),
        ("0f6f7d5e-53a9-4a5c-9a1d-2f0f8a3c1e77", "0f6f7d5e-53a9-4a5c-9a1d-2f0f8a3c1e77"),
    ],
)
def test_what_helps_stays_and_what_opens_something_goes(said: str, kept: str) -> None:
    assert redacted(said) == kept


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_session_token_is_kept_wherever_it_stands(before: str, after: str) -> None:
    token = secrets.token_urlsafe(32)
    kept = redacted(f"{before}/api/v1/tstv/{token}/news/live/index.m3u8{after}")
    assert token not in kept
    assert len(kept) <= LONGEST
    assert redacted(kept) == kept


def test_no_access_token_is_kept() -> None:
    viewer = Viewer(uuid.uuid4(), "subscriber", uuid.uuid4())
    token = AccessTokens(Ed25519PrivateKey.generate()).issue(viewer, datetime.now(UTC))
    kept = redacted(f"401 with Bearer {token}")
    assert not any(part in kept for part in token.split("."))
