"""Warning events about a channel and what was made for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telstar_kubectl.words import moment


@dataclass(frozen=True)
class Complaint:
    """A Warning event, or a series of the same."""

    at: datetime | None
    about: str
    reason: str
    message: str
    count: int


def complaints_about(
    channel: str, events: Iterable[Mapping[str, Any]], since: datetime
) -> tuple[Complaint, ...]:
    """Those of the events (core/v1) that concern a channel and are no older than `since`, newest first."""
    found = [complaint(event) for event in events if concerns(event.get("involvedObject") or {}, channel)]
    recent = [one for one in found if one.at is None or one.at >= since]
    return tuple(sorted(recent, key=lambda one: str(one.at), reverse=True))


def concerns(about: Mapping[str, Any], channel: str) -> bool:
    """Whether an object is the channel, its Deployment, ReplicaSets and pods, or the purge.

    Another channel's name may begin with this one's, so that a beginning does not prove it.
    """
    name = re.escape(channel)
    patterns = {
        "Channel": name,
        "Deployment": f"simlive-{name}",
        "ReplicaSet": f"simlive-{name}-[^-]+",
        "Job": f"purge-{name}",
        "Pod": f"simlive-{name}-[^-]+-[^-]+|purge-{name}-[^-]+",
    }
    pattern = patterns.get(str(about.get("kind")))
    return pattern is not None and re.fullmatch(pattern, str(about.get("name"))) is not None


def complaint(event: Mapping[str, Any]) -> Complaint:
    """An event, whoever wrote it, in whichever of the API's two forms."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    about = event.get("involvedObject") or {}
    return Complaint(
        at=next((moment(time) for time in times if time), None),
        about=f"{about.get('kind', '')} {about.get('name', '')}",
        reason=str(event.get("reason") or ""),
        message=" ".join(str(event.get("message") or "").split()),
        count=series.get("count") or event.get("count") or 1,
    )
