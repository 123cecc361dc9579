"""Slots that wait for the volume: how many may, and which run each becomes a part of. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from telstar_simlive.journal import Slot

LONGEST = 180_000
"""Milliseconds of slots that may wait."""


class Waiting(NamedTuple):
    """A slot that waits: milliseconds, bytes."""

    duration: int
    size: int


def overflow(waiting: Sequence[Waiting], limit: int) -> int:
    """How many of the oldest must be given up, so that the rest is within 3 minutes and `limit` bytes.

    The newest stays in any case.
    """
    duration, size = sum(one.duration for one in waiting), sum(one.size for one in waiting)
    for index, one in enumerate(waiting):
        if (duration <= LONGEST and size <= limit) or index == len(waiting) - 1:
            return index
        duration, size = duration - one.duration, size - one.size
    return 0


def run_of_slot(number: int | None, start: int, last: Slot | None) -> int:
    """The run that a slot belongs to, where the encoder that made it was run `number` so far (None: nothing
    of it was stored yet) and `last` is the newest stored slot.

    Slots given up make a gap, and inside a run there is none: what follows is a run of its own. An encoder of
    which nothing is stored takes no number.
    """
    if last is None:
        return 1
    if number == last.run and start == last.end:
        return number
    return last.run + 1
