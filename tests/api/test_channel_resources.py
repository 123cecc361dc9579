"""Reading Channel resources from Kubernetes: what is read, and that no trouble there is trouble here."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kubernetes.aio import client
from support.small_kube_api import CHANNELS, SmallKubeApi, serving
from telstar_api.channels import resources
from telstar_api.channels.conditions import Condition
from telstar_api.channels.resources import Resource, Resources, ResourceUnknown, read_in_cluster

READY = {
    "type": "Ready",
    "status": "False",
    "reason": "NoSegments",
    "message": "waiting",
    "lastTransitionTime": "2026-11-22T12:00:00Z",
}
NEWS = {"metadata": {"name": "news", "namespace": "tv"}, "status": {"restarts": 2, "conditions": [READY]}}
SAID = Resource(
    (Condition("Ready", "False", "NoSegments", "waiting", datetime(2026, 11, 22, 12, tzinfo=UTC)),), 2
)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SmallKubeApi]:
    """A Kubernetes API, and this process as a pod in the namespace `tv`."""
    (tmp_path / "namespace").write_text("tv\n")
    monkeypatch.setattr(resources, "NAMESPACE_FILE", tmp_path / "namespace")
    with serving(SmallKubeApi()) as api:

        def as_pod() -> None:
            client.Configuration.set_default(client.Configuration(host=api.url))

        monkeypatch.setattr(resources.config, "load_incluster_config", as_pod)
        yield api
    client.Configuration.set_default(None)


async def test_conditions_and_restarts_are_read(cluster: SmallKubeApi) -> None:
    cluster.add_channel(NEWS)
    found = await read_in_cluster("news")
    assert found == SAID
    assert found.condition("Ready") == SAID.conditions[0]
    assert found.condition("Other") is None


async def test_a_new_resource_says_nothing_yet(cluster: SmallKubeApi) -> None:
    cluster.add_channel({"metadata": {"name": "news", "namespace": "tv"}})
    assert await read_in_cluster("news") == Resource((), None)


async def test_there_may_be_none(cluster: SmallKubeApi) -> None:
    assert await read_in_cluster("news") is None


async def test_a_refusal_is_told(cluster: SmallKubeApi) -> None:
    path = f"{CHANNELS.format('tv')}/news"
    cluster.refused[path] = (403, "Forbidden", "channels.telstar.dev is forbidden")
    with pytest.raises(ResourceUnknown, match="403"):
        await read_in_cluster("news")


async def test_nobody_waits_for_long(cluster: SmallKubeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "ASKING_SECONDS", 0.0)
    with pytest.raises(ResourceUnknown, match="did not answer within 0 s"):
        await read_in_cluster("news")


async def test_outside_a_cluster_nothing_is_known() -> None:
    with pytest.raises(ResourceUnknown, match="could not be asked"):
        await read_in_cluster("news")


async def test_whoever_asks_often_hears_the_same_for_a_moment() -> None:
    asked, now = [], [0.0]

    async def read(name: str) -> Resource | None:
        asked.append(name)
        await asyncio.sleep(0)
        return SAID

    remembering = Resources(read, clock=lambda: now[0])
    assert await remembering("news") == await remembering("news") == SAID
    await remembering("films")
    now[0] = resources.REMEMBERED_SECONDS
    await remembering("news")
    assert asked == ["news", "films", "news"]
