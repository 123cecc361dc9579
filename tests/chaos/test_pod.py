"""SimLive's pod ends, is lost, or has to leave its node."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from chaos.air import Air, missing_before
from chaos.figures import Budget
from chaos.watch import watching
from support.kube import Kube
from support.viewer import Viewer

DELETED_BACK = Budget("SimLive pod deleted", "next segment after", 10, "s")
DELETED_GAP = Budget("SimLive pod deleted", "missing", 4, "slots")
LOST_BACK = Budget("SimLive pod lost (deleted by force)", "next segment after", 10, "s")
LOST_GAP = Budget("SimLive pod lost (deleted by force)", "missing", 5, "slots")
DRAINED_BACK = Budget("SimLive's node drained", "next segment after", 10, "s")
DRAINED_GAP = Budget("SimLive's node drained", "missing", 4, "slots")
LIMIT = 90  # seconds
ROUNDS = 2


@pytest.mark.parametrize(
    ("how", "back", "missing"),
    [
        ((), DELETED_BACK, DELETED_GAP),
        (("--grace-period=0", "--force"), LOST_BACK, LOST_GAP),
    ],
    ids=["gracefully", "by-force"],
)
def test_a_channel_outlives_its_pod(
    air: Air,
    kube: Kube,
    premium: Viewer,
    note: Callable[[Budget, float], None],
    how: tuple[str, ...],
    back: Budget,
    missing: Budget,
) -> None:
    with watching(air, premium) as watch:
        for _ in range(ROUNDS):
            last, pod, deleted = air.slots()[-1], air.pod(), time.time()
            kube.run("delete", "pod", pod, "--wait=false", *how)
            first = air.await_slots(4, last, LIMIT, new_run=True)[0]
            assert air.pod() != pod
            note(missing, missing_before(air, first))
            note(back, air.published(first) - deleted)
        watch.hold()


@contextmanager
def drained(kube: Kube, node: str) -> Iterator[None]:
    """With all pods moved off a node; at the end it takes pods again."""
    try:
        kube.run("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s")
        yield
    finally:
        kube.run("uncordon", node)


def test_a_drained_nodes_channel_moves_to_another(
    air: Air, kube: Kube, premium: Viewer, note: Callable[[Budget, float], None]
) -> None:
    node = air.node()
    assert "control-plane" not in node, "the channel is on the node of API and edge, which has to stay"
    with watching(air, premium) as watch:
        asked = time.time()
        with drained(kube, node):
            first = air.await_slots(4, watch.last, LIMIT, new_run=True)[0]
            assert air.node() != node
            watch.hold()
    note(DRAINED_GAP, missing_before(air, first))
    note(DRAINED_BACK, air.published(first) - asked)
