from typing import Any

import pytest

from cluster.readiness import is_rolled_out, pod_problem, unready_channels, unready_workloads

Object = dict[str, Any]


def deployment(name: str = "telstar-api", **status: int) -> Object:
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "generation": 2},
        "spec": {"replicas": 1},
        "status": status,
    }


def pod(
    name: str, *, ready: bool = False, phase: str = "Running", containers: list[Object] | None = None
) -> Object:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "metadata": {"name": name},
        "status": {"phase": phase, "conditions": [condition], "containerStatuses": containers or []},
    }


def waiting(reason: str) -> list[Object]:
    return [{"name": "api", "state": {"waiting": {"reason": reason}}}]


ROLLED_OUT = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"observedGeneration": 1}, False),
        ({"replicas": 2}, False),
        ({"updatedReplicas": 0}, False),
        ({"readyReplicas": 0}, False),
    ],
)
def test_a_deployment_is_rolled_out_when_only_new_ready_pods_are_left(change: Object, expected: bool) -> None:
    assert is_rolled_out(deployment(**{**ROLLED_OUT, **change})) is expected


def test_a_new_stateful_set_counts_its_current_replicas() -> None:
    status = {
        "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "currentReplicas": 1,
        "currentRevision": "a", "updateRevision": "a",
    }  # fmt: skip
    item = {
        "kind": "StatefulSet",
        "metadata": {"name": "db", "generation": 1},
        "spec": {"replicas": 1},
        "status": status,
    }
    assert is_rolled_out(item)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (pod("a", ready=True), None),
        (pod("a", phase="Succeeded"), None),
        (pod("a", containers=waiting("ImagePullBackOff")), "api ImagePullBackOff"),
        (pod("a", containers=waiting("ContainerCreating"), phase="Pending"), "starting"),
        (
            pod("a", containers=[{"name": "api", "state": {"terminated": {"exitCode": 3}}}]),
            "api ended with exit code 3",
        ),
        (pod("a"), "running, not ready"),
    ],
)
def test_a_pods_problem_in_words(item: Object, problem: str | None) -> None:
    assert pod_problem(item) == problem


def test_a_pod_without_a_node_says_why() -> None:
    item = pod("a", phase="Pending")
    item["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "message": "Insufficient cpu"}
    ]
    assert pod_problem(item) == "not scheduled: Insufficient cpu"


def test_a_workload_that_waits_names_its_own_pods() -> None:
    pods = [pod("telstar-api-1", containers=waiting("CrashLoopBackOff")), pod("telstar-edge-1")]
    assert unready_workloads([deployment()], pods) == ["telstar-api-1: api CrashLoopBackOff"]
    assert unready_workloads([deployment()], []) == ["telstar-api: no pod yet"]


def channel(**conditions: str) -> Object:
    listed = [{"type": kind, "status": status, "reason": "Because"} for kind, status in conditions.items()]
    return {"metadata": {"name": "news"}, "status": {"conditions": listed}}


@pytest.mark.parametrize(
    ("item", "lines"),
    [
        (channel(KeysReady="True", Registered="True", Streaming="True", Ready="True"), []),
        (channel(), ["news: not seen by the operator yet"]),
        (channel(KeysReady="True", Registered="False", Ready="False"), ["news: not Registered (Because)"]),
        (channel(KeysReady="True", Ready="False"), ["news: no condition Registered yet"]),
    ],
)
def test_a_channel_names_the_first_condition_it_lacks(item: Object, lines: list[str]) -> None:
    assert unready_channels([item]) == lines
