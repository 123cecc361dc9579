"""A channel's key Secret is deleted or altered under it."""

import base64
import time
from collections.abc import Callable

from chaos.air import Air
from chaos.figures import Budget
from chaos.watch import watching
from support.viewer import Viewer
from support.waiting import wait_until

BACK = Budget("key Secret deleted or altered", "same key back after", 15, "s")
SLOTS = 20
"""Slots over which the channel must go on: the kubelet shows a pod a changed Secret within a minute or so."""


def key(air: Air) -> tuple[str, ...] | None:
    """(kid, key) in the channel's Secret; None where there is none."""
    found = air.kube.get("secret", f"simlive-{air.name}-key")
    return found and tuple(base64.b64decode(found["data"][entry]).decode() for entry in ("kid", "key"))


def delete(air: Air) -> None:
    air.kube.run("delete", "secret", f"simlive-{air.name}-key")


def alter(air: Air) -> None:
    other = base64.b64encode(b"0f" * 16).decode()
    patch = f'--patch={{"data":{{"key":"{other}"}}}}'
    air.kube.run("patch", "secret", f"simlive-{air.name}-key", "--type=merge", patch)


def test_a_damaged_secret_comes_back_the_same_and_the_channel_goes_on(
    air: Air, premium: Viewer, note: Callable[[Budget, float], None]
) -> None:
    before, pod = key(air), air.pod()
    with watching(air, premium) as watch:
        for damage in (delete, alter):
            damage(air)
            damaged = time.monotonic()
            wait_until("the same key to be back", lambda: key(air) == before, 60)
            note(BACK, time.monotonic() - damaged)
        air.await_slots(SLOTS, watch.last, 120)
        window = watch.hold()
    assert watch.gap(window) == 0
    assert {slot.run for slot in window if slot.sequence >= watch.last.sequence} == {watch.last.run}
    assert air.pod() == pod
