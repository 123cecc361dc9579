"""Reconciliations with a cluster in memory and the fake registry: what is done, in which order, only once."""

import copy
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from kubernetes.aio.client import ApiException
from support.memory_cluster import MemoryCluster
from support.registry import FakeRegistry
from telstar_operator.cluster import RefusedError
from telstar_operator.handlers.departing import KEPT_CHECK, Departing
from telstar_operator.handlers.listing import compare
from telstar_operator.handlers.looking import Looks
from telstar_operator.handlers.reconciling import Reconciler
from telstar_operator.handlers.watching import keep
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.facts import Silent
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.registry import Registry
from telstar_operator.store import Store

Manifest = dict[str, Any]


@dataclass
class World:
    cluster: MemoryCluster
    reconciler: Reconciler

    def watch(self) -> None:
        """Deliver everything that is, as watches would, and what is gone."""
        store = self.reconciler.store
        for kind in ("Channel", "Secret", "ConfigMap", "Deployment", "Job", "Pod"):
            items = [keep(found, item) for (found, _), item in self.cluster.objects.items() if found == kind]
            store.relist(kind, copy.deepcopy(items), 10**9)

    async def reconcile(self) -> float | None:
        self.watch()
        return await self.reconciler.reconcile("news")

    def conditions(self) -> dict[str, tuple[str, str]]:
        status = self.cluster.objects["Channel", "news"]["status"]
        return {entry["type"]: (entry["status"], entry["reason"]) for entry in status["conditions"]}


def speak(world: World) -> None:
    """Every pod says that it plays what it shall."""
    word = SimLiveStatus(channel="news", revision="of the run on the air")
    world.reconciler.looks.said = lambda channel, uid: word  # type: ignore[method-assign]


async def nobody(address: str, port: int, channel: str) -> Silent:
    """No pod answers."""
    return Silent("there is none")


@pytest.fixture
def world(make_body: Callable[..., Manifest], registry: Registry, runtime: Runtime, now: datetime) -> World:
    cluster = MemoryCluster()
    cluster.put("Channel", make_body())
    store = Store()
    store.complete = True
    looks = Looks(nobody, lambda channel: None)
    departing = Departing(store, cluster, registry, runtime, "telstar", "here", lambda: now)  # type: ignore[arg-type]
    return World(cluster, Reconciler(store, cluster, registry, departing, "here", looks, lambda: now))  # type: ignore[arg-type]


async def test_one_reconciliation_goes_from_nothing_to_a_pod_on_its_way(
    world: World, fake_registry: FakeRegistry
) -> None:
    await world.reconcile()
    assert world.cluster.writes == ["Secret", "ConfigMap", "Deployment", "status"]
    writes = [request.split(" ")[0:2] for request in fake_registry.requests if request.startswith("PUT")]
    kid = fake_registry.keys["news"][0]["kid"]
    base = "/internal/v1/channels/news"
    assert writes == [["PUT", base], ["PUT", f"{base}/keys/{kid}"]]
    assert world.conditions()["Ready"] == ("False", "Starting")
    assert world.cluster.events == ["KeyMade"]


async def test_a_second_one_writes_nothing(world: World) -> None:
    await world.reconcile()
    world.cluster.writes.clear()
    await world.reconcile()
    assert world.cluster.writes == []
    assert world.cluster.events == ["KeyMade"]


async def test_a_key_whose_secret_could_not_be_written_is_restored_not_made_again(
    world: World, fake_registry: FakeRegistry
) -> None:
    world.cluster.refuse["Secret"] = ApiException(status=503, reason="Service Unavailable")
    with pytest.raises(ApiException):
        await world.reconcile()
    assert len(fake_registry.keys["news"]) == 1
    world.cluster.refuse.clear()
    await world.reconcile()
    assert len(fake_registry.keys["news"]) == 1
    assert world.cluster.events == ["KeyRestored"]


async def test_a_refused_key_secret_is_told(world: World) -> None:
    world.cluster.refuse["Secret"] = RefusedError("exceeded quota: secrets=0")
    await world.reconcile()
    assert world.conditions()["KeysReady"] == ("False", "KeyRefused")
    assert ("Deployment", "simlive-news") not in world.cluster.objects


async def test_a_key_that_an_unseen_secret_holds_is_taken(world: World, fake_registry: FakeRegistry) -> None:
    await world.reconcile()
    secret = world.cluster.objects["Secret", "simlive-news-key"]
    fake_registry.keys.clear()
    world.reconciler.memories.clear()
    world.watch()
    world.reconciler.store.miss("Secret", "simlive-news-key", 10**9)
    world.cluster.writes.clear()
    await world.reconciler.reconcile("news")
    assert world.cluster.objects["Secret", "simlive-news-key"] == secret
    assert world.cluster.writes == []
    assert len(fake_registry.keys["news"]) == 1


async def test_after_a_restart_keys_are_confirmed_and_nothing_is_written(
    world: World, fake_registry: FakeRegistry
) -> None:
    await world.reconcile()
    world.cluster.writes.clear()
    world.reconciler.memories.clear()
    await world.reconcile()
    assert world.cluster.writes == []
    assert len(fake_registry.keys["news"]) == 1


async def test_a_refused_deployment_is_tried_once_a_reconciliation(world: World) -> None:
    world.cluster.refuse["Deployment"] = RefusedError("exceeded quota")
    await world.reconcile()
    assert world.conditions()["Streaming"] == ("False", "ApplyRefused")
    world.cluster.refuse.clear()
    await world.reconcile()
    assert world.conditions()["Streaming"] == ("False", "Starting")


async def test_events_are_not_worth_failing_for(world: World) -> None:
    world.cluster.refuse["Event"] = RefusedError("the namespace is going")
    await world.reconcile()
    assert world.conditions()["KeysReady"] == ("True", "KeyRegistered")


async def test_a_channel_that_returns_under_its_name_is_not_taken_for_the_former(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    await world.reconcile()
    fake_registry.keys.clear()
    fake_registry.registrations.clear()
    world.cluster.objects.clear()
    world.cluster.put("Channel", make_body(metadata={"uid": "another"}))
    await world.reconcile()
    assert len(fake_registry.keys["news"]) == 1
    assert (
        world.cluster.objects["Deployment", "simlive-news"]["metadata"]["ownerReferences"][0]["uid"]
        == "another"
    )


def complete_purge(world: World) -> None:
    done = {"type": "Complete", "status": "True", "lastTransitionTime": "2026-11-22T18:24:00Z"}
    job = world.cluster.objects["Job", "purge-news"]
    world.cluster.put("Job", {**job, "status": {"conditions": [done]}})


def vanish(world: World) -> None:
    """The Channel is deleted, and the garbage collector takes what it owned."""
    world.cluster.objects.clear()
    world.cluster.writes.clear()
    world.cluster.events.clear()


async def test_a_name_nobody_registered_is_not_remembered(world: World) -> None:
    vanish(world)
    assert await world.reconcile() is None
    assert world.reconciler.memories == world.reconciler.departing.leaving == {}
    assert world.cluster.writes == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_deleted_channel_is_purged_then_forgotten(
    world: World, fake_registry: FakeRegistry, restarted: bool
) -> None:
    await world.reconcile()
    vanish(world)
    if restarted:
        world.reconciler.memories.clear()
    assert await world.reconcile()
    assert world.cluster.writes == ["Job"]
    assert world.reconciler.departing.leaving["news"].awaits.reason == "Purging"
    assert fake_registry.keys["news"]
    assert fake_registry.registrations["news"]
    complete_purge(world)
    assert await world.reconcile() is None
    assert fake_registry.keys == fake_registry.registrations == {}
    assert world.cluster.writes == ["Job", "delete Job"]
    assert world.cluster.events == ["ChannelPurged"]
    assert world.reconciler.memories == world.reconciler.departing.leaving == {}


async def test_a_deleted_channel_with_retain_is_forgotten_and_its_keys_stay(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    world.cluster.put("Channel", make_body(spec={"reclaimPolicy": "Retain"}))
    await world.reconcile()
    vanish(world)
    assert await world.reconcile() is None
    assert world.cluster.writes == []
    assert world.cluster.events == ["ChannelKept"]
    assert fake_registry.registrations == {}
    assert len(fake_registry.keys["news"]) == 1


async def test_what_was_registered_without_a_uid_is_kept(world: World, fake_registry: FakeRegistry) -> None:
    await world.reconcile()
    fake_registry.registrations["news"] |= {"uid": None, "reclaim_policy": None}
    vanish(world)
    assert await world.reconcile() is None
    assert world.cluster.writes == []
    assert fake_registry.registrations == {}
    assert len(fake_registry.keys["news"]) == 1


async def test_a_rebuilt_cluster_purges_nothing_and_its_channels_go_on(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    """The operator is there first, with nothing but the API's database; then Channels come from Git."""
    await world.reconcile()
    before = [key["kid"] for key in fake_registry.keys["news"]]
    for record in (world.cluster.objects, world.cluster.writes, world.cluster.events):
        record.clear()
    world.reconciler.memories.clear()
    fake_registry.incarnation += 1
    for _ in range(2):
        assert await world.reconcile() == KEPT_CHECK
    assert world.cluster.writes == []
    assert world.cluster.events == ["ChannelKept"], "told once"
    assert world.reconciler.departing.leaving["news"].awaits.reason == "ChannelKept"
    assert fake_registry.registrations["news"]
    world.cluster.put("Channel", make_body(metadata={"uid": "another"}))
    await world.reconcile()
    assert world.reconciler.departing.leaving == {}
    assert fake_registry.registrations["news"]["uid"] == "another"
    assert fake_registry.registered_by["news"] == fake_registry.incarnation
    assert [key["kid"] for key in fake_registry.keys["news"]] == before
    secret = world.cluster.objects["Secret", "simlive-news-key"]
    assert [b64decode(secret["data"]["kid"]).decode()] == before
    assert not any("Job" in write for write in world.cluster.writes)
    vanish(world)
    await world.reconcile()
    assert ("Job", "purge-news") in world.cluster.objects, "now it was deleted on purpose"


async def test_a_channel_that_the_watch_has_not_brought_yet_takes_over(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    await world.reconcile()
    vanish(world)
    world.watch()
    retained = make_body(spec={"reclaimPolicy": "Retain"}, metadata={"uid": "another"})
    world.cluster.put("Channel", retained)
    assert await world.reconciler.reconcile("news")
    assert not any("Job" in write for write in world.cluster.writes)
    await world.reconcile()
    assert fake_registry.registrations["news"]["uid"] == "another"
    assert world.reconciler.departing.leaving == {}


@pytest.mark.parametrize("trouble", ["incomplete", "unanswered", "still there", "an older API"])
async def test_nothing_is_purged_unless_the_api_server_says_that_there_is_no_such_channel(
    world: World, fake_registry: FakeRegistry, trouble: str
) -> None:
    await world.reconcile()
    channel = world.cluster.objects["Channel", "news"]
    vanish(world)
    if trouble == "incomplete":
        world.reconciler.store.complete = False
        assert await world.reconcile()
    elif trouble == "unanswered":
        world.cluster.refuse["find"] = ApiException(status=404, reason="no such resource")
        with pytest.raises(ApiException):
            await world.reconcile()
    elif trouble == "an older API":
        del fake_registry.registrations["news"]["uid"]
        assert await world.reconcile()
    else:
        world.watch()
        world.cluster.objects["Channel", "news"] = channel
        assert await world.reconciler.reconcile("news")
    assert world.cluster.writes == []
    assert fake_registry.registrations["news"]
    assert fake_registry.keys["news"]


async def test_a_purge_that_is_refused_is_told_where_people_look(
    world: World, fake_registry: FakeRegistry
) -> None:
    await world.reconcile()
    vanish(world)
    world.cluster.refuse["Job"] = RefusedError("exceeded quota")
    for _ in range(2):
        assert await world.reconcile()
    assert world.cluster.events == ["PurgeRefused"]
    assert "exceeded quota" in world.reconciler.departing.leaving["news"].awaits.message
    world.cluster.refuse.clear()
    await world.reconcile()
    assert ("Job", "purge-news") in world.cluster.objects
    assert fake_registry.registrations["news"]


async def test_a_channel_made_anew_waits_for_its_predecessors_purge(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    await world.reconcile()
    before = fake_registry.keys["news"][0]["kid"]
    vanish(world)
    world.cluster.put("Channel", make_body(metadata={"uid": "another"}))
    await world.reconcile()
    assert world.conditions()["Ready"] == ("False", "PurgingPredecessor")
    assert world.cluster.writes == ["Job", "status"]
    assert [key["kid"] for key in fake_registry.keys["news"]] == [before]
    complete_purge(world)
    await world.reconcile()
    assert fake_registry.registrations["news"]["uid"] == "another"
    assert [key["kid"] == before for key in fake_registry.keys["news"]] == [False]
    assert world.conditions()["Ready"] == ("False", "Starting")


async def test_a_channel_made_anew_with_retain_calls_the_purge_off(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    await world.reconcile()
    before = fake_registry.keys["news"][0]["kid"]
    vanish(world)
    await world.reconcile()
    assert ("Job", "purge-news") in world.cluster.objects
    world.cluster.put("Channel", make_body(spec={"reclaimPolicy": "Retain"}, metadata={"uid": "another"}))
    await world.reconcile()
    assert ("Job", "purge-news") not in world.cluster.objects
    assert fake_registry.registrations["news"]["uid"] == "another"
    assert [key["kid"] for key in fake_registry.keys["news"]] == [before]


async def test_a_comparison_wakes_what_has_no_channel_and_nobody_while_the_api_is_away(
    world: World, registry: Registry, fake_registry: FakeRegistry
) -> None:
    await world.reconcile()
    fake_registry.registrations["gone"] = {"uid": "1", "reclaim_policy": "Delete"}
    woken: list[str] = []

    class Wakes:
        def wake(self, channel: str) -> None:
            woken.append(channel)

    await compare(world.reconciler.store, registry, Wakes())  # type: ignore[arg-type]
    assert woken == ["gone"]
    await fake_registry.stop()
    await compare(world.reconciler.store, registry, Wakes())  # type: ignore[arg-type]
    assert woken == ["gone"]


async def test_titles_are_asked_for_once_a_minute_and_stay_while_the_api_is_away(
    world: World, fake_registry: FakeRegistry, make_body: Callable[..., Manifest]
) -> None:
    world.cluster.put("Channel", make_body(spec={"overlay": {"programme": True}}))
    shown = {"start": "2026-11-22T18:00:00Z", "end": "2026-11-22T19:00:00Z", "title": "Abendschau"}
    late = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T01:00:00Z", "title": "Beyond the window"}
    fake_registry.programmes["news"] = [shown, late]
    for _ in range(3):
        await world.reconcile()
    asked = [request for request in fake_registry.requests if "/programmes" in request]
    assert [unquote(request) for request in asked] == [
        "GET /internal/v1/channels/news/programmes?from=2026-11-22T18:00:00Z&to=2026-11-23T00:00:00Z"
    ]
    data = world.cluster.objects["ConfigMap", "simlive-news"]["data"]
    assert json.loads(data["programmes.json"]) == {"programmes": [shown]}

    world.reconciler.memories.clear()  # an operator that starts while the API is away
    await fake_registry.stop()
    world.cluster.writes.clear()
    await world.reconcile()
    assert world.cluster.objects["ConfigMap", "simlive-news"]["data"] == data
    assert "ConfigMap" not in world.cluster.writes


async def test_a_settled_channel_does_not_ask_the_api_each_time_its_pod_speaks(
    world: World, fake_registry: FakeRegistry
) -> None:
    fake_registry.last_segment_time = "2026-11-22T18:24:00Z"
    await world.reconcile()
    live = world.cluster.objects["Deployment", "simlive-news"]["spec"]["template"]
    metadata = {**live["metadata"], "name": "p", "uid": "p", "creationTimestamp": "2026-11-22T18:23:00Z"}
    running = {"name": "simlive", "state": {"running": {"startedAt": "2026-11-22T18:23:00Z"}}}
    ready = [{"type": "Ready", "status": "True"}]
    status = {"phase": "Running", "conditions": ready, "containerStatuses": [running]}
    world.cluster.put("Pod", {"metadata": metadata, "status": status})
    speak(world)
    for _ in range(3):
        await world.reconcile()
    assert world.conditions()["Ready"] == ("True", "Ready")
    asked = len(fake_registry.requests)
    began = world.reconciler.clock()
    world.reconciler.clock = lambda: began + timedelta(seconds=40)
    await world.reconcile()
    assert len(fake_registry.requests) == asked
    world.reconciler.clock = lambda: began + timedelta(seconds=60)
    await world.reconcile()
    assert len(fake_registry.requests) > asked
