"""Segments straight from the volume, as a CDN's edge gives them out."""

from email.utils import parsedate_to_datetime

import httpx
import pytest
from support.edge import Edge
from support.fake_api import FakeApi

SEGMENT = "720p/20261122/18/20261122T182400Z-000007-0000123.m4s"
INIT = "720p/init-000007.mp4"
CONTENT = bytes(range(256)) * 64


@pytest.mark.parametrize(("name", "content_type"), [(SEGMENT, "video/iso.segment"), (INIT, "video/mp4")])
def test_a_segment_has_its_type_and_may_be_kept_for_the_week_it_is_stored(
    edge: Edge, viewer: httpx.Client, channel: str, name: str, content_type: str
) -> None:
    edge.store(f"{channel}/{name}", CONTENT)
    answer = viewer.get(f"/hls/{channel}/{name}")
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == content_type
    assert answer.headers["cache-control"] == "public, max-age=604800, immutable"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers


def test_pages_of_any_origin_may_play_segments(edge: Edge, viewer: httpx.Client, channel: str) -> None:
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    address = f"/hls/{channel}/{SEGMENT}"
    answer = viewer.get(address, headers={"Origin": "https://player.example.com"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    preflight = viewer.options(
        address, headers={"Origin": "https://player.example.com", "Access-Control-Request-Headers": "range"}
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "Range"
    assert preflight.headers["access-control-max-age"]


def test_byte_ranges_are_served(edge: Edge, viewer: httpx.Client, channel: str) -> None:
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    answer = viewer.get(f"/hls/{channel}/{SEGMENT}", headers={"Range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[100:200]
    assert answer.headers["content-range"] == f"bytes 100-199/{len(CONTENT)}"
    assert answer.headers["cache-control"].startswith("public")
    beyond = viewer.get(f"/hls/{channel}/{SEGMENT}", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert beyond.headers["access-control-allow-origin"] == "*"
    assert beyond.json()["status"] == 416


def test_a_segment_that_is_known_need_not_be_sent_again(
    edge: Edge, viewer: httpx.Client, channel: str
) -> None:
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    first = viewer.get(f"/hls/{channel}/{SEGMENT}")
    assert parsedate_to_datetime(first.headers["last-modified"])
    again = viewer.get(f"/hls/{channel}/{SEGMENT}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["cache-control"].startswith("public")


def test_a_segment_asked_for_too_early_is_there_as_soon_as_it_is_stored(
    edge: Edge, viewer: httpx.Client, channel: str
) -> None:
    early = viewer.get(f"/hls/{channel}/{SEGMENT}")
    assert early.status_code == 404
    assert early.headers["cache-control"] == "no-store"
    assert early.headers["content-type"] == "application/problem+json"
    assert early.headers["access-control-allow-origin"] == "*"
    assert early.json()["status"] == 404
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    assert viewer.get(f"/hls/{channel}/{SEGMENT}").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "journal/20261122.jsonl",
        "runs/000007.json",
        ".spool/720p/init-000007.mp4",
        "720p/.spool/20261122/18/a.m4s",
        "720p/init-000007.mp4.part",
        "720p/20261122/18/index.html",
        "init-000007.mp4",
    ],
)
def test_nothing_but_segments_leaves_the_volume(
    edge: Edge, viewer: httpx.Client, api: FakeApi, channel: str, name: str
) -> None:
    edge.store(f"{channel}/{name}", b"not for viewers")
    answer = viewer.get(f"/hls/{channel}/{name}")
    assert answer.status_code == 404
    assert b"not for viewers" not in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/hls/%2e%2e/etc/passwd",
        "/hls/{channel}/720p/20261122/18/..%2f..%2f..%2f..%2fjournal%2f20261122.jsonl",
        "/hls/{channel}/720p/../journal/20261122.jsonl",
        "/hls/{channel}/720p/20261122/18/",
        "/hls/{channel}/",
        "/hls/",
        "/hls",
    ],
)
def test_no_spelling_of_an_address_reaches_anything_else(
    edge: Edge, viewer: httpx.Client, channel: str, path: str
) -> None:
    edge.store(f"{channel}/journal/20261122.jsonl", b"not for viewers")
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    answer = viewer.get(path.format(channel=channel))
    assert b"not for viewers" not in answer.content
    assert b"root:" not in answer.content
    assert answer.status_code != 200 or answer.headers["content-type"].startswith("text/html")


def test_segments_are_read_only(edge: Edge, viewer: httpx.Client, channel: str) -> None:
    edge.store(f"{channel}/{SEGMENT}", CONTENT)
    for method in ("PUT", "POST", "DELETE"):
        assert viewer.request(method, f"/hls/{channel}/{SEGMENT}", content=b"x").status_code == 405
    assert viewer.head(f"/hls/{channel}/{SEGMENT}").headers["content-length"] == str(len(CONTENT))
