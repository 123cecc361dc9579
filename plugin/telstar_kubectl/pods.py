"""A channel's pod: which one it is, and what its kubelet says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telstar_kubectl.words import moment

CONTAINER = "simlive"
CHANNEL_LABEL = "telstar.dev/channel"


@dataclass(frozen=True)
class Ended:
    """How a container ended, with the last line that it wrote."""

    exit_code: int | None
    reason: str
    at: datetime | None
    last_words: str


@dataclass(frozen=True)
class Pod:
    """A SimLive pod. `waiting` is why its container does not run yet; `unscheduled` why no node takes it."""

    name: str
    channel: str
    phase: str
    node: str | None
    created: datetime | None
    started: datetime | None
    ready: bool
    leaving: bool
    image: str
    restarts: int
    running: bool
    waiting: str | None
    unscheduled: str | None
    ended: Ended | None


def pod_of(body: Mapping[str, Any]) -> Pod:
    """A pod as the API server shows it."""
    metadata, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    container = _named(status.get("containerStatuses"))
    state, before = container.get("state") or {}, container.get("lastState") or {}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or []}
    scheduled = conditions.get("PodScheduled", {})
    ended = state.get("terminated") or before.get("terminated")
    return Pod(
        name=metadata["name"],
        channel=(metadata.get("labels") or {}).get(CHANNEL_LABEL, ""),
        phase=status.get("phase", "Unknown"),
        node=spec.get("nodeName"),
        created=moment(metadata.get("creationTimestamp")),
        started=moment((state.get("running") or {}).get("startedAt")),
        ready=conditions.get("Ready", {}).get("status") == "True",
        leaving="deletionTimestamp" in metadata,
        image=_named(spec.get("containers")).get("image", ""),
        restarts=container.get("restartCount", 0),
        running="running" in state,
        waiting=_waiting(state.get("waiting")),
        unscheduled=scheduled.get("message") if scheduled.get("status") == "False" else None,
        ended=_ended(ended) if ended else None,
    )


def _named(containers: Iterable[Mapping[str, Any]] | None) -> Mapping[str, Any]:
    return next((found for found in containers or () if found.get("name") == CONTAINER), {})


def _waiting(waiting: Mapping[str, Any] | None) -> str | None:
    if waiting is None:
        return None
    return (
        ": ".join(said for said in (waiting.get("reason"), waiting.get("message")) if said)
        or "no reason given"
    )


def _ended(terminated: Mapping[str, Any]) -> Ended:
    return Ended(
        exit_code=terminated.get("exitCode"),
        reason=terminated.get("reason", ""),
        at=moment(terminated.get("finishedAt")),
        last_words=last_words(terminated.get("message") or ""),
    )


def last_words(message: str) -> str:
    """The last line of a container's log, which is JSON, as a sentence."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return ""
    try:
        record = json.loads(lines[-1])
    except ValueError:
        return lines[-1]
    if not isinstance(record, dict):
        return lines[-1]
    reason = record.get("reason") or record.get("message")
    return f"{record.get('event', '')}: {reason}" if reason else str(record.get("event", ""))


def present(pods: Iterable[Pod]) -> Pod | None:
    """The pod that counts: of those that are not on their way out, a ready one, or else the newest.

    While a new pod takes over, the former one plays on until the new one can have the channel's folder.
    """
    staying = [pod for pod in pods if not pod.leaving]
    ready = [pod for pod in staying if pod.ready]
    return max(ready or staying, key=lambda pod: str(pod.created), default=None)
