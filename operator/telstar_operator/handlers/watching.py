"""What watches show goes into the store and wakes the channel it belongs to.

Only on.event handlers: kopf then neither patches what it watches, nor adds a finalizer, nor copies bodies
(which for Secrets would be keys) into annotations.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import kopf

from telstar_operator import metrics
from telstar_operator.handlers.worker import Workers
from telstar_operator.keys import without_key
from telstar_operator.manifests.names import MANAGED
from telstar_operator.resources import GROUP, VERSION, Manifest
from telstar_operator.store import Store, owner, version

RESOURCES: dict[str, tuple[str, str, str]] = {
    "Channel": (GROUP, VERSION, "channels"),
    "Secret": ("", "v1", "secrets"),
    "ConfigMap": ("", "v1", "configmaps"),
    "Deployment": ("apps", "v1", "deployments"),
    "Pod": ("", "v1", "pods"),
    "Job": ("batch", "v1", "jobs"),
}


def keep(kind: str, manifest: Manifest) -> Manifest:
    """What the store may hold of an object: no key, and nothing that is only for the API server."""
    if kind == "Secret":
        return without_key(manifest)
    metadata = {name: value for name, value in manifest["metadata"].items() if name != "managedFields"}
    return {**manifest, "metadata": metadata}


def notice(kind: str, event: Any, store: Store, workers: Workers) -> None:
    """One event of a watch: {"type": …, "object": …}; type is None for what was there at the start."""
    metrics.EVENTS_SEEN.labels(kind).inc()
    manifest = keep(kind, event["object"])
    if event["type"] == "DELETED":
        store.miss(kind, manifest["metadata"]["name"], version(manifest))
    else:
        store.see(kind, manifest, watched=True)
    if channel := owner(kind, manifest):
        workers.wake(channel)


def listener(kind: str, store: Store, workers: Workers) -> Callable[..., Awaitable[None]]:
    """The kopf handler of one kind."""

    async def listen(event: Any, **_: Any) -> None:
        notice(kind, event, store, workers)

    return listen


def register(registry: kopf.OperatorRegistry, store: Store, workers: Workers) -> None:
    """Register a handler for every kind."""
    for kind, (group, api_version, plural) in RESOURCES.items():
        decorate = kopf.on.event(
            group=group, version=api_version, plural=plural, id=f"watch-{kind.lower()}", registry=registry
        )
        decorate(listener(kind, store, workers))


def configure(settings: kopf.OperatorSettings) -> None:
    """What kopf is to do: watch, within our namespace, only what carries our label; nothing else."""
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.process.ultimate_exiting_timeout = 20
    for kind, (group, api_version, plural) in RESOURCES.items():
        if kind != "Channel":
            settings.watching.label_selectors[group, api_version, plural] = MANAGED
