"""A namespace in memory, in the operator's Cluster's place; every write is noted."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telstar_operator.resources import Channel

Manifest = dict[str, Any]


@dataclass
class MemoryCluster:
    """Objects by kind and name. refuse maps a kind to the error its writes meet."""

    objects: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    refuse: dict[str, Exception] = field(default_factory=dict)
    versions: int = 100
    changed: Callable[[str, Manifest], None] = lambda kind, manifest: None
    removed: Callable[[str, Manifest], None] = lambda kind, manifest: None
    """Told of each object that comes, changes or goes, as watches are; one that goes has the version at which
    it went."""

    def put(self, kind: str, manifest: Manifest) -> Manifest:
        """Store, under a new version."""
        self.versions += 1
        stored = copy.deepcopy(manifest)
        stored["metadata"]["resourceVersion"] = str(self.versions)
        self.objects[kind, stored["metadata"]["name"]] = stored
        self.changed(kind, copy.deepcopy(stored))
        return copy.deepcopy(stored)

    def drop(self, kind: str, name: str) -> None:
        """Remove, as a person or a controller would."""
        self.versions += 1
        if gone := self.objects.pop((kind, name), None):
            gone["metadata"]["resourceVersion"] = str(self.versions)
            self.removed(kind, gone)

    def note(self, kind: str) -> None:
        if kind in self.refuse:
            raise self.refuse[kind]
        self.writes.append(kind)

    async def find_channel(self, name: str) -> Manifest | None:
        if "find" in self.refuse:
            raise self.refuse["find"]
        return copy.deepcopy(self.objects.get(("Channel", name)))

    async def read(self, kind: str, name: str) -> Manifest | None:
        return copy.deepcopy(self.objects.get((kind, name)))

    async def apply(self, manifest: Manifest) -> Manifest:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        self.note(kind)
        known = self.objects.get((kind, name), {"metadata": {"uid": f"uid-{self.versions}"}})
        applied = {**known, **manifest, "metadata": {**known["metadata"], **manifest["metadata"]}}
        if "data" in known:
            applied["data"] = {**known["data"], **manifest.get("data", {})}
        return self.put(kind, applied)

    async def forget_files(self, secret: str, files: Iterable[str], channel: str) -> Manifest:
        self.note("Secret")
        found = self.objects["Secret", secret]
        kept = {name: value for name, value in found["data"].items() if name not in set(files)}
        return self.put("Secret", {**found, "data": kept})

    async def annotate_pod(
        self, pod: str, uid: str, annotations: Mapping[str, str], channel: str
    ) -> Manifest | None:
        self.note("Pod/status")
        found = self.objects.get(("Pod", pod))
        if found is None or found["metadata"]["uid"] != uid:
            return None
        found["metadata"].setdefault("annotations", {}).update(annotations)
        return self.put("Pod", found)

    async def delete(self, kind: str, name: str, channel: str) -> None:
        self.note(f"delete {kind}")
        self.drop(kind, name)

    async def write_status(self, status: Manifest) -> Manifest | None:
        self.note("status")
        found = self.objects.get(("Channel", status["metadata"]["name"]))
        return self.put("Channel", {**found, "status": status["status"]}) if found else None

    async def write_finalizers(self, channel: Channel, finalizers: tuple[str, ...]) -> Manifest | None:
        self.note("finalizers")
        found = self.objects.get(("Channel", channel.name))
        if found is None:
            return None
        found["metadata"]["finalizers"] = list(finalizers)
        written = self.put("Channel", found)
        if "deletionTimestamp" in found["metadata"] and not finalizers:
            self.drop("Channel", channel.name)
        return written

    async def publish(self, event: Manifest) -> None:
        if "Event" in self.refuse:
            raise self.refuse["Event"]
        self.events.append(event["reason"])
