"""On a real cluster: from a Channel to a pod that streams, and what changes do to it."""

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.operator_world import (
    NOWHERE,
    World,
    make_ready,
    play_kubelet,
    pod_of,
    ready_channel,
    stand_in,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]


async def test_an_applied_channel_gets_key_registration_and_pod_and_becomes_ready_with_it(
    world: World,
) -> None:
    applied = time.monotonic()
    name = await asyncio.to_thread(world.make_channel)
    await until("the Deployment", lambda: world.get("Deployment", f"simlive-{name}"))
    print(f"\nfrom apply to the Deployment: {time.monotonic() - applied:.3f} s")

    await until(
        "the word that no node takes the pod", lambda: world.conditions(name)["Ready"][1] == "Unschedulable"
    )
    kid, key = world.key(name)
    assert [(entry["kid"], entry["key"]) for entry in world.registry.keys[name]] == [(kid, key)]
    assert world.registry.registrations[name]["display_name"] == f"Test {name}"
    assert world.conditions(name)["KeysReady"] == ("True", "KeyRegistered")
    assert world.conditions(name)["Registered"] == ("True", "Registered")

    world.registry.last_segment_time = "2026-11-22T18:24:04Z"
    await make_ready(world, name)
    channel = world.get("Channel", name)
    assert channel["status"]["observedGeneration"] == channel["metadata"]["generation"]
    assert channel["status"]["keyId"] == kid
    assert channel["status"]["lastSegmentTime"] == channel["status"]["storedFrom"] == "2026-11-22T18:24:04Z"
    assert "finalizers" not in channel["metadata"]
    assert key not in json.dumps(channel)
    assert {"KeyMade", "StreamingBegan"} <= set(world.events(name))


async def test_a_stopped_channel_has_no_pod_and_starts_again(world: World) -> None:
    name = await ready_channel(world)
    world.merge("Channel", name, {"spec": {"state": "Stopped"}})
    await until("no Deployment", lambda: world.get("Deployment", f"simlive-{name}") is None)
    await until("Stopped", lambda: world.conditions(name)["Ready"] == ("False", "Stopped"))
    assert world.registry.registrations[name]["state"] == "Stopped"
    world.merge("Channel", name, {"spec": {"state": "Running"}})
    await make_ready(world, name)


async def test_what_simlive_follows_by_itself_makes_no_new_pod(world: World) -> None:
    name = await ready_channel(world)
    pod = await until("a pod that was told", lambda: (found := pod_of(world, name)) and told(found) and found)
    former = world.configuration(name)["revision"]
    changes = {"displayName": "Renamed", "frameRate": 50, "retention": "24h", "audioOnly": True}
    world.merge("Channel", name, {"spec": {**changes, "number": 77, "drm": {"enabled": False}}})
    await until("another configuration", lambda: world.configuration(name)["revision"] != former)
    assert world.configuration(name)["spec"]["displayName"] == "Renamed"
    await until("the new registration", lambda: world.registry.registrations[name]["number"] == 77)
    await until("the kubelet to be told", lambda: told(pod_of(world, name)) not in (None, told(pod)))
    generation = world.get("Channel", name)["metadata"]["generation"]
    await until(
        "the status", lambda: world.get("Channel", name)["status"]["observedGeneration"] == generation
    )
    assert pod_of(world, name)["metadata"]["uid"] == pod["metadata"]["uid"]
    assert world.ready(name)
    template = {"nodeSelector": NOWHERE, "resources": {"requests": {"cpu": "7m"}}}
    world.merge("Channel", name, {"spec": {"podTemplate": template}})
    await until(
        "another pod",
        lambda: (found := pod_of(world, name)) and found["metadata"]["uid"] != pod["metadata"]["uid"],
    )


def told(pod: dict[str, Any]) -> str | None:
    """What its kubelet was last told of."""
    return (pod["metadata"].get("annotations") or {}).get("telstar.dev/configuration")


def playing(name: str, state: str, **changes: Any) -> dict[str, Any]:
    """SimLive's status."""
    return {
        "channel": name, "revision": "0" * 16, "run": 1, "kid": None, "restarts": 0,
        "last_segment_time": "2026-11-22T18:24:04Z", "stored_from": "2026-11-22T18:00:00Z",
        "source": {"state": state, "message": "", "faults": {"srt://feed:9000?passphrase=secret": "refused"}},
        **changes,
    }  # fmt: skip


async def test_the_channel_says_what_simlive_says(world: World) -> None:
    async with stand_in({}) as simlive:
        world.registry.last_segment_time = "2026-11-22T18:24:04Z"
        name = await asyncio.to_thread(world.make_channel)
        pod = await until("its pod", lambda: pod_of(world, name))
        play_kubelet(world, pod, simlive.address)
        await until("segments", lambda: world.conditions(name)["Streaming"] == ("True", "Streaming"))
        assert world.conditions(name)["Ready"] == ("Unknown", "NotObserved"), "nobody knows what it plays"
        kid = uuid.uuid4().hex
        simlive.status = playing(name, "preferred", kid=kid)
        await until("its word", lambda: world.ready(name))
        assert world.conditions(name)["SourceHealthy"] == ("True", "SourcePlaying")
        status = world.get("Channel", name)["status"]
        assert (status["keyId"], status["storedFrom"]) == (kid, "2026-11-22T18:24:04Z")
        assert world.conditions(name)["Streaming"] == ("True", "Updating")  # it says another revision
        revision = world.configuration(name)["revision"]
        simlive.status = playing(name, "slate", kid=kid, revision=revision)
        await until("the slate", lambda: world.conditions(name)["Ready"] == ("False", "NoSignal"))
        assert world.conditions(name)["Streaming"] == ("True", "Streaming")
        assert "srt://feed:9000 (refused)" in world.message(name, "SourceHealthy")
        simlive.status = playing(name, "preferred", kid=kid, revision=revision)
        await until("its return", lambda: world.ready(name))
        await until("the Events", lambda: "SourceRestored" in world.events(name))
        assert world.events(name).count("NoSignal") == 1
    quiet = time.monotonic()
    await until("its silence", lambda: world.conditions(name)["Ready"] == ("Unknown", "NotObserved"), 120)
    assert time.monotonic() - quiet > 50, "one missed answer is no reason"


async def test_the_schedule_reaches_the_pod(world: World) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    shown = {"start": rfc3339(hour), "end": rfc3339(hour + timedelta(hours=1)), "title": "Abendschau"}
    name = await asyncio.to_thread(world.make_channel, overlay={"programme": True})
    world.registry.programmes[name] = [shown]

    def titles() -> list[str]:
        data = (world.get("ConfigMap", f"simlive-{name}") or {"data": {}})["data"]
        found = json.loads(data.get("programmes.json", '{"programmes": []}'))
        return [programme["title"] for programme in found["programmes"]]

    await until("the title", lambda: titles() == ["Abendschau"], 150)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_refusal_of_the_api_is_told_in_its_words(world: World) -> None:
    world.registry.refusal = "Number 1 is taken by channel sports."
    try:
        name = await asyncio.to_thread(world.make_channel)
        await until(
            "the word", lambda: world.conditions(name).get("Registered") == ("False", "RegistrationRefused")
        )
        conditions = world.get("Channel", name)["status"]["conditions"]
        assert any(
            "taken by channel sports" in entry["message"] for entry in conditions if entry["type"] == "Ready"
        )
    finally:
        world.registry.refusal = None


async def test_a_pod_template_the_api_server_refuses_is_told_in_its_words(world: World) -> None:
    template = {"nodeSelector": NOWHERE, "affinity": {"nodeAffinity": {"required": "a typing mistake"}}}
    name = await asyncio.to_thread(world.make_channel, podTemplate=template)
    await until("the word", lambda: world.conditions(name).get("Streaming") == ("False", "ApplyRefused"))
    streaming = [
        entry for entry in world.get("Channel", name)["status"]["conditions"] if entry["type"] == "Streaming"
    ]
    assert "affinity" in streaming[0]["message"]
