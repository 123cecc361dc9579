"""A channel on the air, as its journal on the segment volume tells it, whoever else is away.

The volume is read through the edge's pod, which no fault here touches.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from support.kube import Kube
from support.waiting import wait_until

VIDEO, AUDIO = "360p", "audio"
FRAME_RATE = 25


@dataclass(frozen=True)
class Slot:
    """A journal record. Times are milliseconds; `tracks` has each track's duration and size in bytes."""

    sequence: int
    run: int
    start: int
    duration: int
    tracks: dict[str, tuple[int, int]]

    @property
    def end(self) -> int:
        """Where the slot ends."""
        return self.start + self.duration

    def path(self, track: str) -> str:
        """The segment's path in the channel's folder (docs/architecture.md, "The segment volume")."""
        start = datetime.fromtimestamp(self.start / 1000, UTC)
        name = f"{start:%Y%m%dT%H%M%SZ}-{self.run:06}-{self.sequence:07}.m4s"
        return f"{track}/{start:%Y%m%d/%H}/{name}"


def read_journal(text: str) -> list[Slot]:
    """The records of a journal's files, oldest first; a last line that is being written does not count."""
    records = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [
        Slot(
            record["sequence"],
            record["run"],
            record["start"],
            record["duration"],
            {name: tuple(part) for name, part in record["tracks"].items()},
        )
        for record in records
    ]


def faults_in(slots: list[Slot]) -> list[str]:
    """What a journal may not have: holes in the count, time that goes back, a gap within a run."""
    found = []
    for before, slot in pairwise(slots):
        if slot.sequence != before.sequence + 1:
            found.append(f"{before.sequence} is followed by {slot.sequence}")
        if slot.run < before.run:
            found.append(f"run {before.run} is followed by run {slot.run}")
        if slot.start < before.end:
            found.append(f"{slot.sequence} starts before {before.sequence} ends")
        if slot.run == before.run and slot.start != before.end:
            found.append(f"a gap within run {slot.run} before {slot.sequence}")
    return found


def missing_before(air: "Air", slot: Slot) -> float:
    """How many slots' time is missing right before a slot."""
    before = next(one for one in air.slots() if one.sequence == slot.sequence - 1)
    return (slot.start - before.end) / slot.duration


@dataclass(frozen=True)
class Air:
    """A channel and its journal."""

    kube: Kube
    name: str

    @property
    def labels(self) -> str:
        """What its objects carry."""
        return f"telstar.dev/channel={self.name}"

    def pod(self) -> str:
        """The name of its one running pod."""
        return self.kube.pod(self.labels)

    def node(self) -> str:
        """The node that its pod runs on."""
        pod = self.kube.get("pod", self.pod())
        assert pod
        return str(pod["spec"]["nodeName"])

    def on_volume(self, script: str) -> str:
        """What a shell script prints in the channel's folder; nothing where there is no such folder."""
        line = f"cd /segments/{self.name} 2>/dev/null || exit 0; {script}"
        return self.kube.run("exec", "deployment/telstar-edge", "--", "sh", "-c", line)

    def slots(self) -> list[Slot]:
        """All that is journaled."""
        return read_journal(self.on_volume("cat journal/*.jsonl 2>/dev/null || true"))

    def published(self, slot: Slot) -> float:
        """When a slot was there for viewers, in seconds since the epoch: its last segment got its name."""
        paths = " ".join(slot.path(track) for track in slot.tracks)
        return max(float(line) for line in self.on_volume(f"stat -c %.3Z {paths}").split())

    def await_slots(
        self, count: int, after: Slot | None, seconds: float, new_run: bool = False
    ) -> list[Slot]:
        """Wait until so many slots follow one, of a later run where `new_run` says so; those slots."""

        def found() -> list[Slot] | None:
            new = [slot for slot in self.slots() if after is None or slot.sequence > after.sequence]
            if new_run and after is not None:
                new = [slot for slot in new if slot.run > after.run]
            return new if len(new) >= count else None

        run = "of a new run " if new_run else ""
        return wait_until(f"{count} more slots {run}of {self.name}", found, seconds, every=0.5)
