"""Without an API the edge still serves pages and segments, and says plainly what is missing."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.edge import docker
from support.waiting import wait_until


@pytest.fixture(scope="module")
def lonely(image: str, volumes: Path) -> Iterator[str]:
    """The address of an edge whose API does not listen."""
    container = docker(
        *("run", "--detach", "--read-only", "--tmpfs=/tmp:uid=10001", "--tmpfs=/cache:uid=10001"),
        *("--publish=127.0.0.1::8080", f"--volume={volumes}/segments:/segments:ro"),
        *("--env=TELSTAR_EDGE_API=127.0.0.1:9", image),
    )
    try:
        url = f"http://{docker('port', container, '8080/tcp')}"
        wait_until("the edge to answer", lambda: _answers(url), 30)
        yield url
    finally:
        docker("rm", "--force", container)


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(url).status_code)
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    "path", ["/api/v1/channels", "/api/v1/tstv/token/news/live/index.m3u8", "/api/v1/tstv/token/other"]
)
def test_an_api_that_does_not_answer_is_a_problem_to_try_again(lonely: str, path: str) -> None:
    answer = httpx.get(lonely + path)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["status"] == 503


def test_segments_need_no_api(lonely: str, volumes: Path) -> None:
    file = volumes / "segments/news/audio/init-000001.mp4"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"init")
    assert httpx.get(f"{lonely}/hls/news/audio/init-000001.mp4").content == b"init"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELSTAR_EDGE_API", "telstar-api"),
        ("TELSTAR_EDGE_API", "telstar-api:8000; evil"),
        ("TELSTAR_EDGE_WORKERS", "many"),
        ("TELSTAR_EDGE_TRUSTED_PROXIES", "10.0.0.0/8,ingress;"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(image: str, variable: str, value: str) -> None:
    done = subprocess.run(
        [
            "docker",
            "run",
            "--rm",
            "--read-only",
            "--tmpfs=/tmp:uid=10001",
            f"--env={variable}={value}",
            image,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 64
    assert variable in done.stderr
