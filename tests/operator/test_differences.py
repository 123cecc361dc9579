"""What the server adds or writes its own way is no difference; what anyone changed is."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_operator.manifests.deployment import deployment
from telstar_operator.manifests.pod import Runtime
from telstar_operator.plan.differences import covers
from telstar_operator.resources import Channel

NAMED = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}


@pytest.mark.parametrize(
    ("live", "wished", "same"),
    [
        ({"a": 1, "default": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": 1}, False),
        ({}, {"a": ""}, True),
        ({}, {"a": False}, True),
        ({"env": [*reversed(NAMED["env"]), {"name": "C"}]}, NAMED, True),
        ({"env": NAMED["env"][:1]}, NAMED, False),
        ({"command": ["a", "b"]}, {"command": ["a"]}, False),
        ({"command": ["b", "a"]}, {"command": ["a", "b"]}, False),
        (
            {"requests": {"cpu": "1", "memory": "1Gi"}},
            {"requests": {"cpu": "1000m", "memory": "1024Mi"}},
            True,
        ),
        ({"requests": {"cpu": "500m"}}, {"requests": {"cpu": 0.5}}, True),
        ({"requests": {"cpu": "1"}}, {"requests": {"cpu": "2"}}, False),
        ({"limits": {}}, {"limits": {"cpu": "2"}}, False),
        ({}, {"limits": {"cpu": "2"}}, False),
        ({"limits": {"memory": "1e3"}}, {"limits": {"memory": "1k"}}, True),
        ({"tolerations": [{"key": "a"}]}, {"tolerations": [{"key": "a"}, {"key": "b"}]}, False),
        (None, {"a": 1}, False),
        ({"a": "text"}, {"a": ["list"]}, False),
    ],
)
def test_differences(live: Any, wished: Any, same: bool) -> None:
    assert covers(live, wished) is same


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, child in items for leaf in leaves(child, (*path, key))] or [path]


@given(data=st.data())
def test_any_change_of_a_deployment_is_noticed(data: st.DataObject) -> None:
    body = {
        "metadata": {"name": "news", "namespace": "tv", "uid": "u"},
        "spec": {"displayName": "News", "number": 1, "source": {"testPattern": {}}},
    }
    wished = deployment(Channel.parse(body), Runtime("image", "claim", ("pull",)))
    live = copy.deepcopy(wished)
    live["status"] = {"readyReplicas": 1}
    assert covers(live, wished)
    *folders, last = data.draw(st.sampled_from(leaves(wished)))
    place: Any = live
    for folder in folders:
        place = place[folder]
    place[last] = "something else"
    assert not covers(live, wished)


def test_a_deployment_of_the_api_server_is_covered(
    make_channel: Callable[..., Channel], runtime: Runtime
) -> None:
    wished = deployment(make_channel(), runtime)
    live = copy.deepcopy(wished)
    live["metadata"] |= {
        "uid": "u",
        "resourceVersion": "7",
        "annotations": {"deployment.kubernetes.io/revision": "1"},
    }
    live["spec"]["progressDeadlineSeconds"] = 600
    pod = live["spec"]["template"]["spec"]
    pod |= {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "restartPolicy": "Always"}
    pod["containers"][0]["readinessProbe"]["successThreshold"] = 1
    pod["containers"][0]["readinessProbe"]["httpGet"]["scheme"] = "HTTP"
    assert covers(live, wished)
