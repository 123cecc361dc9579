"""A channel's source is lost, stands still, and comes back: the channel keeps its cadence."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from chaos.air import Air, Slot
from chaos.conftest import on_the_air
from chaos.figures import Budget
from chaos.watch import Watch, watching
from support.kube import Kube, Resource
from support.viewer import Viewer
from support.waiting import wait_until

SEGMENT = 4  # seconds
SLATE = Budget("source lost or silent", "slate or backup on the air after", SEGMENT, "s")
TOLD = Budget("source lost or silent", "SourceHealthy=False after", 30, "s")
BACK = Budget("source back", "on the air after", 20, "s")
HEALTHY = Budget("source back", "SourceHealthy=True after", 45, "s")
MISSING = Budget("source lost, silent and back", "missing", 0, "slots")
SENDER = "chaos-feed"
LABELS = {"app": SENDER}
BACKUP = [{"testPattern": {"pattern": "testsrc2", "toneHz": 880}}]
LIMIT = 90


def sender(image: str) -> list[Resource]:
    """The demo's feed, in a Deployment of this test's own, behind a headless Service as in the chart."""
    metadata = {"name": SENDER, "namespace": "telstar", "labels": LABELS}
    container = {
        "name": "feed",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["feed"],
        "ports": [{"name": "srt", "containerPort": 9000, "protocol": "UDP"}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    deployment: Resource = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": LABELS},
            "template": template,
        },
    }
    ports = [{"name": "srt", "port": 9000, "targetPort": "srt", "protocol": "UDP"}]
    service: Resource = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"clusterIP": "None", "selector": LABELS, "ports": ports},
    }
    return [deployment, service]


@pytest.fixture(scope="module")
def fed(kube: Kube) -> Iterator[Air]:
    """A channel on the air whose source is a feed over SRT."""
    demo = kube.get("deployment", "telstar-demo-feed")
    assert demo, "the release has no demo, whose feed this test sends: helm upgrade with demo.enabled"
    objects = sender(demo["spec"]["template"]["spec"]["containers"][0]["image"])
    kube.apply(*objects)
    try:
        kube.pod(f"app={SENDER}")
        stream = {"url": f"srt://{SENDER}:9000?mode=caller"}
        with on_the_air(kube, source={"stream": stream}, segmentDuration=f"{SEGMENT}s") as air:
            await_source(air, {"preferred"}, 60)
            yield air
    finally:
        for item in objects:
            kube.run("delete", item["kind"], SENDER, "--ignore-not-found", "--wait=false")


def source(air: Air) -> dict[str, Any]:
    """What SimLive says of its source (docs/architecture.md, "GET /status")."""
    status = air.kube.run("get", "--raw", f"/api/v1/namespaces/telstar/pods/{air.pod()}:8080/proxy/status")
    found: dict[str, Any] = json.loads(status)["source"]
    return found


def await_source(air: Air, states: set[str], seconds: float) -> float:
    """Wait until one of these plays; since when it does, in seconds since the epoch."""
    found = wait_until(
        f"{air.name} to play {' or '.join(states)}",
        lambda: (said := source(air))["state"] in states and said,
        seconds,
        every=0.5,
    )
    return datetime.fromisoformat(found["since"]).timestamp()


def signal_sender(kube: Kube, signal: str) -> None:
    """Send every FFmpeg of the sender a signal."""
    script = (
        "for process in /proc/[0-9]*; do case $(readlink $process/exe) in *ffmpeg*) "
        f"kill -{signal} ${{process#/proc/}};; esac; done"
    )
    kube.run("exec", kube.pod(f"app={SENDER}"), "--", "sh", "-c", script)


def lose(kube: Kube) -> None:
    kube.run("scale", f"deployment/{SENDER}", "--replicas=0")
    kube.run("delete", "pods", f"--selector=app={SENDER}", "--grace-period=0", "--force", "--wait=false")


def bring_back(kube: Kube) -> None:
    kube.scale(SENDER, 1)


def silence(kube: Kube) -> None:
    signal_sender(kube, "STOP")


def wake(kube: Kube) -> None:
    signal_sender(kube, "CONT")


@pytest.mark.parametrize(
    ("go", "come", "backup"),
    [(lose, bring_back, False), (silence, wake, False), (lose, bring_back, True)],
    ids=["lost", "silent", "lost-with-backup"],
)
def test_a_channel_whose_source_goes_keeps_its_cadence_and_returns_to_it(
    fed: Air,
    kube: Kube,
    premium: Viewer,
    note: Callable[[Budget, float], None],
    go: Callable[[Kube], None],
    come: Callable[[Kube], None],
    backup: bool,
) -> None:
    patch = json.dumps({"spec": {"backupSources": BACKUP if backup else None}})
    kube.run("patch", "channel", fed.name, "--type=merge", f"--patch={patch}")
    kube.wait_for("channel", fed.name, "SourceHealthy")
    with watching(fed, premium) as watch:
        try:
            gone = time.time()
            go(kube)
            note(SLATE, await_source(fed, {"backup-1" if backup else "slate"}, LIMIT) - gone)
            kube.wait_for("channel", fed.name, "SourceHealthy", status="False")
            note(TOLD, time.time() - gone)
            assert kube.condition("channel", fed.name, "Streaming") == "True", "a slate is on the air"
            fed.await_slots(2, fed.slots()[-1], 30)
        finally:
            back = time.time()
            come(kube)
        note(BACK, await_source(fed, {"preferred"}, LIMIT) - back)
        kube.wait_for("channel", fed.name, "SourceHealthy")
        note(HEALTHY, time.time() - back)
        fed.await_slots(2, fed.slots()[-1], 30)
        note(MISSING, slots_missing(watch, watch.hold()))


def slots_missing(watch: Watch, window: list[Slot]) -> float:
    """How many slots' time is missing since the source went."""
    return watch.gap(window) / watch.last.duration
