"""On a real cluster: what a deleted Channel leaves, with either reclaim policy."""

import asyncio

import pytest
from support.operator_world import (
    World,
    manifest,
    pod_of,
    ready_channel,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]


async def test_deletion_with_delete_purges_then_forgets_then_lets_go(world: World) -> None:
    name = await ready_channel(world)
    world.delete("Channel", name)
    pod = await until("the purge pod", lambda: pod_of(world, name, "simlive-purge"))
    assert world.get("Deployment", f"simlive-{name}") is None
    assert name in world.registry.keys, "the API must keep the keys until the segments are gone"
    await until("the word", lambda: world.conditions(name)["Ready"] == ("False", "Purging"))
    claims = [
        v["persistentVolumeClaim"]["claimName"]
        for v in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in v
    ]
    assert claims == ["segments"]
    assert [
        m["subPath"] for m in pod["spec"]["containers"][0]["volumeMounts"] if m["name"] == "segments"
    ] == [name]
    world.kind("Pod").status.patch(
        name=pod["metadata"]["name"], namespace=world.namespace, content_type="application/merge-patch+json",
        body={"status": {"phase": "Succeeded"}},
    )  # fmt: skip
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
    assert name not in world.registry.registrations
    assert name not in world.registry.keys
    await until("the Secret to be gone", lambda: world.get("Secret", f"simlive-{name}-key") is None)
    await until("the Job to be gone", lambda: world.get("Job", f"purge-{name}") is None)


async def test_deletion_with_retain_keeps_segments_and_keys_for_a_channel_that_returns(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    before = world.key(name)
    world.delete("Channel", name)
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
    assert name not in world.registry.registrations
    assert world.registry.keys[name][0]["kid"] == before[0]
    assert world.get("Job", f"purge-{name}") is None
    await until("the Secret to be gone", lambda: world.get("Secret", f"simlive-{name}-key") is None)
    await asyncio.to_thread(world.create, "Channel", manifest(name))
    await until("the key's return", lambda: world.get("Secret", f"simlive-{name}-key"))
    assert world.key(name) == before


async def test_a_channel_deleted_while_the_operator_was_away_goes_when_it_returns(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    await world.stop_operator()
    world.delete("Channel", name)
    assert world.get("Channel", name)["metadata"]["deletionTimestamp"]
    assert world.get("Deployment", f"simlive-{name}"), "the channel plays on until its operator returns"
    await world.start_operator()
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
    assert name not in world.registry.registrations


async def test_a_finalizer_of_another_is_waited_for(world: World) -> None:
    name = await ready_channel(world, reclaimPolicy="Retain")
    world.merge("Channel", name, {"metadata": {"finalizers": ["telstar.dev/channel", "example.com/other"]}})
    world.delete("Channel", name)

    def finalizers() -> list[str]:
        return world.get("Channel", name)["metadata"]["finalizers"]

    await until("ours to be gone", lambda: finalizers() == ["example.com/other"])
    assert name not in world.registry.registrations
    world.merge("Channel", name, {"metadata": {"finalizers": None}})
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
