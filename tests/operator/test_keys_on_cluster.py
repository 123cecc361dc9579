"""On a real cluster: keys are made once, restored, rotated, and shown nowhere."""

import asyncio
import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from support.operator_world import (
    World,
    make_ready,
    ready_channel,
    until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]


async def test_a_deleted_key_secret_comes_back_with_the_same_key(world: World) -> None:
    name = await ready_channel(world)
    before = world.key(name)
    uid = world.get("Secret", f"simlive-{name}-key")["metadata"]["uid"]
    world.delete("Secret", f"simlive-{name}-key")
    await until(
        "the Secret",
        lambda: (found := world.get("Secret", f"simlive-{name}-key")) and found["metadata"]["uid"] != uid,
    )
    assert world.key(name) == before
    await until("the Event", lambda: "KeyRestored" in world.events(name))
    assert len(world.registry.keys[name]) == 1


async def test_an_altered_key_is_put_back(world: World) -> None:
    name = await ready_channel(world)
    before = world.key(name)
    other = base64.b64encode(b"0" * 32).decode()
    world.merge("Secret", f"simlive-{name}-key", {"data": {"key": other}})
    await until("the registered key", lambda: world.key(name) == before)
    world.merge("Secret", f"simlive-{name}-key", {"data": {"kid": None}})
    await until("the registered KID", lambda: "kid" in world.get("Secret", f"simlive-{name}-key")["data"])
    assert world.key(name) == before


async def test_without_the_api_channels_play_on_and_a_lost_key_waits_for_it(world: World) -> None:
    name = await ready_channel(world)
    before = world.key(name)
    await world.registry.stop()
    try:
        world.delete("Deployment", f"simlive-{name}")
        await until("another Deployment", lambda: world.get("Deployment", f"simlive-{name}"))
        await make_ready(world, name)
        world.delete("Secret", f"simlive-{name}-key")
        await until(
            "the wait", lambda: world.conditions(name)["KeysReady"] == ("False", "RegistryUnavailable")
        )
        assert world.get("Secret", f"simlive-{name}-key") is None
        assert world.get("Deployment", f"simlive-{name}"), "the running pod must be left alone"
        other = await asyncio.to_thread(world.make_channel)
        await until(
            "the wait", lambda: world.conditions(other).get("Registered") == ("False", "RegistryUnavailable")
        )
        assert world.get("Deployment", f"simlive-{other}") is None
    finally:
        await world.registry.start(*world.certificate)
    await until("the Secret", lambda: world.get("Secret", f"simlive-{name}-key"))
    assert world.key(name) == before
    await until("the Deployment of the other", lambda: world.get("Deployment", f"simlive-{other}"))


async def test_a_key_of_ones_own_is_checked_and_used(world: World) -> None:
    secret = f"own-{uuid.uuid4().hex[:6]}"
    name = await asyncio.to_thread(world.make_channel, drm={"keySecretRef": {"name": secret}})
    await until("the lack", lambda: world.conditions(name).get("KeysReady") == ("False", "SecretNotFound"))
    kid, key = uuid.uuid4().hex, uuid.uuid4().hex
    world.create("Secret", {"metadata": {"name": secret}, "stringData": {"kid": kid, "key": "short"}})
    world.merge("Channel", name, {"metadata": {"labels": {"look": "again"}}})
    await until("the complaint", lambda: world.conditions(name)["KeysReady"] == ("False", "SecretInvalid"))
    world.merge("Secret", secret, {"stringData": {"key": key}})
    world.merge("Channel", name, {"metadata": {"labels": {"look": "once-more"}}})
    deployment = await until("the Deployment", lambda: world.get("Deployment", f"simlive-{name}"))
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    assert [volume["secret"]["secretName"] for volume in volumes if "secret" in volume] == [secret]
    assert [(entry["kid"], entry["key"]) for entry in world.registry.keys[name]] == [(kid, key)]
    assert world.get("Secret", f"simlive-{name}-key") is None


async def test_no_key_stands_in_any_annotation_spec_or_event(world: World) -> None:
    name = await ready_channel(world)
    _, key = world.key(name)
    for kind in ("Channel", "Deployment", "ConfigMap", "Pod", "Event"):
        text = json.dumps(list(await asyncio.to_thread(world.items, kind)))
        assert key not in text
        assert base64.b64encode(key.encode()).decode() not in text
    secret = world.get("Secret", f"simlive-{name}-key")
    assert "annotations" not in secret["metadata"]


async def test_a_key_is_followed_by_the_next_which_is_announced_ahead(world: World) -> None:
    name = await ready_channel(world, drm={"rotationPeriod": "1m"})
    first = world.secret(name)
    announced = await until("the next key", lambda: "next-kid" in (files := world.secret(name)) and files, 40)
    begins = datetime.fromisoformat(announced["next-from"])
    assert begins - datetime.fromisoformat(first["from"]) == timedelta(minutes=1)
    known = {key["kid"]: key for key in world.registry.keys[name]}
    assert datetime.fromisoformat(known[announced["next-kid"]]["valid_from"]) == begins
    await until("the status", lambda: world.get("Channel", name)["status"].get("nextKeyId"))
    status = world.get("Channel", name)["status"]
    assert (status["keyId"], status["nextKeyId"]) == (first["kid"], announced["next-kid"])

    world.merge("Secret", f"simlive-{name}-key", {"data": {"next-key": None}})
    await until("the next key again", lambda: world.secret(name) == announced)

    await until("the rotation", lambda: world.secret(name)["kid"] == announced["next-kid"], 60)
    assert datetime.now(UTC) >= begins
    files = world.secret(name)
    assert (files["key"], files["from"]) == (announced["next-key"], announced["next-from"])
    await until("the Event", lambda: "KeyRotated" in world.events(name))
    assert len(world.registry.keys[name]) == 2, "no key may be made in vain"
    await until("the status", lambda: world.get("Channel", name)["status"]["keyId"] == files["kid"])
    assert world.conditions(name)["KeysReady"] == ("True", "KeyRegistered")


async def test_the_next_key_of_a_secret_of_ones_own_is_asked_for_and_registered(
    world: World,
) -> None:
    secret = f"own-{uuid.uuid4().hex[:6]}"
    first, second = ({"kid": uuid.uuid4().hex, "key": uuid.uuid4().hex} for _ in range(2))
    world.create("Secret", {"metadata": {"name": secret}, "stringData": first})
    drm = {"keySecretRef": {"name": secret}, "rotationPeriod": "1m"}
    name = await ready_channel(world, drm=drm)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    world.registry.keys[name][0]["valid_from"] = long_ago.isoformat()
    await world.stop_operator()  # what it remembers of the key goes with it
    await world.start_operator()
    await until("the reminder", lambda: world.conditions(name)["KeysReady"] == ("True", "RotationDue"))
    begins = (datetime.now(UTC) + timedelta(seconds=5)).replace(microsecond=0)
    upcoming = {"next-kid": second["kid"], "next-key": second["key"], "next-from": begins.isoformat()}
    world.merge("Secret", secret, {"stringData": upcoming})
    world.merge("Channel", name, {"metadata": {"labels": {"look": "again"}}})
    await until("the registration", lambda: len(world.registry.keys[name]) == 2)
    assert datetime.fromisoformat(world.registry.keys[name][1]["valid_from"]) == begins
    await until("its use", lambda: world.get("Channel", name)["status"]["keyId"] == second["kid"])
    assert world.get("Secret", secret)["data"].keys() == {*first, *upcoming}, "it is not ours to change"
