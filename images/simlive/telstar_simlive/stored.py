"""What is stored of a channel, in few words: pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from telstar_simlive.journal import Slot


@dataclass
class Stretch:
    """A stretch of time, milliseconds since the epoch; `kid` is the key of what lies in it."""

    start: int
    end: int
    kid: str | None = None


@dataclass
class Stored:
    """`start` and `end` of what is stored (None where nothing is), how many slots of how many bytes, what is
    missing between, and which key is used when.
    """

    start: int | None = None
    end: int | None = None
    slots: int = 0
    size: int = 0
    gaps: list[Stretch] = field(default_factory=list)
    keys: list[Stretch] = field(default_factory=list)


def summarize(slots: Iterable[Slot], kid_of: Callable[[int], str | None]) -> Stored:
    """Sums slots up that follow each other in time; `kid_of` tells a run's key."""
    stored, before = Stored(), None
    for slot in slots:
        if stored.end is not None and slot.start > stored.end:
            stored.gaps.append(Stretch(stored.end, slot.start))
        stored.start = slot.start if stored.start is None else stored.start
        stored.end = slot.end
        stored.slots += 1
        stored.size += sum(part.size for part in slot.tracks.values())
        kid = kid_of(slot.run)
        if kid is not None and kid != before:
            stored.keys.append(Stretch(slot.start, slot.end, kid))
        elif kid is not None:
            stored.keys[-1].end = slot.end
        before = kid
    return stored
