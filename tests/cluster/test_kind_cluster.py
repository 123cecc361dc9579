from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from cluster.kind_cluster import CONFIG, PORT, Action, State, configuration, decide, state_of
from cluster.nodes import NODES

SEGMENTS = "/var/lib/docker/volumes/telstar-segments/_data"


def read(*, own_node: bool = False) -> dict[str, Any]:
    text = configuration(CONFIG.read_text(), own_node=own_node, segments=SEGMENTS)
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((None, None), State.ABSENT),
        (("running", None), State.INCOMPLETE),  # a cluster of before, with one node
        ((None, "exited"), State.INCOMPLETE),
        (("running", "running"), State.RUNNING),
        (("running", "exited"), State.STOPPED),
        (("created", "created"), State.STOPPED),
    ],
)
def test_the_state_follows_the_containers_of_all_nodes(
    statuses: tuple[str | None, ...], state: State
) -> None:
    assert state_of(statuses) is state


@pytest.mark.parametrize(
    ("state", "answers", "action"),
    [
        (State.ABSENT, False, Action.CREATE),
        (State.ABSENT, True, Action.CREATE),  # another cluster's context of the same name
        (State.INCOMPLETE, True, Action.CREATE_ANEW),
        (State.STOPPED, False, Action.START),
        (State.STOPPED, True, Action.START),  # the first node runs, another does not
        (State.RUNNING, False, Action.START),
        (State.RUNNING, True, Action.NOTHING),
    ],
)
def test_what_is_there_is_kept(state: State, answers: bool, action: Action) -> None:
    assert decide(state, api_answers=answers) is action


def test_the_page_is_published_on_the_loopback_address_only() -> None:
    mappings = [mapping for node in read()["nodes"] for mapping in node.get("extraPortMappings", [])]
    assert mappings == [
        {"containerPort": 80, "hostPort": PORT, "listenAddress": "127.0.0.1", "protocol": "TCP"}
    ]


def test_all_nodes_have_the_same_folder_for_segments() -> None:
    nodes = read()["nodes"]
    assert [node["role"] for node in nodes] == ["control-plane", "worker"]
    assert len(nodes) == len(NODES)
    mounts = [node["extraMounts"] for node in nodes]
    assert mounts == [[{"hostPath": SEGMENTS, "containerPath": "/var/local/telstar/segments"}]] * len(nodes)


def test_pods_may_run_on_the_first_node_too() -> None:
    def taints(node: Mapping[str, Any]) -> object:
        return yaml.safe_load(node["kubeadmConfigPatches"][0])["nodeRegistration"]["taints"]

    assert taints(read()["nodes"][0]) == []


def test_only_a_node_of_our_own_brings_its_own_network() -> None:
    plain, own = read(), read(own_node=True)
    assert "networking" not in plain
    assert own["networking"] == {"disableDefaultCNI": True}
    assert own["nodes"] == plain["nodes"]
