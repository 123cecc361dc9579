"""When a status is worth a write, and which Events tell of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.plan.source import presentable
from telstar_operator.resources import ChannelStatus, Condition

TIMES_EVERY = timedelta(seconds=60)
"""How often lastSegmentTime and storedFrom alone are worth a write."""
QUIET = {"Starting", "Registering", "WaitingForKey", "WaitingForRegistration", "Purging"}
"""Reasons on the way to Ready that need no Event."""
WARNINGS = {
    "ItemsLeftOut",
    "VolumeShort",
    "VolumeSlow",
    "ClockSetBack",
    "ClockDiffers",
    "RotationDue",
    "RotationDelayed",
}
"""Reasons that a person should know of although the condition holds."""


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
    return tuple(announcement for announcement in (*told, rotated(before, after)) if announcement)


def told_of(before: Condition | None, now: Condition) -> Announcement | None:
    """The Event for one condition."""
    if before and (before.status, before.reason) == (now.status, now.reason):
        return None
    if now.status == "Unknown":
        return None
    if now.type == "Streaming":
        return told_of_streaming(before, now)
    if now.type == "SourceHealthy" and now.reason == "SourcePlaying":
        away = before is not None and (before.status == "False" or before.reason == "ItemsLeftOut")
        return Announcement("Normal", "SourceRestored", now.message) if away else None
    if (now.holds and now.reason in WARNINGS) or (not now.holds and now.reason not in QUIET):
        return Announcement("Warning", now.reason, now.message)
    return None


def told_of_streaming(before: Condition | None, now: Condition) -> Announcement | None:
    """Begun, stopped, or streaming under a difficulty."""
    was_streaming = before is not None and before.holds
    if now.holds and now.reason in WARNINGS:
        return Announcement("Warning", now.reason, now.message)
    if now.holds:
        return None if was_streaming else Announcement("Normal", "StreamingBegan", now.message)
    if now.reason in ("Stopped", "Deleting"):
        return Announcement("Normal", "StreamingStopped", now.message) if was_streaming else None
    if was_streaming:
        return Announcement("Warning", "StreamingStopped", now.message)
    return None if now.reason in QUIET else Announcement("Warning", now.reason, now.message)


def rotated(before: ChannelStatus, after: ChannelStatus) -> Announcement | None:
    """Segments are encrypted with another key than before."""
    if before.key_id is None or after.key_id is None or before.key_id == after.key_id:
        return None
    return Announcement(
        "Normal",
        "KeyRotated",
        f"segments are encrypted with key {after.key_id}; before it was {before.key_id}",
    )


def told_by_simlive(before: SimLiveStatus | None, after: SimLiveStatus) -> tuple[Announcement, ...]:
    """What happened between two words of the same pod and left no trace in the conditions."""
    if before is None:
        return ()
    told = []
    if after.clock.steps > before.clock.steps:
        note = "the clock of the pod's node was set; the channel's time goes on without going back"
        told.append(Announcement("Warning", "ClockSet", f"{note}; look at the node's time service"))
    if after.restarts > before.restarts:
        words = f"; its last words: {presentable(after.last_words)}" if after.last_words else ""
        told.append(
            Announcement("Warning", "EncoderRestarted", f"FFmpeg ended by itself and was started anew{words}")
        )
    return tuple(told)
