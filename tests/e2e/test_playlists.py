"""Playlists as players get them through the ingress: RFC 8216bis, shared by viewers, closed to strangers."""

import httpx
import pytest
from support.hls_lint import check_media, check_multivariant, check_names, check_refresh
from support.viewer import ADDRESS, Viewer
from support.waiting import wait_until

CHANNELS = ("testcard", "cinema", "news")


@pytest.mark.parametrize("channel", CHANNELS)
def test_live_playlists_obey_the_standard_and_move_on(premium: Viewer, channel: str) -> None:
    manifest = premium.play(channel).json()["manifest_url"]
    tracks = premium.tracks(manifest)
    earlier = {name: premium.text(uri) for name, uri in tracks.items()}
    assert [fault for text in earlier.values() for fault in check_media(text) + check_names(text)] == []
    by_uri = {f"{name}.m3u8": text for name, text in earlier.items()}
    assert check_multivariant(premium.text(manifest), by_uri, same_moment=False) == []

    name, uri = next(iter(tracks.items()))
    later = wait_until("a newer playlist", lambda: (text := premium.text(uri)) != earlier[name] and text, 30)
    assert check_refresh(earlier[name], later) == []


def test_two_viewers_of_a_channel_get_the_same_playlist_from_the_edges_cache() -> None:
    viewers = Viewer("premium@example.com").sign_in(), Viewer("basic@example.com").sign_in()
    uris = [viewer.tracks(viewer.play("testcard").json()["manifest_url"])["720p"] for viewer in viewers]
    assert uris[0] != uris[1], "the token in the path is a viewer's own"

    def both() -> bool:
        return viewers[0].text(uris[0]) == viewers[1].text(uris[1])

    wait_until("the same bytes for both", both, 10)


def test_a_playlist_needs_its_token_and_ends_with_its_session(premium: Viewer) -> None:
    session = premium.play("testcard").json()
    manifest = session["manifest_url"]
    stranger = httpx.Client(base_url=ADDRESS, timeout=20)
    assert stranger.get(manifest).status_code == 200, "players send no header: the token in the path suffices"
    token = manifest.split("/")[4]
    assert stranger.get(manifest.replace(token, "A" * len(token))).status_code in (403, 404)
    assert stranger.get(manifest.replace("/testcard/", "/cinema/")).status_code in (403, 404)

    assert premium.http.delete(f"/api/v1/playback/{session['session_id']}").status_code == 204
    gone = wait_until(
        "the ended session to be refused",
        lambda: (answer := stranger.get(manifest)).status_code != 200 and answer,
        15,
    )
    assert gone.status_code in (403, 410)
    assert gone.headers["content-type"] == "application/problem+json"


def test_neither_journal_nor_internal_endpoints_are_reachable() -> None:
    stranger = httpx.Client(base_url=ADDRESS, timeout=20)
    for path in (
        "/hls/testcard/journal/",
        "/hls/testcard/runs/000001.json",
        "/hls/testcard/.spool/",
        "/hls/testcard/",
        "/internal/v1/channels/testcard",
        "/internal/playback/authorize",
        "/metrics",
        "/readyz",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 404, path
