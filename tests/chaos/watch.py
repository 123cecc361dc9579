"""What viewers must find after a fault, held against what they had before it."""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from chaos.air import AUDIO, FRAME_RATE, VIDEO, Air, Slot, faults_in
from support import hls_lint
from support.database import sql
from support.decrypt import decoded_frames
from support.kube import Kube
from support.viewer import Viewer, parse_segments
from support.waiting import wait_until

LOOK_BACK = 5
"""Slots before the fault at which the programme that is watched across it begins."""


def moment(milliseconds: int) -> datetime:
    """A time in milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@contextmanager
def scheduled(kube: Kube, channel: str, start: datetime, end: datetime) -> Iterator[str]:
    """With a programme in the channel's schedule; its id."""
    programme = str(uuid.uuid4())
    sql(
        kube,
        "INSERT INTO schedule_entries (id, channel, title, starts_at, ends_at) "
        f"VALUES ('{programme}', '{channel}', 'Chaos', '{start}', '{end}')",
    )
    try:
        yield programme
    finally:
        sql(kube, f"DELETE FROM schedule_entries WHERE id = '{programme}'")


def manifest(viewer: Viewer, channel: str, mode: str, programme: str | None = None) -> str:
    """The URI of a new session's manifest; waits for the API and its view of the journal."""

    def granted() -> str | None:
        answer = viewer.play(channel, mode, programme)
        return str(answer.json()["manifest_url"]) if answer.status_code == 201 else None

    return wait_until(f"a session for {mode} of {channel}", granted, 30, every=0.5)


@dataclass
class Watch:
    """A channel that was on the air before a fault: what was stored, and what two viewers were given.

    One watches live, the other plays a programme from its start.
    """

    air: Air
    viewer: Viewer
    before: list[Slot]
    start_over: str
    playlists: dict[str, str] = field(default_factory=dict)

    @property
    def last(self) -> Slot:
        """The newest slot when it began."""
        return self.before[-1]

    @property
    def begins(self) -> int:
        """Where the programme begins, milliseconds."""
        return self.before[-LOOK_BACK].start

    def look(self) -> None:
        """Take the playlists; any that was taken before must be continued by the present one."""
        for mode, programme in (("live", None), ("start-over", self.start_over)):
            uri = self.viewer.tracks(manifest(self.viewer, self.air.name, mode, programme))[VIDEO]
            text = self.viewer.text(uri)
            found = hls_lint.check_media(text) + hls_lint.check_names(text)
            if mode in self.playlists:
                found += hls_lint.check_refresh(self.playlists[mode], text)
            assert not found, f"{mode} of {self.air.name}: {found}"
            self.playlists[mode] = text

    def hold(self) -> list[Slot]:
        """All that must be true after a fault; the slots journaled since the programme's start."""
        slots = self.air.slots()
        assert slots[: len(self.before)] == self.before, "what was journaled before is not as it was"
        assert faults_in(slots) == []
        self.look()
        window = [slot for slot in slots if slot.start >= self.begins]
        self._catch_up(window)
        return window

    def gap(self, window: list[Slot]) -> int:
        """Milliseconds without a slot, from the fault on."""
        since = [slot for slot in window if slot.sequence >= self.last.sequence]
        return sum(slot.start - before.end for before, slot in pairwise(since))

    def _catch_up(self, window: list[Slot]) -> None:
        """A programme over the fault lists all that is journaled, and all of it is there and decrypts."""
        with scheduled(
            self.air.kube, self.air.name, moment(self.begins), moment(window[-1].end)
        ) as programme:
            uri = self.viewer.tracks(manifest(self.viewer, self.air.name, "catch-up", programme))
            texts = {track: self._closed(uri[track]) for track in (VIDEO, AUDIO)}
        found = [fault for text in texts.values() for fault in hls_lint.check_media(text)]
        found += hls_lint.check_names(texts[VIDEO]) + hls_lint.check_aligned(texts)
        assert not found, f"catch-up of {self.air.name}: {found}"
        listed = [segment.sequence for segment in hls_lint.read(texts[VIDEO]).segments]
        assert listed == [slot.sequence for slot in window]
        self._fetch(window)
        self._decrypt(window, texts[VIDEO])

    def _closed(self, uri: str) -> str:
        """A playlist, once it is complete."""
        return wait_until(
            "the catch-up playlist to be closed",
            lambda: (text := self.viewer.text(uri)).endswith("#EXT-X-ENDLIST\n") and text,
            15,
            every=1,
        )

    def _fetch(self, window: list[Slot]) -> None:
        for slot in window:
            for track, (_, size) in slot.tracks.items():
                answer = self.viewer.http.head(f"/hls/{self.air.name}/{slot.path(track)}")
                assert answer.status_code == 200, f"{slot.path(track)}: {answer.status_code}"
                assert int(answer.headers["content-length"]) == size, slot.path(track)

    def _decrypt(self, window: list[Slot], playlist: str) -> None:
        """Some slot before the fault, those on both sides of each gap, and some slot after it."""
        places = {random.randrange(LOOK_BACK), random.randrange(LOOK_BACK, len(window))}
        places |= {
            place
            for number, (before, slot) in enumerate(pairwise(window))
            if slot.run != before.run
            for place in (number, number + 1)
        }
        segments = parse_segments(playlist, f"/hls/{self.air.name}/")
        for place in sorted(places):
            segment, slot = segments[place], window[place]
            assert segment.kid, f"{segment.uri} is announced without a key"
            key = self.viewer.keys(segment.kid)[segment.kid]
            init, data = self.viewer.bytes(segment.init_uri), self.viewer.bytes(segment.uri)
            frames = decoded_frames(init, [data], segment.kid, key)
            assert frames == slot.tracks[VIDEO][0] * FRAME_RATE // 1000, (
                f"{segment.uri}: {frames} frames decode"
            )


@contextmanager
def watching(air: Air, viewer: Viewer) -> Iterator[Watch]:
    """Around a fault and its aftermath: live and start-over are being watched."""
    before = air.slots()
    start = moment(before[-LOOK_BACK].start)
    with scheduled(air.kube, air.name, start, datetime.now(UTC) + timedelta(minutes=15)) as programme:
        watch = Watch(air, viewer, before, programme)
        watch.look()
        yield watch
