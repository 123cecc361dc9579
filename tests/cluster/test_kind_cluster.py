import pytest
import yaml

from cluster.kind_cluster import CONFIG, PORT, Action, State, configuration, decide, state_of


@pytest.mark.parametrize(
    ("status", "state"),
    [(None, State.ABSENT), ("running", State.RUNNING), ("exited", State.STOPPED), ("created", State.STOPPED)],
)
def test_the_state_follows_the_nodes_container(status: str | None, state: State) -> None:
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("state", "answers", "action"),
    [
        (State.ABSENT, False, Action.CREATE),
        (State.ABSENT, True, Action.CREATE),  # another cluster's context of the same name
        (State.STOPPED, False, Action.START),
        (State.RUNNING, False, Action.START),
        (State.RUNNING, True, Action.NOTHING),
    ],
)
def test_what_is_there_is_kept(state: State, answers: bool, action: Action) -> None:
    assert decide(state, api_answers=answers) is action


def test_the_page_is_published_on_the_loopback_address_only() -> None:
    mapping = yaml.safe_load(CONFIG.read_text())["nodes"][0]["extraPortMappings"]
    assert mapping == [
        {"containerPort": 80, "hostPort": PORT, "listenAddress": "127.0.0.1", "protocol": "TCP"}
    ]


def test_only_a_node_of_our_own_brings_its_own_network() -> None:
    plain, own = (yaml.safe_load(configuration(CONFIG.read_text(), own_node=own)) for own in (False, True))
    assert "networking" not in plain
    assert own["networking"] == {"disableDefaultCNI": True}
    assert own["nodes"] == plain["nodes"]
