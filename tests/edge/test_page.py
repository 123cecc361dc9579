"""The page: one document for every address of its own, assets for ever, and the headers that keep it safe."""

import gzip
import re

import httpx
import pytest
from support.edge import Edge

DOCUMENT = b"<!doctype html><title>Telstar</title>"
SCRIPT = b"console.log('telstar');" * 100


@pytest.fixture(autouse=True)
def page(edge: Edge) -> None:
    edge.publish("index.html", DOCUMENT)
    edge.publish("assets/index-4f3a.js", SCRIPT)
    edge.publish("assets/index-4f3a.js.gz", gzip.compress(SCRIPT))


@pytest.mark.parametrize("address", ["/", "/watch/news", "/guide?day=monday", "/index.html"])
def test_every_address_of_the_page_is_its_document_asked_for_anew(viewer: httpx.Client, address: str) -> None:
    answer = viewer.get(address)
    assert answer.status_code == 200
    assert answer.content == DOCUMENT
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["cache-control"] == "no-cache"


def test_assets_are_kept_for_ever_and_come_compressed(viewer: httpx.Client) -> None:
    answer = viewer.get("/assets/index-4f3a.js", headers={"Accept-Encoding": "gzip"})
    assert answer.content == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(SCRIPT)
    assert answer.headers["content-type"] == "text/javascript"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = viewer.get("/assets/index-4f3a.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == SCRIPT
    assert "content-encoding" not in plain.headers


def test_an_asset_of_an_earlier_version_is_missing_rather_than_the_document(viewer: httpx.Client) -> None:
    answer = viewer.get("/assets/index-0000.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/", "/watch/news", "/assets/index-4f3a.js"])
def test_the_page_runs_its_own_code_alone_and_in_no_other_page(viewer: httpx.Client, address: str) -> None:
    headers = viewer.get(address).headers
    policy = {
        directive.split()[0]: directive.split()[1:]
        for directive in headers["content-security-policy"].split(";")
    }
    assert policy["script-src"] == ["'self'"]
    assert policy["default-src"] == ["'self'"]
    assert policy["worker-src"] == ["'self'", "blob:"]
    assert policy["media-src"] == ["'self'", "blob:"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"\d", headers["server"])


def test_health_is_told_on_its_own_port_only(edge: Edge, viewer: httpx.Client) -> None:
    assert httpx.get(f"{edge.health}/healthz").text == "ok\n"
    assert "Active connections" in httpx.get(f"{edge.health}/status").text
    assert httpx.get(f"{edge.health}/hls/x").status_code == 404
    assert b"Active connections" not in viewer.get("/status").content
