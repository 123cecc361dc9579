"""The one clock of the process: the wall clock, carried by the monotonic clock so that it never goes back.

A wall clock is slewed by NTP, which is followed, and sometimes set, which cannot be: time that was already
told cannot be told again. So where it is set back, the channel goes on on its own time, ahead of the wall
clock; where it is set forward, the channel's time jumps along.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

_STEP = 500_000_000
"""Nanoseconds between the clocks from which on the wall clock counts as set, not slewed."""
_SLEW = 40
"""The channel's clock is made faster or slower by a fortieth at most: 1 ms in a frame of 40 ms."""


@dataclass(frozen=True)
class Moment:
    """What both clocks said when the channel's time was `time`; all in nanoseconds. `own` says that the
    channel goes by its own time, ahead of the wall clock.
    """

    time: int
    wall: int
    monotonic: int
    own: bool = False
    steps: int = 0
    jumps: int = 0


def advance(before: Moment, wall: int, monotonic: int) -> Moment:
    """The moment after `before` at which the clocks say `wall` and `monotonic`."""
    passed = max(monotonic - before.monotonic, 0)
    expected = before.time + passed
    stepped = abs(wall - before.wall - passed) > _STEP
    seen = replace(before, wall=wall, monotonic=monotonic, steps=before.steps + stepped)
    off = wall - expected
    if off > _STEP:
        return replace(seen, time=wall, own=False, jumps=before.jumps + 1)
    if off < -_STEP:
        return replace(seen, time=expected, own=True)
    limit = passed // _SLEW
    return replace(seen, time=expected + min(max(off, -limit), limit), own=False)


class Timeline:
    """The channel's time; may be asked from any thread. The sources of time give nanoseconds.

    It begins at `not_before` (milliseconds since the epoch) where the wall clock is behind that: the time
    before was told already, by a process whose clock was ahead.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
        not_before: int = 0,
    ) -> None:
        self._wall, self._monotonic, self._lock = wall, monotonic, threading.Lock()
        now = wall()
        begun = max(now, not_before * 1_000_000)
        self._moment = Moment(begun, now, monotonic(), own=begun > now)

    def now(self) -> int:
        """Milliseconds since the epoch on the channel's own time; never less than before."""
        return self.look().time // 1_000_000

    def look(self) -> Moment:
        """The present moment, in nanoseconds."""
        with self._lock:
            self._moment = advance(self._moment, self._wall(), self._monotonic())
            return self._moment

    @property
    def ahead(self) -> int:
        """Milliseconds that the channel's time runs ahead of the wall clock: 0 unless that was set back."""
        moment = self._moment
        return (moment.time - moment.wall) // 1_000_000 if moment.own else 0

    @property
    def steps(self) -> int:
        """How often the wall clock was seen to be set."""
        return self._moment.steps
