"""Whatever happens, in whatever order it is heard of: the operator ends where the Channel wishes.

A namespace in memory, its controllers played by the test, events that are lost and reordered, an operator
that starts anew, an API that is away, and people who delete and edit what is not theirs.
"""

import asyncio
import contextlib
import copy
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from kubernetes.aio.client import ApiException
from support.memory_cluster import Manifest, MemoryCluster
from telstar_operator.handlers.departing import Departing
from telstar_operator.handlers.looking import Looks
from telstar_operator.handlers.reconciling import Reconciler
from telstar_operator.handlers.watching import keep
from telstar_operator.keys import ChannelKey
from telstar_operator.manifests.config_map import revision
from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.differences import covers
from telstar_operator.plan.facts import RegistryView, Silent
from telstar_operator.plan.registration import registration
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.registry import AwayError, KeyConflictError
from telstar_operator.resources import Channel
from telstar_operator.store import KINDS, Store

RUNTIME = Runtime("telstar/simlive:test", "telstar-segments")
CHILDREN = [("ConfigMap", "simlive-news"), ("Deployment", "simlive-news"), ("Secret", "simlive-news-key")]
FILES = ["kid", "key", "from", "next-kid", "next-key", "next-from"]
MANAGED = "app.kubernetes.io/managed-by"


class MemoryRegistry:
    """The API's internal endpoints, in memory."""

    def __init__(self) -> None:
        self.away = False
        self.registrations: dict[str, Any] = {}
        self.incarnation = 0
        self.registered_by: dict[str, int] = {}
        self.known: list[ChannelKey] = []
        self.ends: list[str] = []
        """How each registration ended: delete or retain."""

    def asked(self) -> None:
        if self.away:
            raise AwayError("the API is away")

    async def view(self, channel: str) -> RegistryView:
        self.asked()
        found = self.registrations.get(channel)
        return RegistryView(
            found and found | {"own": self.own(channel)}, tuple(key.kid for key in self.known)
        )

    def own(self, channel: str) -> bool:
        return self.registered_by.get(channel) == self.incarnation

    async def register(self, channel: str, record: dict[str, Any]) -> None:
        self.asked()
        self.registrations[channel] = record
        self.registered_by[channel] = self.incarnation

    async def deregister(self, channel: str, keys: str) -> None:
        self.asked()
        self.registrations.pop(channel, None)
        self.ends.append(keys)
        if keys == "delete":
            self.known.clear()

    async def keys(self, channel: str) -> list[ChannelKey]:
        self.asked()
        return list(self.known)

    async def put_key(self, channel: str, key: ChannelKey) -> None:
        self.asked()
        for known in self.known:
            if known.kid == key.kid and known.key != key.key:
                raise KeyConflictError("taken")
            if known.kid == key.kid:
                return
        self.known.append(key)

    async def programmes(self, channel: str, start: datetime, end: datetime) -> tuple[()]:
        self.asked()
        return ()


async def nobody(address: str, port: int, channel: str) -> Silent:
    return Silent("there is none")


class Answering(Looks):
    """Every pod says that it plays what it shall."""

    def said(self, channel: str, uid: str) -> SimLiveStatus:
        return SimLiveStatus(channel=channel, revision="of the run on the air")


class Convergence(RuleBasedStateMachine):
    """One Channel's namespace."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now = datetime(2026, 11, 22, 18, tzinfo=UTC)
        self.registry = MemoryRegistry()
        self.events: list[tuple[str, str, Manifest]] = []
        self.cluster = MemoryCluster(changed=self.changed, removed=self.removed)
        self.uids = 0
        self.mortal = False
        self.entrusted: set[str] = set()
        """KIDs of before the cluster was rebuilt, until somebody deletes the Channel."""
        self.start_operator()

    # What watches see: an object that loses our label has gone, for them.
    def changed(self, kind: str, manifest: Manifest) -> None:
        self.events.append((kind, "MODIFIED" if self.listed(kind, manifest) else "DELETED", manifest))

    def removed(self, kind: str, manifest: Manifest) -> None:
        self.events.append((kind, "DELETED", manifest))

    def listed(self, kind: str, manifest: Manifest) -> bool:
        return kind == "Channel" or MANAGED in (manifest["metadata"].get("labels") or {})

    @rule()
    def start_operator(self) -> None:
        """It remembers nothing, and lists everything."""
        self.store = Store()
        self.store.complete = True
        looks = Answering(nobody, lambda channel: None)

        def clock() -> datetime:
            return self.now

        departing = Departing(self.store, self.cluster, self.registry, RUNTIME, "tv", "here", clock)  # type: ignore[arg-type]
        self.reconciler = Reconciler(
            self.store,
            self.cluster,
            self.registry,
            departing,
            "here",
            looks,
            clock,  # type: ignore[arg-type]
        )
        self.relist()

    @rule()
    def relist(self) -> None:
        """The listing that is made every minute."""
        for kind in KINDS:
            items = [
                keep(kind, copy.deepcopy(item))
                for (found, _), item in self.cluster.objects.items()
                if found == kind and self.listed(kind, item)
            ]
            self.store.relist(kind, items, self.cluster.versions)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def hear(self, data: st.DataObject) -> None:
        """One of the events that are under way."""
        kind, how, manifest = self.events.pop(data.draw(st.integers(0, len(self.events) - 1)))
        if how == "DELETED":
            version = int(manifest["metadata"]["resourceVersion"])
            self.store.miss(kind, manifest["metadata"]["name"], version)
        else:
            self.store.see(kind, keep(kind, manifest), watched=True)

    @precondition(lambda self: self.events)
    @rule()
    def lose_events(self) -> None:
        self.events.clear()

    @rule()
    def reconcile(self) -> None:
        """One reconciliation, which may end in the middle."""
        with contextlib.suppress(ApiException):  # it is tried again
            self.loop.run_until_complete(self.reconciler.reconcile("news"))
        self.cluster.refuse.clear()

    @initialize(mortal=st.booleans())
    def begin(self, mortal: bool) -> None:
        """With a Channel that streams; one that may be deleted, in half of all histories."""
        self.mortal = mortal
        self.make_channel()
        self.settle_once()
        self.settle_once()

    def make_channel(self) -> None:
        self.uids += 1
        metadata = {"name": "news", "namespace": "tv", "uid": f"channel-{self.uids}", "generation": 1}
        spec = {"displayName": "News", "number": 1, "source": {"testPattern": {}}}
        self.cluster.put("Channel", {"metadata": metadata, "spec": spec})

    @property
    def channel(self) -> Manifest | None:
        return self.cluster.objects.get(("Channel", "news"))

    @precondition(lambda self: self.channel is None)
    @rule()
    def make_channel_again(self) -> None:
        self.make_channel()

    @rule(channels=st.booleans())
    def rebuild_cluster(self, channels: bool) -> None:
        """Everything in it is lost; the API's database is not. Channels come again from Git, or later."""
        self.cluster.objects.clear()
        self.events.clear()
        self.registry.incarnation += 1
        self.entrusted = {key.kid for key in self.registry.known} if self.registry.registrations else set()
        if channels:
            self.make_channel()
        self.start_operator()

    @precondition(lambda self: self.channel is not None)
    @rule(
        change=st.sampled_from(
            [
                {"displayName": "Other"}, {"state": "Stopped"}, {"state": "Running"}, {"number": 2},
                {"drm": {"enabled": False}}, {"drm": {}}, {"drm": {"rotationPeriod": "10m"}},
                {"reclaimPolicy": "Retain"}, {"reclaimPolicy": "Delete"},
                {"podTemplate": {"nodeSelector": {"disk": "ssd"}}}, {"overlay": {"programme": True}},
            ]
        )
    )  # fmt: skip
    def edit_channel(self, change: dict[str, Any]) -> None:
        assert self.channel
        edited = copy.deepcopy(self.channel)
        edited["spec"] |= change
        edited["metadata"]["generation"] += 1
        self.cluster.put("Channel", edited)

    @precondition(lambda self: self.mortal and self.channel is not None)
    @rule()
    def delete_channel(self) -> None:
        """It goes at once, unless somebody's finalizer holds it; ours, of before, is among those."""
        assert self.channel
        self.entrusted.clear()
        deleted = copy.deepcopy(self.channel)
        deleted["metadata"].setdefault("deletionTimestamp", self.now.isoformat())
        if deleted["metadata"].get("finalizers"):
            self.cluster.put("Channel", deleted)
        else:
            self.cluster.drop("Channel", "news")

    @precondition(lambda self: self.channel is not None)
    @rule(what=st.sampled_from(["status", "finalizers", "former finalizer", "foreign finalizer"]))
    def damage_channel(self, what: str) -> None:
        assert self.channel
        damaged = copy.deepcopy(self.channel)
        if what == "status":
            damaged.pop("status", None)
        elif what == "finalizers":
            damaged["metadata"].pop("finalizers", None)
            if "deletionTimestamp" in damaged["metadata"]:
                self.cluster.drop("Channel", "news")
                return
        elif "deletionTimestamp" not in damaged["metadata"]:  # the API server takes no further ones then
            mark = "telstar.dev/channel" if what == "former finalizer" else "example.com/other"
            damaged["metadata"].setdefault("finalizers", []).append(mark)
        self.cluster.put("Channel", damaged)

    @rule(
        child=st.sampled_from(CHILDREN), how=st.sampled_from(["delete", "labels", "ownerReferences", "edit"])
    )
    def damage_child(self, child: tuple[str, str], how: str) -> None:
        found = copy.deepcopy(self.cluster.objects.get(child))
        if found is None:
            return
        if how == "delete":
            self.cluster.drop(*child)
            return
        if how == "edit":
            if "spec" in found:
                found["spec"] |= {"replicas": 0, "template": {"metadata": {}, "spec": {"containers": []}}}
            else:
                found["data"] = {}
        else:
            found["metadata"].pop(how, None)
        self.cluster.put(child[0], found)

    @rule(
        name=st.sampled_from(FILES), text=st.sampled_from([None, "rubbish", "c" * 32, "2026-11-22T18:30:00Z"])
    )
    def damage_secret(self, name: str, text: str | None) -> None:
        found = copy.deepcopy(self.cluster.objects.get(("Secret", "simlive-news-key")))
        if found is None:
            return
        found["data"].pop(name, None)
        if text is not None:
            found["data"][name] = b64encode(text.encode()).decode()
        self.cluster.put("Secret", found)

    @rule(away=st.booleans())
    def move_api(self, away: bool) -> None:
        self.registry.away = away

    @rule()
    def forget_registration(self) -> None:
        self.registry.registrations.clear()

    @rule(kind=st.sampled_from(["ConfigMap", "Deployment", "Secret", "status", "Pod/status"]))
    def break_a_write(self, kind: str) -> None:
        """The next reconciliation ends in the middle."""
        self.cluster.refuse[kind] = ApiException(status=503, reason="Service Unavailable")

    @rule(seconds=st.sampled_from([1, 30, 120, 900]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def let_controllers_work(self) -> None:
        """Pods of Deployments, ends of Jobs, and the garbage of owners that are gone."""
        objects = self.cluster.objects
        uid = self.channel["metadata"]["uid"] if self.channel else None
        for kind, name in list(objects):
            owners = objects[kind, name]["metadata"].get("ownerReferences") or []
            if owners and owners[0]["uid"] != uid:
                self.cluster.drop(kind, name)
        live = objects.get(("Deployment", "simlive-news"))
        template = live and live["spec"].get("template")
        for kind, name in [key for key in objects if key[0] == "Pod"]:
            if not template or objects[kind, name]["metadata"]["template"] != template:
                self.cluster.drop(kind, name)
        if template and not any(kind == "Pod" for kind, _ in objects):
            self.make_pod(template)
        job = objects.get(("Job", "purge-news"))
        if job and "status" not in job:
            done = {"type": "Complete", "status": "True", "lastTransitionTime": self.now.isoformat()}
            self.cluster.put("Job", {**job, "status": {"conditions": [done]}})

    def make_pod(self, template: Manifest) -> None:
        self.uids += 1
        since = self.now.isoformat()
        metadata = {
            **copy.deepcopy(template["metadata"]), "name": f"simlive-news-{self.uids}",
            "uid": f"pod-{self.uids}", "creationTimestamp": since, "template": copy.deepcopy(template),
        }  # fmt: skip
        status = {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "simlive", "state": {"running": {"startedAt": since}}}],
        }
        self.cluster.put("Pod", {"metadata": metadata, "status": status})

    def teardown(self) -> None:
        """Everything works again; after a few listings all is as wished, and nothing more is written."""
        try:
            self.registry.away = False
            self.events.clear()
            for _ in range(8):
                self.settle_once()
            self.check()
            self.cluster.writes.clear()
            self.settle_once()
            assert self.rotating() or not self.cluster.writes
        finally:
            self.loop.close()

    @rule()
    def settle_once(self) -> None:
        """A minute in which nothing happens."""
        self.now += timedelta(seconds=61)
        self.let_controllers_work()
        self.relist()
        self.reconcile()

    def rotating(self) -> bool:
        assert self.channel is None or self.channel["spec"]
        return bool(self.channel and self.channel["spec"].get("drm", {}).get("rotationPeriod"))

    def check(self) -> None:
        assert self.entrusted <= {key.kid for key in self.registry.known}
        if self.channel is None or "deletionTimestamp" in self.channel["metadata"]:
            self.check_gone()
        else:
            self.check_wished(Channel.parse(self.channel))

    def check_gone(self) -> None:
        """No pod and no Job is left, nor a registration, unless somebody else holds the Channel still."""
        marks = self.channel["metadata"]["finalizers"] if self.channel else []
        assert "telstar.dev/channel" not in marks
        assert not [name for kind, name in self.cluster.objects if kind in ("Deployment", "Pod", "Job")]
        if self.channel is None and self.registry.registrations and not self.registry.own("news"):
            assert self.reconciler.departing.leaving["news"].awaits.reason == "ChannelKept"
        elif self.channel is None:
            assert not self.registry.registrations
            assert not self.reconciler.departing.leaving
            if self.registry.ends[-1:] == ["delete"]:
                assert not self.registry.known

    def check_wished(self, channel: Channel) -> None:
        objects = self.cluster.objects
        assert "telstar.dev/channel" not in channel.metadata.finalizers
        assert ("Job", "purge-news") not in objects
        assert self.registry.own("news")
        assert not self.reconciler.departing.leaving
        assert self.registry.registrations["news"] == registration(channel)
        if channel.spec.drm.enabled:
            self.check_secret(objects["Secret", "simlive-news-key"])
        ready = channel.status.condition("Ready")
        assert ready
        if channel.spec.state == "Stopped":
            assert ("Deployment", "simlive-news") not in objects
            assert ready.reason == "Stopped"
            return
        assert covers(objects["Deployment", "simlive-news"], deployment(channel, RUNTIME))
        told = json.loads(objects["ConfigMap", "simlive-news"]["data"]["channel.json"])
        assert told["revision"] == revision(channel)
        assert (ready.status, ready.reason) == ("True", "Ready")

    def check_secret(self, secret: Manifest) -> None:
        files = {name: b64decode(text).decode() for name, text in secret["data"].items()}
        known = {key.kid: key.key for key in self.registry.known}
        assert known[files["kid"]] == files["key"]
        if "next-kid" in files:
            assert known[files["next-kid"]] == files["next-key"]
            assert {"next-from", "next-key"} <= files.keys()
        assert MANAGED in secret["metadata"]["labels"]
        assert secret["metadata"]["ownerReferences"]


Convergence.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_history_ends_as_wished = pytest.mark.timeout(300)(Convergence.TestCase)

SINGLE: list[tuple[str, dict[str, Any]]] = [
    *(
        ("damage_child", {"child": child, "how": how})
        for child in CHILDREN
        for how in ("delete", "labels", "ownerReferences", "edit")
    ),
    *(
        ("damage_secret", {"name": name, "text": text})
        for name in FILES
        for text in (None, "rubbish", "c" * 32)
    ),
    *(
        ("damage_channel", {"what": what})
        for what in ("status", "finalizers", "former finalizer", "foreign finalizer")
    ),
    ("forget_registration", {}),
    ("rebuild_cluster", {"channels": True}),
]


@pytest.mark.parametrize("drm", [{}, {"rotationPeriod": "20m"}])
@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize(("damage", "how"), SINGLE)
def test_any_single_damage_is_put_right(
    damage: str, how: dict[str, Any], deleted: bool, drm: dict[str, Any]
) -> None:
    history = Convergence()
    history.begin(mortal=True)
    history.edit_channel({"drm": drm})
    for _ in range(9):
        history.settle_once()
    getattr(history, damage)(**how)
    if deleted:
        history.delete_channel()
    history.teardown()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_rebuilt_cluster_goes_on_with_its_keys_and_segments(at_once: bool) -> None:
    """The operator is there first, for an hour; or Channels from Git are, with other uids."""
    history = Convergence()
    history.begin(mortal=False)
    before = [key.kid for key in history.registry.known]
    history.cluster.writes.clear()
    history.rebuild_cluster(channels=at_once)
    for _ in range(60):
        history.settle_once()
    if not at_once:
        assert history.cluster.objects == {}
        history.make_channel_again()
        for _ in range(8):
            history.settle_once()
    assert [key.kid for key in history.registry.known] == before
    assert history.registry.ends == []
    assert "Deployment" in history.cluster.writes
    assert not [write for write in history.cluster.writes if "Job" in write]
    history.teardown()
