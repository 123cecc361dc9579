"""Whether a channel that was paused or resumed has come to where it shall be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telstar_kubectl.answers import Channel
from telstar_kubectl.pods import Pod

STATES = {"pause": "Stopped", "resume": "Running"}
DONE = {
    "pause": "is stopped; what is stored stays, and can be watched, until its retention has passed",
    "resume": "is on the air",
}


@dataclass(frozen=True)
class Progress:
    """Whether it is there, and otherwise what is waited for."""

    there: bool
    waiting_for: str = ""


def progress(channel: Channel, pods: Sequence[Pod]) -> Progress:
    """Stopped: the operator has seen it, and no pod is left. Running: the channel is Ready."""
    if channel.observed_generation is None or channel.observed_generation < channel.generation:
        return Progress(False, "the operator to see the change (does it run?)")
    if channel.stopped:
        if pods:
            return Progress(False, f"pod {pods[0].name} to finish its segment and end")
        return Progress(True)
    ready = channel.condition("Ready")
    if ready is not None and ready.status == "True":
        return Progress(True)
    return Progress(
        False, f"the channel to be Ready: {ready.message if ready else 'it has no condition yet'}"
    )
