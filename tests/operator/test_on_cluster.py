"""The operator as a process of its own against a real cluster, signed in with the chart's own Role.

Pods go to no node here (a nodeSelector that fits none), so that a test can play the kubelet and write their
status; the Deployment, ReplicaSet and Job controllers are the cluster's own.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from kubernetes import client, config, dynamic
from kubernetes.dynamic.exceptions import NotFoundError
from support.definitions import apply_definition
from support.registry import FakeRegistry

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]

REPOSITORY = Path(__file__).parents[2]
RBAC = REPOSITORY / "charts/telstar/templates/operator/rbac.yaml"
NOWHERE = {"telstar.dev/no-such-node": "true"}
Manifest = dict[str, Any]
APIS = {
    "Channel": "telstar.dev/v1alpha1", "Deployment": "apps/v1", "Job": "batch/v1",
    "Secret": "v1", "ConfigMap": "v1",
    "Pod": "v1", "Role": "rbac.authorization.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ResourceQuota": "v1", "ServiceAccount": "v1", "Event": "events.k8s.io/v1",
}  # fmt: skip


@dataclass
class World:
    """One namespace, its operator and its registry."""

    namespace: str
    resources: Any
    registry: FakeRegistry
    certificate: tuple[Path, Path]
    environment: dict[str, str]
    port: int
    log: Path
    process: asyncio.subprocess.Process | None = None
    seen_keys: list[str] = field(default_factory=list)

    def kind(self, kind: str) -> Any:
        return self.resources.get(api_version=APIS[kind], kind=kind)

    def get(self, kind: str, name: str) -> Manifest | None:
        try:
            return self.kind(kind).get(name=name, namespace=self.namespace).to_dict()
        except NotFoundError:
            return None

    def items(self, kind: str, selector: str = "") -> list[Manifest]:
        listing = self.kind(kind).get(namespace=self.namespace, label_selector=selector)
        return listing.to_dict()["items"]

    def create(self, kind: str, manifest: Manifest) -> Manifest:
        return self.kind(kind).create(body=manifest, namespace=self.namespace).to_dict()

    def delete(self, kind: str, name: str) -> None:
        with contextlib.suppress(NotFoundError):
            self.kind(kind).delete(name=name, namespace=self.namespace)

    def merge(self, kind: str, name: str, patch: Manifest) -> None:
        self.kind(kind).patch(
            body=patch, name=name, namespace=self.namespace, content_type="application/merge-patch+json"
        )

    def make_channel(self, **spec: Any) -> str:
        name = f"c-{uuid.uuid4().hex[:6]}"
        self.create("Channel", manifest(name, **spec))
        return name

    def conditions(self, name: str) -> dict[str, tuple[str, str]]:
        status = (self.get("Channel", name) or {}).get("status") or {}
        return {entry["type"]: (entry["status"], entry["reason"]) for entry in status.get("conditions", [])}

    def ready(self, name: str) -> bool:
        return self.conditions(name).get("Ready") == ("True", "Ready")

    def key(self, name: str, secret: str = "") -> tuple[str, str]:
        """(kid, key) in a channel's Secret."""
        data = (self.get("Secret", secret or f"simlive-{name}-key") or {})["data"]
        kid, key = (base64.b64decode(data[entry]).decode() for entry in ("kid", "key"))
        self.seen_keys.append(key)
        return kid, key

    def writes(self) -> dict[str, float]:
        """What the operator has written so far, by verb and kind."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        found = re.findall(r"^telstar_operator_writes_total(\{.*?\}) ([0-9.]+)$", text, re.MULTILINE)
        return {labels: float(count) for labels, count in found}

    def reconciled(self) -> float:
        """How many reconciliations there were so far."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        found = re.search(r'^telstar_operator_reconciles_total\{outcome="done"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def events(self, name: str) -> list[str]:
        return [event["reason"] for event in self.items("Event") if event["regarding"]["name"] == name]

    async def start_operator(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from telstar_operator.main import main; main()",
                env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        await until("the operator to answer", self.alive)

    async def stop_operator(self) -> None:
        if self.process is not None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 20)
            self.process = None

    def alive(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200
        return False


def manifest(name: str, **spec: Any) -> Manifest:
    return {
        "apiVersion": "telstar.dev/v1alpha1",
        "kind": "Channel",
        "metadata": {"name": name},
        "spec": {
            "displayName": f"Test {name}",
            "number": 1,
            "source": {"testPattern": {}},
            "podTemplate": {"nodeSelector": NOWHERE},
            **spec,
        },
    }


async def until(what: str, holds: Callable[[], Any], seconds: float = 60) -> Any:
    """Poll until it holds, without stopping the registry that runs in this event loop."""
    deadline = time.monotonic() + seconds
    while not (found := await asyncio.to_thread(holds)):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        await asyncio.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rendered_rbac(namespace: str) -> list[Manifest]:
    """The chart's Role and RoleBinding, as Helm would render them."""
    text = RBAC.read_text()
    text = re.sub(r"\{\{- /\*.*?\*/\}\}", "", text, flags=re.DOTALL)
    text = re.sub(r" *\{\{- include \"telstar\.\w*[lL]abels\".*?\}\}\n?", "", text)
    text = re.sub(r"\{\{ *include \"telstar\.fullname\" \. *\}\}", "telstar", text)
    text = re.sub(r"\{\{ *\.Release\.Namespace *\}\}", namespace, text)
    assert "{{" not in text, "rbac.yaml says something this test cannot render"
    return [{**found, "metadata": {**found["metadata"], "labels": {}}} for found in yaml.safe_load_all(text)]


def kubeconfig(api: client.ApiClient, namespace: str, folder: Path) -> Path:
    """A kubeconfig of the operator's ServiceAccount."""
    request = {"spec": {"audiences": [], "expirationSeconds": 3600}}
    token = client.CoreV1Api(api).create_namespaced_service_account_token(
        "telstar-operator", namespace, request
    )
    configuration = api.configuration
    content = {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "operator"}}],
        "clusters": [{"name": "test", "cluster": {"server": configuration.host,
                      "certificate-authority": configuration.ssl_ca_cert}}],
        "users": [{"name": "operator", "user": {"token": token.status.token}}],
    }  # fmt: skip
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def prepare(api: client.ApiClient, resources: Any, namespace: str) -> None:
    """The namespace, with the operator's account and Role."""
    client.CoreV1Api(api).create_namespace({"metadata": {"name": namespace}})
    for made in [
        {"kind": "ServiceAccount", "metadata": {"name": "telstar-operator"}},
        *rendered_rbac(namespace),
    ]:
        kind = made["kind"]
        resources.get(api_version=APIS[kind], kind=kind).create(body=made, namespace=namespace)


@pytest.fixture(scope="module")
def channel_definition_applied() -> client.ApiClient:
    """The API server of $KUBECONFIG, with the Channel definition."""
    api = config.new_client_from_config()
    apply_definition(api)
    return api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    channel_definition_applied: client.ApiClient,
    certificate: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    api, folder = channel_definition_applied, tmp_path_factory.mktemp("operator")
    namespace = f"operator-{uuid.uuid4().hex[:8]}"
    resources = dynamic.DynamicClient(api).resources
    prepare(api, resources, namespace)
    registry = FakeRegistry()
    await registry.start(*certificate)
    (folder / "token").write_text("a-projected-token")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "KUBECONFIG": str(kubeconfig(api, namespace, folder)),
        "TELSTAR_OPERATOR_NAMESPACE": namespace,
        "TELSTAR_OPERATOR_REGISTRY_URL": f"https://127.0.0.1:{registry.port}",
        "TELSTAR_OPERATOR_REGISTRY_CA_FILE": str(certificate[0]),
        "TELSTAR_OPERATOR_REGISTRY_TOKEN_FILE": str(folder / "token"),
        "TELSTAR_OPERATOR_SIMLIVE_IMAGE": "telstar.invalid/simlive:none",
        "TELSTAR_OPERATOR_SEGMENTS_CLAIM": "segments",
        "TELSTAR_OPERATOR_HTTP_PORT": str(port),
    }
    world = World(namespace, resources, registry, certificate, environment, port, folder / "operator.log")
    await world.start_operator()
    yield world
    await remove_all(world)
    await world.stop_operator()
    await registry.stop()
    client.CoreV1Api(api).delete_namespace(namespace)
    for key in world.seen_keys:
        assert key not in world.log.read_text(), "a channel key stands in the operator's log"


async def remove_all(world: World) -> None:
    """Channels go before their namespace."""
    for channel in await asyncio.to_thread(world.items, "Channel"):
        name = channel["metadata"]["name"]
        world.merge("Channel", name, {"spec": {"reclaimPolicy": "Retain"}})
        world.delete("Channel", name)
    await until("all Channels to be gone", lambda: not world.items("Channel"))


def pod_of(world: World, name: str, application: str = "simlive") -> Manifest | None:
    """The pod that no node takes."""
    found = world.items("Pod", f"app.kubernetes.io/name={application},app.kubernetes.io/instance={name}")
    staying = [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]
    return staying[0] if staying else None


def play_kubelet(world: World, pod: Manifest) -> None:
    """Write a pod's status as a kubelet would when the pod is ready."""
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-22T18:00:00Z"}
    world.kind("Pod").status.patch(
        name=pod["metadata"]["name"], namespace=world.namespace, content_type="application/merge-patch+json",
        body={"status": {"phase": "Running", "conditions": [condition]}},
    )  # fmt: skip


async def make_ready(world: World, name: str) -> None:
    """Make the channel's pod ready, and whichever takes its place."""

    def ready() -> bool:
        pod = pod_of(world, name)
        with contextlib.suppress(NotFoundError):  # it went just now
            if pod and pod["status"]["phase"] != "Running":
                play_kubelet(world, pod)
        return bool(pod) and world.ready(name)

    await until(f"{name} to be ready", ready)


async def ready_channel(world: World, **spec: Any) -> str:
    world.registry.last_segment_time = "2026-11-22T18:24:04Z"
    name = await asyncio.to_thread(world.make_channel, **spec)
    await make_ready(world, name)
    return name


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
    assert channel["metadata"]["finalizers"] == ["telstar.dev/channel"]
    assert key not in json.dumps(channel)
    assert {"KeyMade", "StreamingBegan"} <= set(world.events(name))


async def test_nothing_is_written_while_nothing_changes(world: World) -> None:
    name = await ready_channel(world)
    await until("the Events", lambda: "StreamingBegan" in world.events(name))
    before, reconciled = world.writes(), world.reconciled()
    # Wakes the channel without changing anything that the operator wishes otherwise.
    for number in range(5):
        world.merge("ConfigMap", f"simlive-{name}", {"metadata": {"annotations": {"touched": str(number)}}})
        world.merge("Deployment", f"simlive-{name}", {"metadata": {"annotations": {"touched": str(number)}}})
    await until("reconciliations", lambda: world.reconciled() >= reconciled + 3)
    assert world.writes() == before


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


async def test_a_stopped_channel_has_no_pod_and_starts_again(world: World) -> None:
    name = await ready_channel(world)
    world.merge("Channel", name, {"spec": {"state": "Stopped"}})
    await until("no Deployment", lambda: world.get("Deployment", f"simlive-{name}") is None)
    await until("Stopped", lambda: world.conditions(name)["Ready"] == ("False", "Stopped"))
    assert world.registry.registrations[name]["state"] == "Stopped"
    world.merge("Channel", name, {"spec": {"state": "Running"}})
    await make_ready(world, name)


async def test_only_what_ffmpeg_must_know_restarts_it(world: World) -> None:
    name = await ready_channel(world, overlay={"name": False})
    pod = pod_of(world, name)["metadata"]["uid"]
    world.merge("Channel", name, {"spec": {"displayName": "Renamed", "number": 77, "retention": "24h"}})

    def told() -> bool:
        text = world.get("ConfigMap", f"simlive-{name}")["data"]["channel.json"]
        return json.loads(text)["spec"]["displayName"] == "Renamed"

    await until("the new configuration", told)
    await until("the new registration", lambda: world.registry.registrations[name]["number"] == 77)
    generation = world.get("Channel", name)["metadata"]["generation"]
    await until(
        "the status", lambda: world.get("Channel", name)["status"]["observedGeneration"] == generation
    )
    assert pod_of(world, name)["metadata"]["uid"] == pod
    world.merge("Channel", name, {"spec": {"frameRate": 50}})
    await until("another pod", lambda: (found := pod_of(world, name)) and found["metadata"]["uid"] != pod)


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


async def test_no_key_stands_in_any_annotation_spec_or_event(world: World) -> None:
    name = await ready_channel(world)
    _, key = world.key(name)
    for kind in ("Channel", "Deployment", "ConfigMap", "Pod", "Event"):
        text = json.dumps(list(await asyncio.to_thread(world.items, kind)))
        assert key not in text
        assert base64.b64encode(key.encode()).decode() not in text
    secret = world.get("Secret", f"simlive-{name}-key")
    assert "annotations" not in secret["metadata"]
