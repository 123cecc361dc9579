"""The plugin's package, and bodies in the shapes that a real cluster showed."""

import copy
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "plugin"))

Json = dict[str, Any]
NOW = datetime(2026, 11, 22, 18, 0, 0, tzinfo=UTC)
KID, NEXT_KID, FORMER_KID = "0" * 31 + "1", "0" * 31 + "2", "0" * 31 + "f"
KEY = "5ec2e75ec2e75ec2e75ec2e75ec2e75e"
POD = "simlive-news-7bd877788f-mvfnl"
CONDITIONS = {
    "KeysReady": "KeyRegistered",
    "Registered": "Registered",
    "Streaming": "Streaming",
    "SourceHealthy": "SourcePlaying",
    "Ready": "Ready",
}

CHANNEL: Json = {
    "apiVersion": "telstar.dev/v1alpha1",
    "kind": "Channel",
    "metadata": {
        "name": "news",
        "namespace": "telstar",
        "uid": "c638d63d-edb0-4be0-a5f7-2614214a8f57",
        "generation": 2,
        "creationTimestamp": "2026-11-22T09:00:00Z",
    },
    "spec": {
        "displayName": "News 24",
        "number": 3,
        "state": "Running",
        "source": {"stream": {"url": "srt://feed:9000"}},
        "segmentDuration": "4s",
        "retention": "168h",
        "drm": {"enabled": True, "rotationPeriod": "1h"},
        "reclaimPolicy": "Delete",
    },
    "status": {
        "observedGeneration": 2,
        "keyId": KID,
        "lastSegmentTime": "2026-11-22T17:59:20Z",
        "storedFrom": "2026-11-22T09:00:00Z",
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "reason": reason,
                "message": f"{kind} holds",
                "lastTransitionTime": "2026-11-22T09:00:10Z",
            }
            for kind, reason in CONDITIONS.items()
        ],
    },
}
POD_BODY: Json = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": POD,
        "namespace": "telstar",
        "creationTimestamp": "2026-11-22T09:00:05Z",
        "labels": {"app.kubernetes.io/name": "simlive", "telstar.dev/channel": "news"},
    },
    "spec": {"nodeName": "node-1", "containers": [{"name": "simlive", "image": "telstar/simlive:1"}]},
    "status": {
        "phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "name": "simlive",
                "ready": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-22T09:00:06Z"}},
                "lastState": {},
            }
        ],
    },
}
STATUS: Json = {
    "channel": "news",
    "revision": "00112233aabbccdd",
    "run": 7,
    "kid": KID,
    "mode": "encode",
    "last_segment_time": "2026-11-22T17:59:57.000Z",
    "stored_from": "2026-11-22T09:00:00.000Z",
    "restarts": 0,
    "source": {
        "state": "preferred",
        "since": "2026-11-22T17:00:00Z",
        "message": "playing the feed srt://feed:9000",
        "faults": {},
    },
    "next_key": {"kid": NEXT_KID, "from": "2026-11-22T18:12:00Z"},
    "clock": {"ahead_seconds": 0.0, "steps": 0},
    "volume": {
        "free_bytes": 6 * 1024**3,
        "total_bytes": 8 * 1024**3,
        "short": False,
        "evicted": 0,
        "late_seconds": 0.0,
    },
    "waiting_for": "the next slot",
    "log": [],
}
STORED: Json = {
    "from": "2026-11-22T09:00:00Z",
    "until": "2026-11-22T17:59:56Z",
    "slots": 8098,
    "bytes": 12 * 1024**3,
    "gaps": [{"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T12:00:08Z"}],
    "keys": [
        {"kid": FORMER_KID, "from": "2026-11-22T09:00:00Z", "until": "2026-11-22T17:12:00Z"},
        {"kid": KID, "from": "2026-11-22T17:12:00Z", "until": "2026-11-22T17:59:56Z"},
    ],
}


@pytest.fixture
def bodies() -> dict[str, Json]:
    """Fresh bodies of a channel that is well, to be changed at will."""
    sources = {"channel": CHANNEL, "pod": POD_BODY, "status": STATUS, "stored": STORED}
    return {name: copy.deepcopy(body) for name, body in sources.items()}


@pytest.fixture
def fail_condition(bodies: dict[str, Json]) -> Callable[[str, str, str], None]:
    """Makes a condition false, and Ready with it, as the operator does."""

    def fail(kind: str, reason: str, message: str) -> None:
        for condition in bodies["channel"]["status"]["conditions"]:
            if condition["type"] in (kind, "Ready"):
                condition.update(status="False", reason=reason, message=message)

    return fail
