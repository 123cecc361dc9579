"""What the cluster and SimLive answered, as frozen facts. Unknown fields are dropped, missing ones are None:

a SimLive older or newer than this plugin must not break it, and what is not read here is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from telstar_kubectl.words import moment

Json = Mapping[str, Any]
_USER = re.compile(r"://[^/\s@]*@")
_QUERY = re.compile(r"(\w+://[^\s?]*)\?[^\s,;:]*")


@dataclass(frozen=True)
class Condition:
    """One condition of a Channel's status."""

    kind: str
    status: str
    reason: str
    message: str
    since: datetime | None

    @property
    def fails(self) -> bool:
        """Whether it is false; unknown is not."""
        return self.status == "False"


@dataclass(frozen=True)
class Channel:
    """A Channel resource."""

    name: str
    number: int
    display_name: str
    state: str
    deleting: datetime | None
    reclaim_policy: str
    encrypted: bool
    rotation_period: str | None
    segment: timedelta
    generation: int
    observed_generation: int | None
    conditions: tuple[Condition, ...]
    key_id: str | None
    next_key_id: str | None
    next_key_from: datetime | None
    last_segment: datetime | None
    stored_from: datetime | None

    def condition(self, kind: str) -> Condition | None:
        """The condition of that type."""
        return next((condition for condition in self.conditions if condition.kind == kind), None)

    @property
    def stopped(self) -> bool:
        """Whether it shall not stream."""
        return self.state == "Stopped"

    @property
    def ready(self) -> bool:
        """Whether the operator says so, of the present spec."""
        ready = self.condition("Ready")
        return ready is not None and ready.status == "True" and self.observed_generation == self.generation


@dataclass(frozen=True)
class Source:
    """What is on the air; state is preferred, backup-1 …, slate or ended."""

    state: str
    since: datetime | None
    message: str
    faults: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SimLive:
    """SimLive's /status."""

    revision: str | None
    run: int | None
    kid: str | None
    mode: str | None
    last_segment: datetime | None
    stored_from: datetime | None
    restarts: int | None
    source: Source | None
    next_kid: str | None
    next_from: datetime | None
    clock_ahead: float | None
    clock_steps: int | None
    free_bytes: int | None
    total_bytes: int | None
    volume_short: bool
    evicted: int | None
    late_seconds: float | None
    waiting_for: str | None
    log: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """A time in which nothing is stored."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start


@dataclass(frozen=True)
class KeyUse:
    """A key id and the stored time that is encrypted with it."""

    kid: str
    start: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Stored:
    """SimLive's /stored, over some last hours."""

    start: datetime | None
    until: datetime | None
    slots: int | None
    bytes: int | None
    gaps: tuple[Gap, ...]
    keys: tuple[KeyUse, ...]


@dataclass(frozen=True)
class Leaving:
    """A deleted Channel that is not gone altogether, and what is waited for."""

    name: str
    reason: str
    message: str


def leaving_of(body: Json) -> tuple[Leaving, ...]:
    """The operator's answer to GET /leaving."""
    return tuple(Leaving(one["name"], one["reason"], one["message"]) for one in body["channels"])


def channel_of(body: Json) -> Channel:
    """A Channel as the API server shows it."""
    metadata, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    drm = spec.get("drm") or {}
    return Channel(
        name=metadata["name"],
        number=spec.get("number", 0),
        display_name=spec.get("displayName", ""),
        state=spec.get("state", "Running"),
        deleting=moment(metadata.get("deletionTimestamp")),
        reclaim_policy=spec.get("reclaimPolicy", "Delete"),
        encrypted=drm.get("enabled", True),
        rotation_period=drm.get("rotationPeriod"),
        segment=timedelta(seconds=int(spec.get("segmentDuration", "4s")[:-1])),
        generation=metadata.get("generation", 1),
        observed_generation=status.get("observedGeneration"),
        conditions=tuple(_condition(condition) for condition in status.get("conditions") or []),
        key_id=status.get("keyId"),
        next_key_id=status.get("nextKeyId"),
        next_key_from=moment(status.get("nextKeyFrom")),
        last_segment=moment(status.get("lastSegmentTime")),
        stored_from=moment(status.get("storedFrom")),
    )


def _condition(body: Json) -> Condition:
    return Condition(
        body["type"],
        body["status"],
        body.get("reason", ""),
        body.get("message", ""),
        moment(body.get("lastTransitionTime")),
    )


def simlive_of(body: Json) -> SimLive:
    """SimLive's answer to GET /status."""
    next_key, clock, volume = (body.get(part) or {} for part in ("next_key", "clock", "volume"))
    return SimLive(
        revision=body.get("revision"),
        run=body.get("run"),
        kid=body.get("kid"),
        mode=body.get("mode"),
        last_segment=moment(body.get("last_segment_time")),
        stored_from=moment(body.get("stored_from")),
        restarts=body.get("restarts"),
        source=_source(body["source"]) if body.get("source") else None,
        next_kid=next_key.get("kid"),
        next_from=moment(next_key.get("from")),
        clock_ahead=clock.get("ahead_seconds"),
        clock_steps=clock.get("steps"),
        free_bytes=volume.get("free_bytes"),
        total_bytes=volume.get("total_bytes"),
        volume_short=bool(volume.get("short", False)),
        evicted=volume.get("evicted"),
        late_seconds=volume.get("late_seconds"),
        waiting_for=body.get("waiting_for"),
        log=tuple(presentable(str(line)) for line in body.get("log") or []),
    )


def _source(body: Json) -> Source:
    told = (body.get("faults") or {}).items()
    faults = tuple((presentable(str(what)), presentable(str(why))) for what, why in told)
    message = presentable(body.get("message") or "")
    return Source(body.get("state", ""), moment(body.get("since")), message, faults)


def presentable(text: str) -> str:
    """Without what an address may hold of passwords: the user before the host, and the query.

    SimLive leaves them out itself; the operator and this plugin do not rely on it.
    """
    return _QUERY.sub(r"\1", _USER.sub("://", text))


def stored_of(body: Json) -> Stored:
    """SimLive's answer to GET /stored."""
    spans = [(moment(gap.get("start")), moment(gap.get("end"))) for gap in body.get("gaps") or []]
    return Stored(
        start=moment(body.get("from")),
        until=moment(body.get("until")),
        slots=body.get("slots"),
        bytes=body.get("bytes"),
        gaps=tuple(Gap(start, end) for start, end in spans if start and end),
        keys=tuple(
            KeyUse(key["kid"], moment(key.get("from")), moment(key.get("until")))
            for key in body.get("keys") or []
            if key.get("kid")
        ),
    )
