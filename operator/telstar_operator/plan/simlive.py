"""What SimLive says of itself (GET /status, docs/architecture.md), and which of it makes a difference."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Said(BaseModel):
    """Immutable; fields that a newer SimLive may add are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SaidSource(Said):
    """state: preferred, backup-1 … backup-3, slate or ended; faults: why an item or feed cannot be played."""

    state: str = "preferred"
    message: str = ""
    faults: dict[str, str] = Field(default_factory=dict)


class SaidNextKey(Said):
    """The key that SimLive will take next."""

    kid: str


class SaidClock(Said):
    """How far (seconds) the channel runs ahead of a clock that was set back; how far the pod's clock is ahead
    of the API server's; how often it was set.
    """

    ahead_seconds: float = 0.0
    off_seconds: float | None = None
    steps: int = 0


class SaidVolume(Said):
    """Whether slots are given up early for want of room; how long (seconds) the newest waits to be stored."""

    short: bool = False
    late_seconds: float = 0.0


class SimLiveStatus(Said):
    """revision: of the configuration on the air, None before the first slot; restarts: of the encoder."""

    channel: str
    revision: str | None
    kid: str | None = None
    last_segment_time: datetime | None = None
    stored_from: datetime | None = None
    restarts: int = 0
    source: SaidSource = SaidSource()
    next_key: SaidNextKey | None = None
    clock: SaidClock = SaidClock()
    volume: SaidVolume = SaidVolume()
    waiting_for: str | None = None
    log: tuple[str, ...] = ()

    @property
    def last_words(self) -> str:
        """The encoder's last complaint; empty where there is none."""
        return next((line.strip() for line in reversed(self.log) if line.strip()), "")


AMOUNTS = (5, 10, 30, 60, 300, 900, 3600, 21600, 86400)
"""Seconds at which words about an amount change: a status that told each second would be written as often."""


OFF = 30
"""Seconds that two clocks may differ by."""


def at_least(seconds: float) -> int:
    """The greatest of the amounts that is reached; 0 for none."""
    return max((amount for amount in AMOUNTS if amount <= seconds), default=0)


def spoken(seconds: int) -> str:
    """An amount in words."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def off(said: SimLiveStatus) -> int:
    """By how many seconds at least the pod's clock differs from the API server's, 0 where that is nothing."""
    reached = at_least(abs(said.clock.off_seconds or 0.0))
    return reached if reached >= OFF else 0


def telling(said: SimLiveStatus | None) -> Any:
    """What of it a decision depends on: two that are equal here lead to the same plan but for times."""
    if said is None:
        return None
    return (
        said.revision, said.kid, said.restarts, said.source, said.next_key and said.next_key.kid,
        said.clock.steps, at_least(said.clock.ahead_seconds), off(said), said.volume.short,
        at_least(said.volume.late_seconds), said.last_segment_time is None, said.stored_from is None,
        said.waiting_for if said.revision is None else None,
    )  # fmt: skip
