"""Key periods: a channel's keys in the order they come into force, each to where the next one begins.

Pure. A period has an index, counted from 1 in that order, as CPIX's ContentKeyPeriod@index. A key that comes
into force at the same moment as the one after it has an empty period: it is never in force.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which a key is in force, `end` exclusive; None where no next key is known."""

    index: int
    kid: str
    start: datetime
    end: datetime | None

    @property
    def empty(self) -> bool:
        """Whether the next key comes into force at the same moment."""
        return self.end is not None and self.end <= self.start


def periods(keys: Iterable[tuple[str, datetime]]) -> tuple[Period, ...]:
    """The periods of one channel's keys, given as (KID, in force from) in whatever order.

    Of two with the same start, the one with the greater KID comes later, as everywhere in Telstar.
    """
    ordered = sorted(keys, key=lambda key: (key[1], key[0]))
    followed = itertools.zip_longest(ordered, (start for _, start in ordered[1:]))
    return tuple(Period(index, kid, start, end) for index, ((kid, start), end) in enumerate(followed, 1))


def in_force(of_channel: Sequence[Period], at: datetime) -> Period | None:
    """The period that a moment lies in; None before the first."""
    return next(
        (each for each in of_channel if each.start <= at and (each.end is None or at < each.end)), None
    )


def covering(of_channel: Sequence[Period], start: datetime, end: datetime) -> tuple[Period, ...]:
    """The periods that share a moment with the window from `start` to `end` (exclusive), in order."""
    return tuple(
        each
        for each in of_channel
        if not each.empty and each.start < end and (each.end is None or start < each.end) and start < end
    )
