"""What Kubernetes says of a channel's pod."""

from __future__ import annotations

from datetime import timedelta

from telstar_kubectl.facts import Facts
from telstar_kubectl.findings import Finding, neither, unknown, well, wrong
from telstar_kubectl.pods import Pod
from telstar_kubectl.words import ago, plural

START_LIMIT = timedelta(seconds=120)
LATELY = timedelta(minutes=10)


def wanted(facts: Facts) -> bool:
    """Whether the channel shall have a pod at all."""
    return not (facts.live.channel.stopped or facts.live.channel.deleting)


def deployment(facts: Facts) -> Finding:
    """The Deployment, which the operator makes as soon as there is a key and a registration."""
    name = f"simlive-{facts.live.channel.name}"
    if facts.deployment.value is None:
        if not facts.deployment.missing:
            return unknown("Deployment", facts.deployment)
        if not wanted(facts):
            return neither("Deployment", "none, as it should be")
        return wrong("Deployment", f"{name} does not exist", _operator(facts))
    status = facts.deployment.value.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            command = f"kubectl -n {facts.namespace} describe deployment {name}"
            return wrong("Deployment", f"{name}: pods are refused: {condition.get('message', '')}", command)
    if not wanted(facts):
        return neither("Deployment", f"{name} is still there; it is about to go")
    return well("Deployment", name)


def _operator(facts: Facts) -> str:
    look = f"kubectl -n {facts.namespace} get deployment telstar-operator"
    return f"see the conditions above; if they are old: {look}"


def pod(facts: Facts) -> Finding:
    """The pod: phase, node, restarts, and how its container ended the last time."""
    present = facts.live.pod
    if facts.pods.value is None:
        return unknown("Pod", facts.pods)
    leaving = tuple(f"{other.name} is on its way out" for other in facts.pods.value if other.leaving)
    if present is None:
        if not wanted(facts):
            return neither("Pod", "none, as it should be", leaving)
        command = f"kubectl -n {facts.namespace} describe deployment simlive-{facts.live.channel.name}"
        return wrong("Pod", "there is none", command, leaving)
    told = (*_ending(facts, present), *leaving)
    trouble = _trouble(facts, present)
    if not wanted(facts):
        return neither("Pod", f"{_described(present)}; it is about to go", told)
    if trouble:
        return wrong("Pod", f"{_described(present)}; {trouble[0]}", trouble[1], told)
    return well("Pod", _described(present), told)


def _described(pod: Pod) -> str:
    where = f" on {pod.node}" if pod.node else ""
    ready = "ready" if pod.ready else "not ready"
    return f"{pod.name}{where}, {pod.phase}, {ready}, {plural(pod.restarts, 'restart')}"


def _ending(facts: Facts, pod: Pod) -> tuple[str, ...]:
    """How the container's last life ended."""
    if pod.ended is None:
        return ()
    when = f" {ago(pod.ended.at, facts.now)}" if pod.ended.at else ""
    words = f"; its last words: {pod.ended.last_words}" if pod.ended.last_words else ""
    return (
        f"ended{when} with exit code {pod.ended.exit_code} ({pod.ended.reason or 'no reason given'}){words}",
    )


def _trouble(facts: Facts, pod: Pod) -> tuple[str, str] | None:
    """What keeps the pod from being ready, and what to do; None for a ready one."""
    if pod.ready:
        return None
    describe = f"kubectl -n {facts.namespace} describe pod {pod.name}"
    previous = f"kubectl telstar logs {facts.live.channel.name} --previous"
    if pod.unscheduled:
        return f"no node takes it: {pod.unscheduled}", describe
    if pod.waiting:
        return f"its container waits: {pod.waiting}", previous if pod.restarts else describe
    if not pod.running and pod.ended:
        return "its container has ended", previous
    if pod.running:
        return "it publishes no segments", f"kubectl telstar logs {facts.live.channel.name} --since 10m"
    if pod.created and facts.now - pod.created < START_LIMIT:
        return "it is being started", "wait, and ask again"
    return "it has not started", describe
