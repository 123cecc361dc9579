"""Which stretch of a channel's time a playlist shows, and when it is complete.

Times are whole milliseconds since the epoch, UTC.
"""

from dataclasses import dataclass
from datetime import datetime

from telstar_simlive.journal import Slot

from telstar_api.entitlement.rights import Mode
from telstar_api.tstv.stretches import Journal

# How far back a live playlist reaches, and so how long a viewer can pause without losing the place.
LIVE_MILLISECONDS = 120_000
# A channel that has stored nothing for so long after a programme's end will store no more of it: a slot is
# stored within seconds, and an encoder that is started again begins at the present.
GRACE_MILLISECONDS = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until `end` (exclusive), watched in one of the modes; live has no end."""

    mode: Mode
    start: int
    end: int | None = None

    def closed(self, newest: Slot | None, now: int) -> bool:
        """Whether nothing can be added any more: the end is stored, or will not be.

        Slots are stored in order of time, so once there is one that reaches the end, no earlier one follows.
        """
        if self.end is None:
            return False
        return (newest is not None and newest.end >= self.end) or now >= self.end + GRACE_MILLISECONDS


def live_window(journal: Journal) -> Window:
    """The last two minutes before the newest slot's end; it stands still while the channel is down.

    After an outage it reaches back further, to what makes up three nominal slots, because a playlist that
    slides may not become shorter than that (RFC 8216bis §6.2.2).

    Raises:
        JournalError: the newest slot's run has no readable descriptor.
    """
    newest = journal.newest
    if newest is None:
        return Window(Mode.LIVE, 0)
    missing = 3 * journal.run(newest.run).segment_duration
    start = newest.start
    for position in range(len(journal) - 1, -1, -1):
        slot = journal[position]
        start, missing = slot.start, missing - slot.duration
        if missing <= 0:
            break
    return Window(Mode.LIVE, min(start, newest.end - LIVE_MILLISECONDS))


def programme_window(mode: Mode, start: datetime, end: datetime) -> Window:
    """A programme's time."""
    return Window(mode, milliseconds(start), milliseconds(end))


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)
