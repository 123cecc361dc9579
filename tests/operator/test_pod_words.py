"""Why a pod does not stream, in words a person can act on."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from telstar_operator.plan.pods import explain, present_pod, restarts

LIVE: dict[str, Any] = {"metadata": {"name": "simlive-news"}}


def pod(
    state: dict[str, Any] | None = None, last: dict[str, Any] | None = None, **status: Any
) -> dict[str, Any]:
    containers = [{"name": "simlive", "image": "telstar/simlive:1", "restartCount": 4, "state": state or {}}]
    if last:
        containers[0]["lastState"] = {"terminated": last}
    return {
        "metadata": {"name": "simlive-news-1", "creationTimestamp": "2026-11-22T18:23:50Z"},
        "status": {"containerStatuses": containers, **status},
    }


ENDED = {"exitCode": 1, "reason": "Error", "message": "frame=1\nsrt://feed: Connection refused\n\n"}
KILLED = {"exitCode": 137, "reason": "OOMKilled"}
UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "message": "0/1 nodes are available: Insufficient cpu.",
}

CASES = [
    (pod({"waiting": {"reason": "ContainerCreating"}}), "Starting", "being started"),
    (pod(conditions=[UNSCHEDULABLE]), "Unschedulable", "Insufficient cpu"),
    (
        pod({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}),
        "ImagePullFailed",
        "image telstar/simlive:1 cannot be had: not found",
    ),
    (pod({"waiting": {"reason": "InvalidImageName"}}), "ImagePullFailed", "InvalidImageName"),
    (
        pod({"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "k" not found'}}),
        "ContainerFailed",
        'secret "k" not found',
    ),
    (
        pod({"waiting": {"reason": "CrashLoopBackOff"}}, ENDED),
        "CrashLooping",
        "exit code 1 (Error) and is being restarted; its last words: srt://feed: Connection refused",
    ),
    (pod({"terminated": KILLED}), "CrashLooping", "exit code 137 (OOMKilled) and is being restarted"),
    (pod({"running": {"startedAt": "2026-11-22T18:23:55Z"}}), "Starting", "waiting for segments"),
    (pod({"running": {"startedAt": "2026-11-22T18:23:55Z"}}, ENDED), "Starting", "waiting for segments"),
    (pod({"running": {"startedAt": "2026-11-22T18:22:00Z"}}), "NoSegments", "kubectl logs simlive-news-1"),
]


@pytest.mark.parametrize(("found", "reason", "words"), CASES)
def test_the_words(found: dict[str, Any], reason: str, words: str, now: datetime) -> None:
    verdict = explain(LIVE, (found,), now)
    assert (verdict.status, verdict.reason) == ("False", reason)
    assert words in verdict.message


def test_a_pod_that_stays_on_its_way_is_stuck(now: datetime) -> None:
    found = pod({"waiting": {"reason": "ContainerCreating"}})
    assert explain(LIVE, (found,), now + timedelta(seconds=121)).reason == "PodStuck"


def test_a_pod_that_was_not_let_in_is_told_by_its_deployment(now: datetime) -> None:
    condition = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods=0"}
    refused = {**LIVE, "status": {"conditions": [condition]}}
    assert explain(refused, (), now).message == "the pod was refused: exceeded quota: pods=0"
    assert explain(LIVE, (), now).reason == "Starting"


def test_the_present_pod_is_the_newest_that_stays() -> None:
    older, newer, going = pod(), pod(), pod()
    newer["metadata"] |= {"creationTimestamp": "2026-11-22T18:24:00Z", "name": "newer"}
    going["metadata"] |= {
        "creationTimestamp": "2026-11-22T18:25:00Z",
        "deletionTimestamp": "2026-11-22T18:26:00Z",
    }
    assert present_pod((older, newer, going)) == newer
    assert present_pod((going,)) is None
    assert restarts((older,)) == 4
    assert restarts(()) == 0
