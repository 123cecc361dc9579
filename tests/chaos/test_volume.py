"""The segment volume is full: the oldest slots go, the channel stays.

The volume of the cluster is the machine's disk, which is not to be filled. So this is SimLive as the operator
runs it, with the shared channel's image, configuration and key, in a pod of the test's own whose volume is a
small tmpfs: a memory-backed emptyDir, whose sizeLimit is the file system's size: beyond it, ENOSPC.
"""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from chaos.air import Air, Slot, faults_in, read_journal
from chaos.figures import Budget
from support.kube import Kube, Resource
from support.waiting import wait_until

MISSING = Budget("segment volume full", "missing of the newest", 0, "slots")
POD = "chaos-volume"
SIZE = 12  # MiB
LEFT = 1500  # KiB that the filler leaves: about ten slots
FULL_FOR = 15  # slots over which the volume stays full
LIMIT = 120


def small_pod(kube: Kube, air: Air) -> Resource:
    """The shared channel's pod with a volume of its own, in nobody's Deployment."""
    found = kube.get("deployment", f"simlive-{air.name}")
    assert found
    spec = found["spec"]["template"]["spec"]
    spec["volumes"] = [
        {"name": "segments", "emptyDir": {"medium": "Memory", "sizeLimit": f"{SIZE}Mi"}}
        if volume["name"] == "segments"
        else volume
        for volume in spec["volumes"]
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": "telstar", "labels": {"app": POD}},
        "spec": {**spec, "restartPolicy": "Never", "terminationGracePeriodSeconds": 1},
    }


@pytest.fixture
def cramped(kube: Kube, shared: Air) -> Iterator[str]:
    """The pod's name, once it publishes."""
    kube.apply(small_pod(kube, shared))
    try:
        kube.run("wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=90s")
        yield POD
    finally:
        kube.delete("pod", POD)


def test_a_full_volume_costs_the_oldest_slots_and_never_the_channel(
    cramped: str, kube: Kube, note: Callable[[Budget, float], None]
) -> None:
    def slots() -> list[Slot]:
        return read_journal(in_pod(kube, "cat /segments/journal/*.jsonl"))

    def more(count: int, after: Slot) -> bool:
        return slots()[-1].sequence >= after.sequence + count

    first = slots()[0]
    room = int(in_pod(kube, "df --output=avail /segments | tail -1"))
    in_pod(kube, f"head -c {room - LEFT}K /dev/zero > /segments/filler")
    wait_until("the volume to be short of room", lambda: volume(kube)["evicted"] > 0, LIMIT, every=1)
    newest = slots()[-1]
    wait_until(f"{FULL_FOR} slots on the full volume", lambda: more(FULL_FOR, newest), LIMIT, every=1)
    assert_stored(kube, slots()[-3:])
    seen = slots()
    note(MISSING, sum(slot.start - before.end for before, slot in pairwise(seen)) / seen[-1].duration)
    assert faults_in(seen) == []
    assert {slot.run for slot in seen} == {first.run}, "the encoder was restarted"
    assert int(in_pod(kube, "ls /segments/360p/*/* | grep -c m4s")) < newest.sequence, "nothing was given up"

    in_pod(kube, "rm /segments/filler")
    evicted, newest = volume(kube)["evicted"], slots()[-1]
    wait_until("slots with room again", lambda: more(4, newest), LIMIT, every=1)
    assert not volume(kube)["short"]
    assert volume(kube)["evicted"] == evicted, "slots are given up though there is room"


def in_pod(kube: Kube, script: str) -> str:
    """What a shell script in the pod prints."""
    return kube.run("exec", POD, "--", "sh", "-c", script)


def volume(kube: Kube) -> dict[str, Any]:
    """What SimLive says of its volume."""
    status = kube.run("get", "--raw", f"/api/v1/namespaces/telstar/pods/{POD}:8080/proxy/status")
    found: dict[str, Any] = json.loads(status)["volume"]
    return found


def assert_stored(kube: Kube, slots: list[Slot]) -> None:
    """All segments of these slots are there, whole."""
    for slot in slots:
        for track, (_, size) in slot.tracks.items():
            assert int(in_pod(kube, f"stat -c %s /segments/{slot.path(track)}")) == size, slot
