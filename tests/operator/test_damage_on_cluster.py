"""On a real cluster: whatever is damaged by hand is put right."""

import asyncio
import time

import pytest
from support.operator_world import (
    World,
    make_ready,
    ready_channel,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]


async def test_what_was_deleted_or_edited_is_put_right(world: World) -> None:
    name = await ready_channel(world)
    first = world.get("Deployment", f"simlive-{name}")["metadata"]["uid"]
    await asyncio.to_thread(world.delete, "Deployment", f"simlive-{name}")
    deleted = time.monotonic()
    await until(
        "another Deployment",
        lambda: (found := world.get("Deployment", f"simlive-{name}")) and found["metadata"]["uid"] != first,
    )
    print(f"\nfrom a deleted Deployment to another: {time.monotonic() - deleted:.3f} s")
    world.delete("ConfigMap", f"simlive-{name}")
    await until("the ConfigMap", lambda: world.get("ConfigMap", f"simlive-{name}"))
    world.merge("Deployment", f"simlive-{name}", {"spec": {"replicas": 3}})
    await until("one replica", lambda: world.get("Deployment", f"simlive-{name}")["spec"]["replicas"] == 1)
    await make_ready(world, name)


async def test_an_operator_that_was_away_finds_out_what_happened(world: World) -> None:
    name = await ready_channel(world)
    before = world.key(name)
    await world.stop_operator()
    world.delete("Deployment", f"simlive-{name}")
    world.delete("Secret", f"simlive-{name}-key")
    await until("nothing left", lambda: world.get("Deployment", f"simlive-{name}") is None)
    started = time.monotonic()
    await world.start_operator()
    await until("the Deployment", lambda: world.get("Deployment", f"simlive-{name}"))
    print(f"\nfrom the operator's start to the repaired Deployment: {time.monotonic() - started:.3f} s")
    assert world.key(name) == before
    await make_ready(world, name)


@pytest.mark.parametrize("kind", ["ConfigMap", "Deployment", "Secret"])
async def test_a_child_without_owner_or_labels_is_adopted_again(kind: str, world: World) -> None:
    name = await ready_channel(world)
    child = f"simlive-{name}-key" if kind == "Secret" else f"simlive-{name}"
    before = world.get(kind, child)
    keys = world.secret(name)
    world.merge(kind, child, {"metadata": {"ownerReferences": None}})
    await until("its owner", lambda: "ownerReferences" in world.get(kind, child)["metadata"])
    world.merge(kind, child, {"metadata": {"labels": None}})
    world.merge("Channel", name, {"metadata": {"labels": {"look": "again"}}})
    await until("its labels", lambda: world.get(kind, child)["metadata"].get("labels"))
    after = world.get(kind, child)
    for mark in ("uid", "ownerReferences", "labels"):
        assert after["metadata"][mark] == before["metadata"][mark]
    assert world.secret(name) == keys


async def test_a_wiped_status_is_written_again(world: World) -> None:
    name = await ready_channel(world)
    world.kind("Channel").status.patch(
        name=name, namespace=world.namespace, content_type="application/merge-patch+json",
        body={"status": None},
    )  # fmt: skip
    await until("the status", lambda: world.ready(name))
    assert world.get("Channel", name)["status"]["keyId"] == world.secret(name)["kid"]


async def test_an_edited_configuration_is_put_right(world: World) -> None:
    name = await ready_channel(world)
    before = world.get("ConfigMap", f"simlive-{name}")["data"]
    world.merge("ConfigMap", f"simlive-{name}", {"data": {"channel.json": "{}"}})
    await until("its content", lambda: world.get("ConfigMap", f"simlive-{name}")["data"] == before)
