"""FFmpeg dies, or does nothing any more."""

import time
from collections.abc import Callable

from chaos.air import Air, missing_before
from chaos.figures import Budget
from chaos.processes import signal_encoder
from chaos.watch import watching
from support.kube import Kube
from support.viewer import Viewer

KILLED_GAP = Budget("FFmpeg killed", "missing", 2, "slots")
KILLED_BACK = Budget("FFmpeg killed", "next segment after", 8, "s")
FROZEN_GAP = Budget("FFmpeg frozen", "missing", 4, "slots")
FROZEN_BACK = Budget("FFmpeg frozen", "next segment after", 12, "s")
ROUNDS = 3
LIMIT = 60  # seconds


def test_a_killed_encoder_costs_two_slots_at_most(
    air: Air, kube: Kube, premium: Viewer, note: Callable[[Budget, float], None]
) -> None:
    pod = air.pod()
    with watching(air, premium) as watch:
        for _ in range(ROUNDS):
            last = air.slots()[-1]
            killed = signal_encoder(kube, pod, "KILL")
            first = air.await_slots(4, last, LIMIT, new_run=True)[0]
            note(KILLED_GAP, missing_before(air, first))
            note(KILLED_BACK, air.published(first) - killed)
        watch.hold()
    assert air.pod() == pod, "SimLive itself must live on"


def test_a_frozen_encoder_is_noticed_and_replaced(
    air: Air, kube: Kube, premium: Viewer, note: Callable[[Budget, float], None]
) -> None:
    with watching(air, premium) as watch:
        frozen = signal_encoder(kube, air.pod(), "STOP")
        first = air.await_slots(4, watch.last, LIMIT, new_run=True)[0]
        watch.hold()
    note(FROZEN_GAP, missing_before(air, first))
    note(FROZEN_BACK, air.published(first) - frozen)


def test_an_encoder_that_is_killed_again_and_again_leaves_the_channel_whole(
    air: Air, kube: Kube, premium: Viewer
) -> None:
    with watching(air, premium) as watch:
        for pause in (0, 0.7, 1.9, 2.6):
            time.sleep(pause)
            try:
                signal_encoder(kube, air.pod(), "KILL")
            except AssertionError:
                continue  # none runs just now: the next is on its way
        air.await_slots(4, watch.last, LIMIT, new_run=True)
        watch.hold()
