"""Events that people read with `kubectl describe channel`; of a Channel that is gone, with
`kubectl describe deployment telstar-operator`.
"""

from datetime import datetime
from typing import Literal

from telstar_operator.manifests.names import MANAGER
from telstar_operator.resources import API_VERSION, Channel, Manifest

NOTE_LIMIT = 1024
"""Longest note that events.k8s.io/v1 takes, in bytes."""


def event(
    regarding: Manifest,
    kind: Literal["Normal", "Warning"],
    reason: str,
    note: str,
    now: datetime,
    instance: str,
) -> Manifest:
    """An Event about an object; instance is the operator's pod."""
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": f"{regarding['name']}-", "namespace": regarding["namespace"]},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": f"telstar.dev/{MANAGER}",
        "reportingInstance": instance,
        "type": kind,
        "reason": reason,
        "action": "Reconcile",
        "note": note.encode()[:NOTE_LIMIT].decode(errors="ignore"),
        "regarding": regarding,
    }


def the_channel(channel: Channel) -> Manifest:
    """A reference to a Channel."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Channel",
        "name": channel.name,
        "namespace": channel.metadata.namespace,
        "uid": channel.metadata.uid,
        "resourceVersion": channel.metadata.resource_version,
    }


def the_operator(deployment: Manifest | None, namespace: str) -> Manifest:
    """A reference to the operator's own Deployment; with its uid, where known: describe goes by that."""
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": MANAGER, "namespace": namespace}
    return reference | ({"uid": deployment["metadata"]["uid"]} if deployment else {})
