"""Why a channel's pod does not stream, in words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from telstar_operator.manifests.deployment import CONTAINER
from telstar_operator.plan.conditions import Verdict, no
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.resources import Manifest

START_LIMIT = timedelta(seconds=120)
"""How long a pod may be on its way before it counts as stuck."""
SEGMENT_LIMIT = timedelta(seconds=60)
"""How long a running SimLive may be without segments before that counts as a fault."""
IMAGE_REASONS = {
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
    "RegistryUnavailable", "SignatureValidationFailed",
}  # fmt: skip


def present_pod(pods: Iterable[Manifest]) -> Manifest | None:
    """The newest pod that is not on its way out."""
    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return max(staying, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


def is_encoder(pod: Manifest) -> bool:
    """Whether a pod is SimLive's, not the purge's; one that has ended is as good as gone."""
    application = pod["metadata"].get("labels", {}).get("app.kubernetes.io/name")
    return application == "simlive" and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def is_ready(pod: Manifest) -> bool:
    """Whether the pod passes its readiness probe."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def restarts(pods: Iterable[Manifest]) -> int:
    """How often the SimLive container was restarted in its present pod."""
    pod = present_pod(pods)
    return int(container_status(pod).get("restartCount", 0)) if pod else 0


def container_status(pod: Manifest) -> Mapping[str, Any]:
    """Status of the SimLive container; empty before the kubelet reported one."""
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return next((status for status in statuses if status["name"] == CONTAINER), {})


def explain(
    deployment: Manifest, pods: Iterable[Manifest], now: datetime, said: SimLiveStatus | None = None
) -> Verdict:
    """Why a Deployment without a ready pod has none; said is SimLive's own word, where it has one."""
    pod = present_pod(pods)
    if pod is None:
        return refused_pod(deployment) or no("Starting", "the pod is being made")
    return unscheduled(pod) or failing(pod) or waiting(pod, now, said)


def refused_pod(deployment: Manifest) -> Verdict | None:
    """The pod was not let in, for example by a quota or a security standard."""
    for condition in deployment.get("status", {}).get("conditions") or []:
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return no("PodRefused", f"the pod was refused: {condition.get('message', '')}")
    return None


def unscheduled(pod: Manifest) -> Verdict | None:
    """No node takes the pod."""
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return no("Unschedulable", f"no node takes the pod: {condition.get('message', '')}")
    return None


def failing(pod: Manifest) -> Verdict | None:
    """The container cannot be made, or ends again and again."""
    status = container_status(pod)
    state = status.get("state", {})
    held = state.get("waiting", {})
    reason, message = held.get("reason", ""), held.get("message", "")
    if reason in IMAGE_REASONS:
        return no("ImagePullFailed", f"image {status.get('image', '')} cannot be had: {message or reason}")
    if reason.endswith("Error"):
        return no("ContainerFailed", f"the container cannot be made: {reason}: {message}")
    ended = state.get("terminated") or (
        not state.get("running") and status.get("lastState", {}).get("terminated")
    )
    if ended:
        return no("CrashLooping", last_words(ended))
    return None


def last_words(ended: Mapping[str, Any]) -> str:
    """How a container ended, with the last line it wrote."""
    said = [line for line in str(ended.get("message") or "").splitlines() if line.strip()]
    how = f"SimLive ended with exit code {ended.get('exitCode')} ({ended.get('reason', 'unknown')})"
    return f"{how} and is being restarted" + (f"; its last words: {said[-1].strip()}" if said else "")


def waiting(pod: Manifest, now: datetime, said: SimLiveStatus | None) -> Verdict:
    """Nothing is wrong yet, unless it takes too long."""
    name = pod["metadata"]["name"]
    running = container_status(pod).get("state", {}).get("running")
    if running:
        awaits = (said and said.waiting_for) or "segments"
        if now - datetime.fromisoformat(running["startedAt"]) < SEGMENT_LIMIT:
            return no("Starting", f"SimLive runs; waiting for {awaits}")
        if said and said.source.state == "ended":
            return no(
                "PlaylistEnded", "the playlist has been played to its end; SourceHealthy says what to do"
            )
        complaint = f"; FFmpeg's last words: {said.last_words}" if said and said.last_words else ""
        return no(
            "NoSegments",
            f"SimLive runs but publishes no segments; it waits for {awaits}{complaint}; "
            f"see `kubectl logs {name}`",
        )
    if now - datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) < START_LIMIT:
        return no("Starting", "the pod is being started")
    return no("PodStuck", f"the pod has not started for two minutes; see `kubectl describe pod {name}`")
