"""On a real cluster: what a deleted Channel leaves, by either policy, and a namespace that is deleted."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from support.operator_world import (
    World,
    manifest,
    operating,
    pod_of,
    ready_channel,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]

NAMESPACE_LIMIT = 60
"""Seconds that a namespace with Channels and their operator may take to go."""


def finish_purge(world: World, pod: dict[str, Any]) -> None:
    """Play the kubelet of a purge that did its work."""
    world.kind("Pod").status.patch(
        name=pod["metadata"]["name"], namespace=world.namespace, content_type="application/merge-patch+json",
        body={"status": {"phase": "Succeeded"}},
    )  # fmt: skip


async def purge_pod(world: World, name: str) -> dict[str, Any]:
    found: dict[str, Any] = await until("the purge pod", lambda: pod_of(world, name, "simlive-purge"))
    return found


async def test_deletion_with_delete_returns_at_once_then_purges_then_forgets(world: World) -> None:
    name = await ready_channel(world)
    world.delete("Channel", name)
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None, 5)
    pod = await purge_pod(world, name)
    assert world.get("Deployment", f"simlive-{name}") is None
    assert not pod_of(world, name)
    assert name in world.registry.keys, "the API must keep the keys until the segments are gone"
    assert [one["reason"] for one in world.leaving()] == ["Purging"]
    claims = [
        v["persistentVolumeClaim"]["claimName"]
        for v in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in v
    ]
    assert claims == ["segments"]
    assert [
        m["subPath"] for m in pod["spec"]["containers"][0]["volumeMounts"] if m["name"] == "segments"
    ] == [name]
    finish_purge(world, pod)
    await until("it to be forgotten", lambda: name not in world.registry.registrations)
    assert name not in world.registry.keys
    await until("the Secret to be gone", lambda: world.get("Secret", f"simlive-{name}-key") is None)
    await until("the Job to be gone", lambda: world.get("Job", f"purge-{name}") is None)
    await until("the Event", lambda: "ChannelPurged" in world.events("telstar-operator"))
    assert world.leaving() == []


async def test_deletion_with_retain_keeps_segments_and_keys_for_a_channel_that_returns(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    before = world.key(name)
    world.delete("Channel", name)
    await until("it to be forgotten", lambda: name not in world.registry.registrations)
    assert world.registry.keys[name][0]["kid"] == before[0]
    assert world.get("Job", f"purge-{name}") is None
    await until("the Secret to be gone", lambda: world.get("Secret", f"simlive-{name}-key") is None)
    await asyncio.to_thread(world.create, "Channel", manifest(name))
    await until("the key's return", lambda: world.get("Secret", f"simlive-{name}-key"))
    assert world.key(name) == before


@pytest.mark.parametrize("policy", ["Delete", "Retain"])
async def test_a_channel_deleted_while_the_operator_is_away_goes_at_once_and_the_rest_when_it_is_back(
    world: World, policy: str
) -> None:
    name = await ready_channel(world, reclaimPolicy=policy)
    await world.stop_operator()
    world.delete("Channel", name)
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None, 5)
    await until("its pod to be gone", lambda: not pod_of(world, name))
    assert name in world.registry.registrations
    await world.start_operator()
    if policy == "Delete":
        finish_purge(world, await purge_pod(world, name))
    await until("it to be forgotten", lambda: name not in world.registry.registrations)
    assert (name in world.registry.keys) is (policy == "Retain")


async def test_a_channel_made_anew_waits_for_its_predecessors_purge(world: World) -> None:
    name = await ready_channel(world)
    before = world.key(name)
    world.delete("Channel", name)
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
    await asyncio.to_thread(world.create, "Channel", manifest(name))
    await until("the word", lambda: world.conditions(name)["Ready"] == ("False", "PurgingPredecessor"))
    pod = await purge_pod(world, name)
    assert pod_of(world, name) is None
    finish_purge(world, pod)
    await until("a pod of its own", lambda: pod_of(world, name))
    assert world.key(name) != before
    assert world.registry.registrations[name]["uid"] == world.get("Channel", name)["metadata"]["uid"]


async def test_a_channel_whose_children_were_orphaned_leaves_no_pod(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    world.kind("Channel").delete(name=name, namespace=world.namespace, body={"propagationPolicy": "Orphan"})
    await until("it to be forgotten", lambda: name not in world.registry.registrations)
    assert world.get("Deployment", f"simlive-{name}") is None
    assert not pod_of(world, name)


async def test_a_finalizer_of_another_is_waited_for_and_one_of_before_is_taken_off(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    world.merge("Channel", name, {"metadata": {"finalizers": ["telstar.dev/channel", "example.com/other"]}})

    def finalizers() -> list[str]:
        return world.get("Channel", name)["metadata"]["finalizers"]

    await until("that of before to be gone", lambda: finalizers() == ["example.com/other"])
    world.delete("Channel", name)
    await until("its pod to be gone", lambda: not pod_of(world, name))
    await until("the word", lambda: world.conditions(name)["Ready"] == ("False", "Deleting"))
    assert name in world.registry.registrations
    world.merge("Channel", name, {"metadata": {"finalizers": None}})
    await until("it to be forgotten", lambda: name not in world.registry.registrations)
    assert world.get("Channel", name) is None


async def test_a_namespace_deleted_under_the_operator_goes(
    channel_definition_applied: client.ApiClient, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """With Channels of either policy; none holds a finalizer, since the operator takes off that of before."""
    async with operating(channel_definition_applied, certificate, tmp_path) as world:
        names = [await ready_channel(world, reclaimPolicy=policy) for policy in ("Delete", "Retain")]
        core = client.CoreV1Api(channel_definition_applied)
        began = time.monotonic()
        await asyncio.to_thread(core.delete_namespace, world.namespace)

        def gone() -> bool:
            listed = core.list_namespace(field_selector=f"metadata.name={world.namespace}").items
            return not listed

        await until("the namespace to be gone", gone, NAMESPACE_LIMIT)
        took = time.monotonic() - began
        print(f"\na namespace with {len(names)} Channels and their operator: gone in {took:.1f} s")
        assert set(world.registry.registrations) <= set(names)
