"""What was found out about a channel: all that is decided goes by this alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from telstar_kubectl.answers import Channel, SimLive, Stored
from telstar_kubectl.complaints import Complaint
from telstar_kubectl.pods import Pod

Value = TypeVar("Value")


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """A value, or why there is none; `missing` where the thing asked for does not exist."""

    value: Value | None = None
    problem: str | None = None
    missing: bool = False


@dataclass(frozen=True)
class Live:
    """A channel, with its pod and what SimLive says."""

    channel: Channel
    pod: Pod | None
    simlive: Answer[SimLive] = field(default_factory=Answer)
    stored: Answer[Stored] = field(default_factory=Answer)


@dataclass(frozen=True)
class Facts:
    """All that `diagnose` goes by."""

    live: Live
    namespace: str
    now: datetime
    hours: int
    pods: Answer[tuple[Pod, ...]]
    deployment: Answer[dict[str, Any]]
    wished_revision: Answer[str]
    complaints: Answer[tuple[Complaint, ...]]
