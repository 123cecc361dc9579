"""Events that people read with `kubectl describe channel`."""

from datetime import datetime
from typing import Literal

from telstar_operator.manifests.names import MANAGER
from telstar_operator.resources import API_VERSION, Channel, Manifest

NOTE_LIMIT = 1024
"""Longest note that events.k8s.io/v1 takes, in bytes."""


def event(
    channel: Channel, kind: Literal["Normal", "Warning"], reason: str, note: str, now: datetime, instance: str
) -> Manifest:
    """An Event about a Channel; instance is the operator's pod."""
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": f"{channel.name}-", "namespace": channel.metadata.namespace},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": f"telstar.dev/{MANAGER}",
        "reportingInstance": instance,
        "type": kind,
        "reason": reason,
        "action": "Reconcile",
        "note": note.encode()[:NOTE_LIMIT].decode(errors="ignore"),
        "regarding": {
            "apiVersion": API_VERSION,
            "kind": "Channel",
            "name": channel.name,
            "namespace": channel.metadata.namespace,
            "uid": channel.metadata.uid,
            "resourceVersion": channel.metadata.resource_version,
        },
    }
