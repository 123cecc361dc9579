"""The API behind the edge: what reaches it, and as what."""

import gzip
import json
import re
import socket

import httpx
import pytest
from support.edge import Edge
from support.fake_api import Answer, FakeApi
from support.waiting import wait_until

JSON = {"Content-Type": "application/json"}


def test_a_request_reaches_the_api_with_who_asked_and_an_id(viewer: httpx.Client, api: FakeApi) -> None:
    api.answers["/api/v1/playback"] = Answer(201, b'{"session_id": "1"}', JSON)
    headers = {"Authorization": "Bearer x", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    answer = viewer.post("/api/v1/playback", json={"channel": "news"}, headers=headers)
    assert (answer.status_code, answer.json()) == (201, {"session_id": "1"})
    (request,) = api.asked("/api/v1/playback")
    assert json.loads(request.body) == {"channel": "news"}
    assert request.headers["authorization"] == "Bearer x"
    assert request.headers["x-forwarded-for"] == "203.0.113.7"  # the test is a trusted proxy
    assert request.headers["x-forwarded-proto"] == "https"
    assert re.fullmatch("[0-9a-f]{32}", request.headers["x-request-id"])
    assert request.headers["host"] == "127.0.0.1"


def test_an_address_that_a_proxy_did_not_vouch_for_is_not_believed(
    viewer: httpx.Client, api: FakeApi
) -> None:
    api.answers["/api/v1/forwarded"] = Answer(200, b"{}", JSON)
    viewer.get("/api/v1/forwarded", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    (request,) = api.asked("/api/v1/forwarded")
    assert request.headers["x-forwarded-for"] == "203.0.113.7"


def test_the_api_s_own_errors_come_through_as_they_are(viewer: httpx.Client, api: FakeApi) -> None:
    problem = b'{"status": 403, "reasons": [{"code": "not-subscribed"}]}'
    api.answers["/api/v1/drm/license"] = Answer(403, problem, {"Content-Type": "application/problem+json"})
    answer = viewer.post("/api/v1/drm/license", content=b'{"kids": []}')
    assert answer.status_code == 403
    assert answer.content == problem
    assert answer.headers["content-type"] == "application/problem+json"


def test_long_answers_are_compressed_on_the_way(viewer: httpx.Client, api: FakeApi) -> None:
    guide = json.dumps({"channels": ["news"] * 1000}).encode()
    api.answers["/api/v1/guide"] = Answer(200, guide, JSON)
    with viewer.stream("GET", "/api/v1/guide", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert len(packed) < len(guide) / 10
    assert gzip.decompress(packed) == guide


@pytest.mark.parametrize(
    "path",
    [
        "/internal/playback/authorize",
        "/internal/v1/channels/news",
        "/internal",
        "/metrics",
        "/healthz",
        "/readyz",
        "/-/authorize",
        "//internal/v1/channels/news",
        "/%69nternal/v1/channels/news",
        "/api/../internal/v1/channels/news",
        "/api/%2e%2e/internal/v1/channels/news",
        "/api/..%2finternal/v1/channels/news",
        "/assets/../internal/v1/channels/news",
    ],
)
def test_the_api_s_internal_paths_are_nobody_s_outside(edge: Edge, api: FakeApi, path: str) -> None:
    api.requests.clear()
    answer = raw_get(edge.url, path)
    assert " 404 " in answer.splitlines()[0]
    assert api.requests == []


def raw_get(url: str, path: str) -> str:
    """GET a path exactly as it is spelt, which HTTP clients tidy up."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.decode()


def test_a_body_beyond_a_mebibyte_is_refused_as_a_problem(viewer: httpx.Client, api: FakeApi) -> None:
    api.requests.clear()
    answer = viewer.post("/api/v1/playback", content=b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 413
    assert api.requests == []


def test_guessing_passwords_is_slowed_down_for_one_client_and_not_for_another(
    viewer: httpx.Client, api: FakeApi
) -> None:
    api.answers["/api/v1/auth/token"] = Answer(401, b"{}", JSON)
    guess = {"username": "premium@example.com", "password": "guess"}

    def attempt(address: str) -> httpx.Response:
        return viewer.post("/api/v1/auth/token", data=guess, headers={"X-Forwarded-For": address})

    refused = wait_until("a refusal", lambda: _throttled(attempt("203.0.113.66")), 60, every=0)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"]
    assert refused.json()["status"] == 429
    assert attempt("203.0.113.67").status_code == 401


def _throttled(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == 429 else None


def test_queries_are_not_logged(edge: Edge, viewer: httpx.Client, api: FakeApi) -> None:
    api.answers["/api/v1/diagnosis?user=someone@example.com"] = Answer(200, b"{}", JSON)
    assert viewer.get("/api/v1/diagnosis?user=someone@example.com").status_code == 200
    entries = wait_until("the log entry", lambda: logged(edge, "/api/v1/diagnosis"), 10)
    assert entries[-1]["status"] == 200
    assert "someone@example.com" not in edge.logs()


def logged(edge: Edge, path: str) -> list[dict[str, object]]:
    lines = [line for line in edge.logs().splitlines() if line.startswith("{")]
    entries: list[dict[str, object]] = [json.loads(line) for line in lines]
    return [entry for entry in entries if entry["path"] == path]
