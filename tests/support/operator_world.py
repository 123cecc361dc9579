"""The operator as a process of its own against a real cluster, signed in with the chart's own Role.

Pods go to no node here (a nodeSelector that fits none), so that a test can play the kubelet and write their
status; the Deployment, ReplicaSet and Job controllers are the cluster's own.
"""

import asyncio
import base64
import contextlib
import json
import os
import random
import re
import socket
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from aiohttp import web
from kubernetes import client, dynamic
from kubernetes.dynamic.exceptions import NotFoundError

from support.registry import FakeRegistry

REPOSITORY = Path(__file__).parents[2]
RBAC = REPOSITORY / "charts/telstar/templates/operator/rbac.yaml"
NOWHERE = {"telstar.dev/no-such-node": "true"}
Manifest = dict[str, Any]
APIS = {
    "Channel": "telstar.dev/v1alpha1", "Deployment": "apps/v1", "Job": "batch/v1",
    "Secret": "v1", "ConfigMap": "v1",
    "Pod": "v1", "Namespace": "v1",
    "Role": "rbac.authorization.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1",
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
    speaking: dict[str, str] = field(default_factory=dict)
    """Addresses of the stand-ins that speak for channels' pods."""
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

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
        told = {entry["type"]: (entry["status"], entry["reason"]) for entry in status.get("conditions", [])}
        return defaultdict(lambda: ("", ""), told)

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

    def written(self, name: str) -> dict[str, float]:
        """The same of one channel, as in {"apply Secret": 1.0}."""
        told = {}
        for labels, count in self.writes().items():
            found = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            if found["channel"] == name:
                told[f"{found['verb']} {found['kind']}"] = count
        return told

    def reconciled(self) -> float:
        """How many reconciliations there were so far."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        found = re.search(r'^telstar_operator_reconciles_total\{outcome="done"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def leaving(self) -> list[Manifest]:
        """Deleted Channels that the operator has not seen off yet."""
        found: list[Manifest] = httpx.get(f"http://127.0.0.1:{self.port}/leaving").json()["channels"]
        return found

    def events(self, name: str) -> list[str]:
        """Reasons of the Events about a channel, in order."""
        told = [event for event in self.items("Event") if event["regarding"]["name"] == name]
        return [event["reason"] for event in sorted(told, key=lambda event: event["eventTime"])]

    def message(self, name: str, condition: str) -> str:
        """A condition's message, empty where there is none."""
        status = (self.get("Channel", name) or {}).get("status") or {}
        found = [entry["message"] for entry in status.get("conditions", []) if entry["type"] == condition]
        return found[0] if found else ""

    def configuration(self, name: str) -> Manifest:
        """channel.json of a channel."""
        return json.loads(self.get("ConfigMap", f"simlive-{name}")["data"]["channel.json"])

    def secret(self, name: str) -> dict[str, str]:
        """The files of a channel's own key Secret; its keys are looked for in the log later on."""
        data = (self.get("Secret", f"simlive-{name}-key") or {}).get("data") or {}
        files = {entry: base64.b64decode(value).decode() for entry, value in data.items()}
        self.seen_keys += [files[entry] for entry in ("key", "next-key") if len(files.get(entry, "")) == 32]
        return files

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


@contextlib.asynccontextmanager
async def operating(
    api: client.ApiClient, certificate: tuple[Path, Path], folder: Path
) -> AsyncIterator[World]:
    """A namespace with its operator, and a registry; what the operator logged must hold no key."""
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
    try:
        yield world
        await remove_all(world)
    finally:
        await world.stop_operator()
        await world.stack.aclose()
        await registry.stop()
        with contextlib.suppress(client.ApiException):  # a test may have deleted it
            client.CoreV1Api(api).delete_namespace(namespace)
    for key in world.seen_keys:
        assert key not in world.log.read_text(), "a channel key stands in the operator's log"


async def remove_all(world: World) -> None:
    """Every test's Channels, and what they leave, while their operator runs."""
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


def play_kubelet(world: World, pod: Manifest, address: str | None = None) -> None:
    """Write a pod's status as a kubelet would when it is ready; with an address, its container runs, too."""
    since = "2026-11-22T18:00:00Z"
    status: Manifest = {
        "phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}],
    }  # fmt: skip
    if address is not None:
        image = pod["spec"]["containers"][0]["image"]
        status |= {
            "podIP": address, "podIPs": [{"ip": address}],
            "containerStatuses": [
                {"name": "simlive", "image": image, "imageID": "", "ready": True, "restartCount": 0,
                 "started": True, "state": {"running": {"startedAt": since}}}
            ],
        }  # fmt: skip
    world.kind("Pod").status.patch(
        name=pod["metadata"]["name"], namespace=world.namespace, content_type="application/merge-patch+json",
        body={"status": status},
    )  # fmt: skip


@dataclass
class StandIn:
    """An HTTP server in a SimLive pod's place, at an address of its own on this machine."""

    address: str
    status: Manifest | Callable[[], Manifest]
    asked: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        told = await asyncio.to_thread(self.status) if callable(self.status) else self.status
        return web.json_response(told)


def playing(world: World, name: str) -> Manifest:
    """What a SimLive says that plays as its ConfigMap and Secret tell it."""
    kid = world.secret(name).get("kid")
    return {"channel": name, "revision": world.configuration(name)["revision"], "kid": kid}


@contextlib.asynccontextmanager
async def stand_in(status: Manifest | Callable[[], Manifest]) -> AsyncIterator[StandIn]:
    """Answers GET /status on port 8080, as SimLive does."""
    address = f"127.44.{random.randrange(256)}.{random.randrange(1, 255)}"
    server = StandIn(address, status)
    app = web.Application()
    app.add_routes([web.get("/status", server.answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, address, 8080).start()
    try:
        yield server
    finally:
        await runner.cleanup()


async def make_ready(world: World, name: str, address: str | None = None) -> None:
    """Make the channel's pod ready, and whichever takes its place.

    Without an address a stand-in speaks for it, which says that it plays what it shall.
    """
    if address is None and name not in world.speaking:
        server = await world.stack.enter_async_context(stand_in(lambda: playing(world, name)))
        world.speaking[name] = server.address
    address = address or world.speaking[name]

    def ready() -> bool:
        pod = pod_of(world, name)
        with contextlib.suppress(NotFoundError):  # it went just now
            if pod and pod["status"]["phase"] != "Running":
                play_kubelet(world, pod, address)
        return bool(pod) and world.ready(name)

    await until(f"{name} to be ready", ready)


async def ready_channel(world: World, address: str | None = None, **spec: Any) -> str:
    """A new channel, streaming."""
    world.registry.last_segment_time = "2026-11-22T18:24:04Z"
    name = await asyncio.to_thread(world.make_channel, **spec)
    await make_ready(world, name, address)
    return name
