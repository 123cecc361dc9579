"""When a status is worth a write, and which Events tell of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from telstar_operator.resources import ChannelStatus, Condition

TIMES_EVERY = timedelta(seconds=60)
"""How often lastSegmentTime and storedFrom alone are worth a write."""
QUIET = {"Starting", "Registering", "WaitingForKey", "WaitingForRegistration", "Purging"}
"""Reasons on the way to Ready that need no Event."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """An Event in the making."""

    kind: Literal["Normal", "Warning"]
    reason: str
    note: str


def worth_writing(before: ChannelStatus, after: ChannelStatus) -> bool:
    """Anything but the two times is written at once; they only when one of them moved by a minute."""
    if without_times(before) != without_times(after):
        return True
    return moved(before.last_segment_time, after.last_segment_time) or moved(
        before.stored_from, after.stored_from
    )


def without_times(status: ChannelStatus) -> ChannelStatus:
    """The status without the two times, conditions in one order."""
    ordered = tuple(sorted(status.conditions, key=lambda condition: condition.type))
    return status.model_copy(update={"last_segment_time": None, "stored_from": None, "conditions": ordered})


def moved(before: datetime | None, after: datetime | None) -> bool:
    """Whether a time came, went, or moved by a minute."""
    if before is None or after is None:
        return before != after
    return abs(after - before) >= TIMES_EVERY


def announcements(before: ChannelStatus, after: ChannelStatus) -> tuple[Announcement, ...]:
    """What a person wants to know of the step from one status to the next; nothing while nothing changes."""
    told = [told_of(before.condition(now.type), now) for now in after.conditions if now.type != "Ready"]
    return tuple(announcement for announcement in told if announcement)


def told_of(before: Condition | None, now: Condition) -> Announcement | None:
    """The Event for one condition."""
    if before and (before.status, before.reason) == (now.status, now.reason):
        return None
    if now.type == "Streaming" and now.holds:
        return Announcement("Normal", "StreamingBegan", now.message)
    was_streaming = now.type == "Streaming" and before is not None and before.holds
    if now.reason in ("Stopped", "Deleting"):
        return Announcement("Normal", "StreamingStopped", now.message) if was_streaming else None
    if was_streaming:
        return Announcement("Warning", "StreamingStopped", now.message)
    if not now.holds and now.reason not in QUIET:
        return Announcement("Warning", now.reason, now.message)
    return None
