"""What the operator last saw of the cluster, fed by watches, its own writes and a full listing a minute.

Watches can miss a deletion or end unnoticed; the listing puts that right and counts what they had missed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from telstar_operator.manifests.names import CHANNEL_LABEL
from telstar_operator.resources import Manifest

KINDS = ("Channel", "Secret", "ConfigMap", "Deployment", "Pod", "Job")


def version(manifest: Mapping[str, Any]) -> int:
    """An object's resourceVersion; one kind's versions are ordered (KEP-5504)."""
    return int(manifest["metadata"]["resourceVersion"])


def owner(kind: str, manifest: Mapping[str, Any]) -> str | None:
    """Name of the channel that an object belongs to, None where it belongs to none."""
    metadata = manifest["metadata"]
    name = metadata["name"] if kind == "Channel" else metadata.get("labels", {}).get(CHANNEL_LABEL)
    return None if name is None else str(name)


class Store:
    """Objects by kind and name, never older than what was seen before."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Manifest]] = {kind: {} for kind in KINDS}
        self._gone: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._watched: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._pods: dict[str, dict[str, Manifest]] = defaultdict(dict)
        self.complete = False
        """Whether every kind has been listed once."""

    def get(self, kind: str, name: str) -> Manifest | None:
        """The newest known state of an object."""
        return self._objects[kind].get(name)

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of all objects of a kind."""
        return tuple(self._objects[kind])

    def pods(self, channel: str) -> tuple[Manifest, ...]:
        """All pods of a channel."""
        return tuple(self._pods.get(channel, {}).values())

    def see(self, kind: str, manifest: Manifest, watched: bool = False) -> None:
        """An object as a watch, a listing or a write showed it."""
        name, seen = manifest["metadata"]["name"], version(manifest)
        if watched:
            self._watched[kind][name] = max(seen, self._watched[kind].get(name, 0))
        known = self._objects[kind].get(name)
        if seen <= self._gone[kind].get(name, 0) or (known is not None and seen < version(known)):
            return
        self._objects[kind][name] = manifest
        if kind == "Pod" and (channel := owner(kind, manifest)):
            self._pods[channel][name] = manifest

    def miss(self, kind: str, name: str, at: int) -> None:
        """An object was seen to be gone at this resourceVersion."""
        known = self._objects[kind].get(name)
        if known is not None and version(known) > at:
            return
        self._gone[kind][name] = at
        self._watched[kind].pop(name, None)
        forgotten = self._objects[kind].pop(name, None)
        if kind == "Pod" and forgotten and (channel := owner(kind, forgotten)):
            self._pods[channel].pop(name, None)

    def relist(self, kind: str, manifests: Iterable[Manifest], at: int) -> tuple[set[str], int]:
        """Take a full listing made at resourceVersion at.

        Returns the channels whose objects turned out to be other than known, and how many objects the watch
        had not shown in this state.
        """
        listed = {manifest["metadata"]["name"]: manifest for manifest in manifests}
        touched: set[str | None] = set()
        missed = 0
        for name, manifest in listed.items():
            missed += self._watched[kind].get(name, 0) < version(manifest)
            if (known := self._objects[kind].get(name)) is None or version(known) < version(manifest):
                touched.add(owner(kind, manifest))
                self.see(kind, manifest)
        for name in [name for name in self._objects[kind] if name not in listed]:
            known = self._objects[kind][name]
            if version(known) <= at:
                missed += 1
                touched.add(owner(kind, known))
                self.miss(kind, name, at)
        self._gone[kind] = {name: gone for name, gone in self._gone[kind].items() if gone > at}
        return {channel for channel in touched if channel is not None}, missed
