"""The operator dies in the midst of its work, or is away while pods die."""

import base64
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from chaos.air import Air
from chaos.conftest import manifest
from chaos.figures import Budget
from chaos.processes import aimed_at, fire, renew
from chaos.watch import watching
from kubernetes import client, config
from support.database import sql
from support.kube import Kube
from support.viewer import Viewer
from support.waiting import wait_until

MADE = Budget("operator killed while it makes a channel", "Ready after", 45, "s")
GONE = Budget("operator killed while it deletes a channel", "all gone after", 60, "s")
AWAY_BACK = Budget("operator away, SimLive pod lost", "next segment after", 10, "s")
RETURNED = Budget("operator back after minutes", "conditions true after", 30, "s")
OPERATOR = "app.kubernetes.io/name=telstar,app.kubernetes.io/component=operator"
AWAY = 75  # seconds
SLOT = 4  # seconds that the newest segment may be old
GROUP = ("telstar.dev", "v1alpha1", "telstar", "channels")


@dataclass(frozen=True)
class Objects:
    """Quick looks at what exists: a kubectl for each would take longer than the operator's steps."""

    api: client.ApiClient
    seen: set[str] = field(default_factory=set)

    def _there(self, read: Callable[..., object], name: str) -> bool:
        try:
            read(name, "telstar")
        except client.ApiException as error:
            if error.status == 404:
                return False
            raise
        return True

    def channel(self, name: str) -> dict[str, Any]:
        """The Channel, empty where it is gone."""
        try:
            found: dict[str, Any] = client.CustomObjectsApi(self.api).get_namespaced_custom_object(
                *GROUP, name
            )
        except client.ApiException as error:
            if error.status == 404:
                return {}
            raise
        return found

    def secret(self, name: str) -> bool:
        """Whether the key's Secret is there."""
        return self._there(client.CoreV1Api(self.api).read_namespaced_secret, f"simlive-{name}-key")

    def config_map(self, name: str) -> bool:
        """Whether the configuration is there."""
        return self._there(client.CoreV1Api(self.api).read_namespaced_config_map, f"simlive-{name}")

    def deployment(self, name: str) -> bool:
        """Whether the Deployment is there."""
        return self._there(client.AppsV1Api(self.api).read_namespaced_deployment, f"simlive-{name}")

    def job(self, name: str) -> bool:
        """Whether the purge has begun."""
        return self._there(client.BatchV1Api(self.api).read_namespaced_job, f"purge-{name}")

    def purged(self, name: str) -> bool:
        """Whether the purge was there and is gone again."""
        there = self.job(name)
        if there:
            self.seen.add(name)
        return name in self.seen and not there

    def status(self, name: str) -> bool:
        """Whether the operator has said anything of the Channel."""
        return bool(self.channel(name).get("status"))


@pytest.fixture
def objects() -> Objects:
    """The API server, over one connection."""
    config.load_kube_config()
    return Objects(client.ApiClient())


# What is waited for before the operator is killed: while it makes the channel, and while it deletes it.
MAKING: dict[str, Callable[[Objects, str], bool]] = {
    "as soon as it is applied": lambda objects, name: bool(objects.channel(name)),
    "after the Secret": Objects.secret,
    "after the ConfigMap": Objects.config_map,
    "after the Deployment": Objects.deployment,
    "after the first status": Objects.status,
}
DELETING: dict[str, Callable[[Objects, str], bool]] = {
    "as soon as it is deleted": lambda objects, name: True,
    "after the Deployment": lambda objects, name: not objects.deployment(name),
    "after the purge has begun": Objects.job,
    "after the purge": Objects.purged,
    "after the Channel": lambda objects, name: not objects.channel(name),
}


@pytest.mark.parametrize(("made", "deleted"), list(zip(MAKING, DELETING, strict=True)))
def test_an_operator_killed_in_the_midst_of_it_makes_and_deletes_a_channel_wholly(
    kube: Kube, objects: Objects, note: Callable[[Budget, float], None], made: str, deleted: str
) -> None:
    air = Air(kube, f"chaos-{uuid.uuid4().hex[:6]}")
    with aimed_at(kube, OPERATOR) as shell:
        kube.apply(manifest(air.name))
        fell = kill_when(shell, made, lambda: MAKING[made](objects, air.name))
    renew(kube, OPERATOR)
    kube.wait_for("channel", air.name, "Ready")
    note(MADE, time.monotonic() - fell)
    assert_one_key(kube, air)
    air.await_slots(2, None, 30)

    kube.pod(OPERATOR)
    with aimed_at(kube, OPERATOR) as shell:
        kube.run("delete", "channel", air.name, "--wait=false")
        fell = kill_when(shell, deleted, lambda: DELETING[deleted](objects, air.name))
    renew(kube, OPERATOR)
    wait_until(f"nothing of {air.name}", lambda: not left_of(kube, air), 120, every=1)
    note(GONE, time.monotonic() - fell)


def kill_when(shell: subprocess.Popen[str], what: str, moment: Callable[[], bool]) -> float:
    """Kill what the shell is aimed at as soon as something is so; when."""
    wait_until(what, moment, 60, every=0.01)
    fire(shell)
    return time.monotonic()


def assert_one_key(kube: Kube, air: Air) -> None:
    """One key was made, and the Secret, the API and the status agree on it."""
    secret, channel = kube.get("secret", f"simlive-{air.name}-key"), kube.get("channel", air.name)
    assert secret and channel
    kid = base64.b64decode(secret["data"]["kid"]).decode()
    known = sql(kube, f"SELECT kid FROM drm_keys WHERE channel = '{air.name}'").split()
    assert [one.replace("-", "") for one in known] == [kid] == [channel["status"]["keyId"]]


def left_of(kube: Kube, air: Air) -> list[str]:
    """Everything that a deleted channel has left so far."""
    kinds = "deployments,replicasets,pods,configmaps,secrets,jobs"
    left = [f"{item['kind']} {item['metadata']['name']}" for item in kube.list(kinds, air.labels)]
    if kube.get("channel", air.name):
        left.append("the Channel")
    left += air.on_volume("find . -type f").split()
    if sql(kube, f"SELECT count(*) FROM drm_keys WHERE channel = '{air.name}'").strip() != "0":
        left.append("keys in the database")
    if sql(kube, f"SELECT count(*) FROM channels WHERE name = '{air.name}'").strip() != "0":
        left.append("the registration")
    return left


def test_pods_that_die_while_the_operator_is_away_come_back_without_it(
    air: Air, kube: Kube, premium: Viewer, note: Callable[[Budget, float], None]
) -> None:
    with watching(air, premium) as watch:
        with kube.away("telstar-operator"):
            gone = time.monotonic()
            for _ in range(2):
                last, pod, deleted = air.slots()[-1], air.pod(), time.time()
                kube.run("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")
                first = air.await_slots(4, last, 60, new_run=True)[0]
                note(AWAY_BACK, air.published(first) - deleted)
            time.sleep(max(0.0, AWAY - (time.monotonic() - gone)))
            back = time.time()
        wait_until("a status of after its return", lambda: last_segment(kube, air) > back - SLOT, 90)
        kube.wait_for("channel", air.name, "Ready", seconds=60)
        note(RETURNED, time.time() - back)
        watch.hold()


def last_segment(kube: Kube, air: Air) -> float:
    """What the Channel's status tells of the newest segment, in seconds since the epoch."""
    channel = kube.get("channel", air.name)
    assert channel
    return datetime.fromisoformat(channel["status"]["lastSegmentTime"]).timestamp()
