"""Whether one more attempt is let through, and when the next one is. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` attempts at once; then a pause of `first`, doubled each time up to `longest`.

    Who has not tried for `memory` begins anew.
    """

    free: int
    first: timedelta
    longest: timedelta
    memory: timedelta

    def pause(self, failures: int) -> timedelta:
        """How long to wait after so many attempts in vain."""
        if failures <= self.free:
            return timedelta(0)
        doublings = min(failures - self.free - 1, MOST_DOUBLINGS)
        return min(self.first * int(2**doublings), self.longest)


@dataclass(frozen=True, slots=True)
class Tried:
    """Attempts in vain so far, the last one's time, and from when on there may be another."""

    failures: int
    last_at: datetime
    open_at: datetime


def try_again(tried: Tried | None, limit: Limit, now: datetime) -> Tried | timedelta:
    """What is noted of an attempt that is let through; or how long to wait, where it is not.

    An attempt counts as one in vain until it turns out otherwise. One that is not let through does not count,
    so whoever hammers waits no longer than whoever is patient.
    """
    if tried is None or now - tried.last_at >= limit.memory:
        failures = 1
    elif now < tried.open_at:
        return tried.open_at - now
    else:
        failures = tried.failures + 1
    return Tried(failures, now, now + limit.pause(failures))
