"""Playlists' paths say who watches what, and nothing else passes for one."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.entitlement.rights import Mode
from telstar_api.playback.sessions import new_token
from telstar_api.tstv.paths import Watched, index_path, parse

PROGRAMME = "5f0c7bb2-3a63-4f0e-9d8e-8a3a8e2f6a11"
TOKEN = "t" * 43
programmes = st.sampled_from([Mode.START_OVER, Mode.CATCH_UP])
names = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?", fullmatch=True)
heights = st.none() | st.integers(1, 99_999)
watched = st.builds(Watched, names, st.just(Mode.LIVE), st.none(), heights) | st.builds(
    Watched, names, programmes, st.uuids(), heights
)


@given(watched)
def test_what_is_written_is_read_again(about: Watched) -> None:
    token = new_token()
    found = parse(index_path(token, about))
    assert found is not None
    assert (found.token, found.watched, found.playlist) == (token, about, "index")


def test_the_largest_picture_stands_in_the_window_s_folder() -> None:
    assert index_path(TOKEN, Watched("news", Mode.LIVE, None, 720)).endswith("/news/live-720/index.m3u8")
    found = parse(f"/api/v1/tstv/{TOKEN}/news/catch-up-480/{PROGRAMME}/360p.m3u8")
    assert found is not None
    assert found.watched == Watched("news", Mode.CATCH_UP, uuid.UUID(PROGRAMME), 480)


def test_a_tracks_path_is_beside_the_index() -> None:
    found = parse(f"/api/v1/tstv/{TOKEN}/news/catch-up/{PROGRAMME}/720p.m3u8")
    assert found is not None
    assert found.watched == Watched("news", Mode.CATCH_UP, uuid.UUID(PROGRAMME))
    assert found.playlist == "720p"
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    "rest",
    [
        "news/live/index.mpd",
        "news/live/../720p.m3u8",
        "news/live/.m3u8",
        f"news/live/{PROGRAMME}/index.m3u8",
        "news/catch-up/index.m3u8",
        "news/catch-up/12/index.m3u8",
        f"news/recording/{PROGRAMME}/index.m3u8",
        "../live/index.m3u8",
        "news/live/index.m3u8\n",
        "News/live/index.m3u8",
        "news/live-/index.m3u8",
        "news/live-0/index.m3u8",
        "news/live-0720/index.m3u8",
        "news/live-720p/index.m3u8",
        "news/catch-up-720/index.m3u8",
    ],
)
def test_other_paths_are_none(rest: str) -> None:
    assert parse(f"/api/v1/tstv/{TOKEN}/{rest}") is None
    assert parse(f"/api/v1/tstv/{TOKEN[1:]}/news/live/index.m3u8") is None
