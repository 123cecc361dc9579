"""A Channel as the API server would show it, and a registry to talk to."""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kubernetes import config
from kubernetes.client import ApiClient
from support.definitions import apply_definition
from support.operator_world import World, operating
from support.registry import TOKEN, FakeRegistry, self_signed
from telstar_operator.manifests import names
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.facts import KeySecret
from telstar_operator.registry import Registry
from telstar_operator.resources import Channel

NOW = datetime(2026, 11, 22, 18, 24, 0, 250000, tzinfo=UTC)
BODY: dict[str, Any] = {
    "apiVersion": "telstar.dev/v1alpha1",
    "kind": "Channel",
    "metadata": {
        "name": "news",
        "namespace": "telstar",
        "uid": "11111111-1111-1111-1111-111111111111",
        "generation": 3,
        "resourceVersion": "100",
        "creationTimestamp": "2026-11-22T18:00:00Z",
    },
    "spec": {"displayName": "News 24", "number": 101, "source": {"testPattern": {}}},
}


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """RFC 7386: a null removes."""
    merged = copy.deepcopy(base)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge(merged[name], value)
        else:
            merged[name] = copy.deepcopy(value)
    return merged


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_body() -> Callable[..., dict[str, Any]]:
    """The body of Channel news with these changes of spec, metadata and status."""

    def make(
        spec: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        status: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return merge(BODY, {"spec": spec or {}, "metadata": metadata or {}, "status": status or {}})

    return make


@pytest.fixture
def make_channel(make_body: Callable[..., dict[str, Any]]) -> Callable[..., Channel]:
    """Channel news with these changes."""

    def make(**changes: Any) -> Channel:
        return Channel.parse(make_body(**changes))

    return make


@pytest.fixture
def held(make_channel: Callable[..., Channel]) -> Callable[..., KeySecret]:
    """The channel's own Secret as it shall be, with these changes."""

    def make(kid: str = "a" * 32, fingerprint: str = "print", **changes: Any) -> KeySecret:
        metadata = names.metadata(make_channel(), "simlive-news-key")
        return KeySecret(kid, fingerprint, **{"metadata": metadata, **changes})

    return make


@pytest.fixture
def runtime() -> Runtime:
    return Runtime(
        image="telstar/simlive:test", segments_claim="telstar-segments", image_pull_secrets=("pull",)
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def fake_registry(certificate: tuple[Path, Path]) -> AsyncIterator[FakeRegistry]:
    registry = FakeRegistry()
    await registry.start(*certificate)
    yield registry
    await registry.stop()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
async def registry(
    fake_registry: FakeRegistry, certificate: tuple[Path, Path], token_file: Path
) -> AsyncIterator[Registry]:
    """The operator's client, connected to the fake registry."""
    async with Registry(f"https://127.0.0.1:{fake_registry.port}", certificate[0], token_file) as client:
        yield client


@pytest.fixture
def aiohttp_get() -> Callable[[web.Application, str], Awaitable[tuple[int, str]]]:
    """GET a path of an application: status and text."""

    async def get(app: web.Application, path: str) -> tuple[int, str]:
        async with TestClient(TestServer(app)) as visitor:
            answer = await visitor.get(path)
            return answer.status, await answer.text()

    return get


@pytest.fixture(scope="module")
def channel_definition_applied() -> ApiClient:
    """The API server of $KUBECONFIG, with the Channel definition."""
    api = config.new_client_from_config()
    apply_definition(api)
    return api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    channel_definition_applied: ApiClient,
    certificate: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """An operator in a namespace of its own on a real cluster."""
    folder = tmp_path_factory.mktemp("operator")
    async with operating(channel_definition_applied, certificate, folder) as world:
        yield world
