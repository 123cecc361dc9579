"""Why something is not ready yet, in words, read off the objects as the Kubernetes API shows them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def unready_workloads(workloads: Iterable[Object], pods: Iterable[Object]) -> list[str]:
    """A line for each workload that is not rolled out, with what its pods wait for."""
    waiting = [workload for workload in workloads if not is_rolled_out(workload)]
    problems = {name_of(pod): pod_problem(pod) for pod in pods}
    lines = []
    for workload in waiting:
        own = [f"{pod}: {why}" for pod, why in problems.items() if why and pod.startswith(name_of(workload))]
        lines.append("; ".join(own) if own else f"{name_of(workload)}: no pod yet")
    return lines


def is_rolled_out(workload: Object) -> bool:
    """Whether all replicas of the newest generation are ready and no older one is left."""
    status = workload.get("status", {})
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return False
    if workload["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return bool(
            status.get("updatedNumberScheduled", 0) >= wanted and status.get("numberReady", 0) >= wanted
        )
    wanted = workload["spec"].get("replicas", 1)
    updated = status.get("updatedReplicas", 0)
    if workload["kind"] == "StatefulSet" and status.get("currentRevision") == status.get("updateRevision"):
        updated = status.get("currentReplicas", updated)
    return bool(
        updated >= wanted and status.get("readyReplicas", 0) >= wanted and status.get("replicas", 0) <= wanted
    )


def pod_problem(pod: Object) -> str | None:
    """What keeps a pod from being ready; None where it is ready, done or going away."""
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded" or pod["metadata"].get("deletionTimestamp"):
        return None
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        trouble = _container_trouble(container)
        if trouble:
            return f"{container['name']} {trouble}"
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    if conditions.get("PodScheduled", {}).get("status") == "False":
        return f"not scheduled: {conditions['PodScheduled'].get('message', '')}"
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    return "starting" if status.get("phase") == "Pending" else "running, not ready"


def unready_channels(channels: Iterable[Object]) -> list[str]:
    """A line for each Channel that is not Ready, naming the first of its other conditions that is missing."""
    lines = []
    for channel in channels:
        conditions = {each["type"]: each for each in channel.get("status", {}).get("conditions", [])}
        if conditions.get("Ready", {}).get("status") == "True":
            continue
        lines.append(f"{name_of(channel)}: {_first_missing(conditions)}")
    return lines


def name_of(item: Object) -> str:
    """The object's name."""
    return str(item["metadata"]["name"])


def _first_missing(conditions: Mapping[str, Object]) -> str:
    if not conditions:
        return "not seen by the operator yet"
    for kind in ("KeysReady", "Registered", "Streaming", "Ready"):
        condition = conditions.get(kind)
        if condition is None:
            return f"no condition {kind} yet"
        if condition.get("status") != "True":
            said = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
            return f"not {kind}{f' ({said})' if said else ''}"
    return "not Ready"


def _container_trouble(container: Object) -> str | None:
    state = container.get("state", {})
    waiting = state.get("waiting", {})
    if waiting.get("reason") and waiting["reason"] not in ("ContainerCreating", "PodInitializing"):
        return str(waiting["reason"])
    ended = state.get("terminated") or {}
    if ended.get("exitCode"):
        return f"ended with exit code {ended['exitCode']}"
    return None
