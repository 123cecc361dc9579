"""Playlists: the API decides about every session, and renders for none of them twice."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest
from support.edge import Edge
from support.fake_api import FakeApi
from support.waiting import wait_until

PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:6\n"


def address(token: str, window: str) -> str:
    return f"/api/v1/tstv/{token}/{window}"


@pytest.mark.parametrize(
    "window", ["live", "live-720", "start-over/8d1b-42", "catch-up/8d1b-42", "catch-up-480/8d1b-42"]
)
def test_one_rendering_serves_every_viewer_of_a_window(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str, window: str
) -> None:
    playlist = f"{channel}/{window}/720p.m3u8"
    api.window(playlist, PLAYLIST)
    tokens = [f"{token}-{number}" for number in range(4)]
    answers = [viewer.get(address(each, playlist)) for each in tokens]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, PLAYLIST)] * 4
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT", "HIT", "HIT"]
    assert answers[0].headers["content-type"] == "application/vnd.apple.mpegurl"
    assert len(api.renders(playlist)) == 1
    for each in tokens:
        assert api.asked_about(each) == [address(each, playlist)]


def test_the_api_is_asked_about_a_session_once_for_all_playlists_of_a_window(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    for name in ("index", "720p", "audio"):
        api.window(f"{channel}/live/{name}.m3u8", PLAYLIST)
        assert viewer.get(address(token, f"{channel}/live/{name}.m3u8")).status_code == 200
    assert len(api.asked_about(token)) == 1


def test_another_window_is_another_question(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    for window in ("live", "live-720", "live-480", "catch-up/1", "catch-up/2"):
        api.window(f"{channel}/{window}/index.m3u8", PLAYLIST)
        viewer.get(address(token, f"{channel}/{window}/index.m3u8"))
    assert len(api.asked_about(token)) == 5


def test_a_session_is_asked_about_again_after_a_moment(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    assert viewer.get(address(token, playlist)).status_code == 200
    api.refused[token] = 403

    def refused() -> bool:
        return viewer.get(address(token, playlist)).status_code == 403

    wait_until("the ended session to be refused", refused, 20)


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_refused_session_gets_the_api_s_reason_and_nothing_from_the_cache(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str, status: int
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    assert viewer.get(address(token, playlist)).content == PLAYLIST
    api.refused["intruder" + token] = status
    answer = viewer.get(address("intruder" + token, playlist))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"status": status, "detail": "refused by the API"}
    assert viewer.get(address(token, playlist)).content == PLAYLIST


def test_a_refusal_is_never_what_the_next_viewer_gets(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, b"gone", status=410)
    assert viewer.get(address(token, playlist)).status_code == 410
    api.window(playlist, PLAYLIST)
    assert viewer.get(address("other" + token, playlist)).content == PLAYLIST


@pytest.mark.parametrize("caching", [None, "no-store", "private, max-age=60", "max-age=0"])
def test_what_the_api_does_not_call_fresh_is_not_kept(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str, caching: str | None
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST, caching)
    for _ in range(2):
        assert viewer.get(address(token, playlist)).content == PLAYLIST
    assert len(api.renders(playlist)) == 2


def test_a_live_list_goes_on_as_soon_as_it_is_no_longer_fresh(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/720p.m3u8"
    versions = count()

    def newer_list() -> bool:
        api.window(playlist, f"#EXTM3U\n# {next(versions)}\n".encode(), "max-age=1")
        return viewer.get(address(token, playlist)).content != first

    api.window(playlist, PLAYLIST, "max-age=1")
    first = viewer.get(address(token, playlist)).content
    assert first == PLAYLIST
    wait_until("the list to go on", newer_list, 20)
    assert len(api.renders(playlist)) == 2


def test_a_list_being_renewed_costs_one_rendering_and_keeps_nobody_waiting(
    edge: Edge, viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/720p.m3u8"
    api.window(playlist, PLAYLIST, "max-age=1, stale-while-revalidate=60")
    first = viewer.get(address(token, playlist))
    assert first.headers["cache-control"] == "max-age=1"
    api.gated = playlist
    api.gate.clear()
    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=edge.url, timeout=20) as other:
        renewing = pool.submit(renewed, other, address(token, playlist))
        wait_until("the list to be renewed", lambda: len(api.renders(playlist)) == 2, 20)
        for _ in range(3):
            assert viewer.get(address(token, playlist)).headers["x-cache"] == "UPDATING"
        api.gate.set()
        assert renewing.result().headers["x-cache"] == "EXPIRED"
    assert len(api.renders(playlist)) == 2


def renewed(client: httpx.Client, path: str) -> httpx.Response:
    """Ask for a list until the cache has to renew it; that answer."""
    while True:
        answer = client.get(path)
        if answer.headers["x-cache"] != "HIT":
            return answer


def test_viewers_go_on_while_the_api_restarts_but_not_for_ever(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/720p.m3u8"
    api.window(playlist, PLAYLIST, "max-age=1, stale-if-error=4")
    assert viewer.get(address(token, playlist)).status_code == 200
    api.down = True
    seen = []

    def over() -> bool:
        answer = viewer.get(address(token, playlist))
        seen.append((answer.status_code, answer.headers.get("x-cache")))
        return answer.status_code == 503

    wait_until("the list to become too old", over, 30)
    assert (200, "STALE") in seen
    assert {status for status, _ in seen} == {200, 503}


def test_viewers_who_come_at_once_wait_for_one_rendering(
    edge: Edge, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    api.gated = playlist
    api.gate.clear()
    with ThreadPoolExecutor(16) as pool, httpx.Client(base_url=edge.url, timeout=20) as client:
        answers = [pool.submit(client.get, address(f"{token}-{number}", playlist)) for number in range(16)]
        wait_until("every session to be asked about", lambda: len(api.asked_about(token + "-15")) == 1, 10)
        api.gate.set()
        assert [answer.result().content for answer in answers] == [PLAYLIST] * 16
    assert len(api.renders(playlist)) == 1


def test_nothing_that_one_viewer_sends_can_colour_the_list_for_others(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    coloured = {"Cookie": "a=b", "Authorization": "Bearer x", "Origin": "https://x.example.com"}
    answer = viewer.get(address(token, playlist) + "?start=0", headers={**coloured, "X-Original-URI": "/x"})
    assert answer.content == PLAYLIST
    (request,) = api.renders(playlist)
    assert request.path == address(token, playlist)
    assert not {"cookie", "authorization", "origin", "x-original-uri"} & set(request.headers)


def test_cookies_of_the_api_do_not_travel_with_a_shared_list(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    api.answers[playlist].headers["Set-Cookie"] = "a=b"
    assert "set-cookie" not in viewer.get(address(token, playlist)).headers


@pytest.mark.parametrize("detour", ["%2e%2e/%2e%2e/", "..%2f..%2f"])
def test_what_is_decided_about_is_what_is_served(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str, detour: str
) -> None:
    api.window(f"{channel}/live/index.m3u8", PLAYLIST)
    api.window(f"{channel}/live/{detour}paid/live/index.m3u8", b"#EXTM3U\n# by its spelling\n")
    api.window("paid/live/index.m3u8", b"#EXTM3U\n# paid\n")
    viewer.get(address(token, f"{channel}/live/{detour}paid/live/index.m3u8"))
    asked = api.asked_about(token)
    assert asked == [address(token, "paid/live/index.m3u8")]


def test_a_playlist_of_no_known_window_is_the_api_s_to_answer_and_is_not_kept(
    viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/yesterday/index.m3u8"
    api.window(playlist, PLAYLIST)
    for _ in range(2):
        assert viewer.get(address(token, playlist)).content == PLAYLIST
    assert len(api.renders(playlist)) == 2


def test_a_session_s_token_stays_out_of_logs_and_files(
    edge: Edge, viewer: httpx.Client, api: FakeApi, channel: str, token: str
) -> None:
    playlist = f"{channel}/live/index.m3u8"
    api.window(playlist, PLAYLIST)
    for path in (playlist, f"{channel}/nonsense", "", f"{channel}/live/no-such-track.m3u8"):
        viewer.get(address(token, path))
    api.refused[token + "-refused"] = 403
    viewer.get(address(token + "-refused", playlist))
    session = hashlib.sha1(token.encode()).hexdigest()
    entry = wait_until("the log entry", lambda: logged(edge, session, playlist), 10)
    assert entry["path"] == f"/api/v1/tstv/*/{playlist}"
    assert entry["cache"] == "MISS"
    assert token not in edge.logs()
    assert edge.files_naming(token) == ""
    assert edge.files_naming(f"{channel}/live") != ""  # it does look where the caches are


def logged(edge: Edge, session: str, playlist: str) -> dict[str, object] | None:
    lines = [line for line in edge.logs().splitlines() if session in line and playlist in line]
    return dict(json.loads(lines[0])) if lines else None
