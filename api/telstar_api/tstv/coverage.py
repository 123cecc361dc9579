"""How much of a stretch of time is stored.

Times are whole milliseconds since the epoch.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from telstar_simlive.journal import Slot


class Coverage:
    """The stored stretches of a channel's time. There are as many as there were outages, and one more."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    @property
    def end(self) -> int:
        """Where the newest stretch ends; 0 where there is none."""
        return self._ends[-1] if self._ends else 0

    def extend(self, slots: Iterable[Slot]) -> None:
        """Takes in slots that follow those before, in order of time."""
        for slot in slots:
            if self._ends and slot.start <= self._ends[-1]:
                self._ends[-1] = slot.end
            else:
                self._starts.append(slot.start)
                self._ends.append(slot.end)

    def fraction(self, start: int, end: int, kept_from: int) -> float:
        """The part of the time from start to before end that is stored, 0 to 1; 0 of no time at all.

        What is from before `kept_from` has gone with retention.
        """
        if start >= end:
            return 0.0
        return sum(last - first for first, last in self._stored(start, end, kept_from)) / (end - start)

    def gaps(self, start: int, end: int, kept_from: int) -> list[tuple[int, int]]:
        """What is not stored of the time from start to before end, in order; ends are exclusive."""
        found, reached = [], start
        for first, last in self._stored(start, end, kept_from):
            if first > reached:
                found.append((reached, first))
            reached = last
        return [*found, (reached, end)] if reached < end else found

    def _stored(self, start: int, end: int, kept_from: int) -> Iterator[tuple[int, int]]:
        """The stored stretches in that time, in order, cut to it."""
        position = bisect_right(self._ends, start)
        while position < len(self._starts) and self._starts[position] < end:
            first = max(start, kept_from, self._starts[position])
            last = min(end, self._ends[position])
            if first < last:
                yield first, last
            position += 1
