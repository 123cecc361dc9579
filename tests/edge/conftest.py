"""The edge's real image, as a pod would run it, in front of a fake API."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.edge import Edge, docker
from support.fake_api import FakeApi, fake_api
from support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def image() -> str:
    """The edge's image without the page, built from this checkout."""
    reference = "telstar/edge-server:test"
    options = ("--quiet", "--network=host", "--target=server", f"--tag={reference}")
    subprocess.run(
        ["docker", "build", *options, "--file=images/edge/Dockerfile", "."],
        cwd=ROOT,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        check=True,
        capture_output=True,
        timeout=600,
    )
    return reference


@pytest.fixture(scope="session")
def bridge(image: str) -> str:
    """This machine's address as containers reach it: their default gateway."""
    routes = docker("run", "--rm", "--entrypoint=cat", image, "/proc/net/route").splitlines()[1:]
    gateway = next(route.split()[2] for route in routes if route.split()[1] == "00000000")
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(gateway)))


@pytest.fixture(scope="session")
def api_server(bridge: str) -> Iterator[FakeApi]:
    with fake_api(bridge) as api:
        yield api


@pytest.fixture
def api(api_server: FakeApi) -> Iterator[FakeApi]:
    """The fake API, with nothing to answer and nobody refused."""
    yield api_server
    api_server.gate.set()
    api_server.answers.clear()
    api_server.refused.clear()
    api_server.gated, api_server.down = "", False


@pytest.fixture(scope="session")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `segments` and `page`, which the edge's user can read."""
    folder = tmp_path_factory.mktemp("edge")
    for name in ("segments", "page"):
        (folder / name).mkdir(mode=0o755)
    for each in (folder, *folder.parents):
        if each.stat().st_mode & 0o005 == 0o005:
            break
        each.chmod(each.stat().st_mode | 0o055)
    return folder


@pytest.fixture(scope="session")
def edge(image: str, api_server: FakeApi, bridge: str, volumes: Path) -> Iterator[Edge]:
    container = docker(
        *("run", "--detach", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
        *("--tmpfs=/tmp:uid=10001", "--tmpfs=/cache:uid=10001"),
        *(f"--volume={volumes}/segments:/segments:ro", f"--volume={volumes}/page:/srv/page:ro"),
        *("--publish=127.0.0.1::8080", "--publish=127.0.0.1::8081"),
        *(f"--env=TELSTAR_EDGE_API={bridge}:{api_server.port}", "--env=TELSTAR_EDGE_WORKERS=2"),
        *(f"--env=TELSTAR_EDGE_TRUSTED_PROXIES={bridge}", image),
    )
    try:
        url, health = (f"http://{docker('port', container, f'{port}/tcp')}" for port in (8080, 8081))
        found = Edge(container, url, health, volumes / "segments", volumes / "page")
        wait_until("the edge to answer", lambda: _answers(f"{health}/healthz"), 30)
        yield found
    finally:
        docker("rm", "--force", container)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def viewer(edge: Edge) -> Iterator[httpx.Client]:
    """A viewer's browser, as far as HTTP goes."""
    with httpx.Client(base_url=edge.url, timeout=20) as client:
        yield client


@pytest.fixture
def token() -> str:
    """A session's token that nobody used before."""
    return uuid.uuid4().hex


@pytest.fixture
def channel() -> str:
    """A channel whose playlists no cache holds yet."""
    return f"channel-{uuid.uuid4().hex[:8]}"
