"""What the journal and the run descriptors say, as frozen typed records."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class JournalError(Exception):
    """The journal would be, or is, untrue: the message says what and where."""


class TrackPart(NamedTuple):
    """One track's segment of a slot: its media duration in milliseconds, its size in bytes."""

    duration: int
    size: int


class Slot(NamedTuple):
    """The same stretch of time in every track. A tuple, because a week has 151,200 of them."""

    sequence: int
    run: int
    start: int
    duration: int
    tracks: Mapping[str, TrackPart]

    @property
    def end(self) -> int:
        """Milliseconds since the epoch at which the slot ends (the first that is not in it)."""
        return self.start + self.duration

    def to_line(self) -> bytes:
        """The journal's line for this slot, newline included."""
        record = {
            "sequence": self.sequence,
            "run": self.run,
            "start": self.start,
            "duration": self.duration,
            "tracks": {name: [part.duration, part.size] for name, part in self.tracks.items()},
        }
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    codecs: str = Field(description="RFC 6381 codec string, for CODECS")
    bandwidth: int = Field(gt=0, description="peak bits per second, for BANDWIDTH")


class VideoTrack(_Record):
    """A video track of a run."""

    kind: Literal["video"] = "video"
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frame_rate: float = Field(gt=0)


class AudioTrack(_Record):
    """An audio track of a run."""

    kind: Literal["audio"] = "audio"
    channels: int = Field(gt=0)
    sample_rate: int = Field(gt=0)


RunTrack = Annotated[VideoTrack | AudioTrack, Field(discriminator="kind")]


class Run(BaseModel):
    """One life of the encoder: one set of parameters, one key.

    `began` is the start of its first slot; `segment_duration` the nominal length of its slots, which only the
    last one falls short of; `kid` is 32 lower-case hexadecimal digits, or None in clear; `audio_only` offers
    the sound alone in the multivariant playlist.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: int = Field(ge=1)
    began: int = Field(ge=0)
    segment_duration: int = Field(gt=0, description="milliseconds; playlists' constant EXT-X-TARGETDURATION")
    kid: str | None = Field(pattern=r"^[0-9a-f]{32}$")
    tracks: tuple[RunTrack, ...] = Field(min_length=1)
    audio_only: bool = False

    @property
    def video(self) -> tuple[VideoTrack, ...]:
        """The renditions, in the Channel's order."""
        return tuple(track for track in self.tracks if isinstance(track, VideoTrack))

    @property
    def audio(self) -> tuple[AudioTrack, ...]:
        """The audio tracks."""
        return tuple(track for track in self.tracks if isinstance(track, AudioTrack))


def slot_from(record: Any) -> Slot:
    """A slot from a decoded journal record.

    Raises:
        JournalError: the record is not one.
    """
    try:
        numbers = (record["sequence"], record["run"], record["start"], record["duration"])
        tracks = {name: TrackPart(duration, size) for name, (duration, size) in record["tracks"].items()}
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise JournalError(f"not a journal record ({error!r}): {record!r:.200}") from error
    values = list(numbers)
    for part in tracks.values():
        values += part
    if not tracks or {*map(type, values)} != {int} or min(values) < 0:
        raise JournalError(f"a journal record holds whole numbers and at least one track: {record!r:.200}")
    return Slot(*numbers, tracks)


def parse_slot(line: bytes) -> Slot:
    """A slot from one line of the journal.

    Raises:
        JournalError: the line is not a journal record.
    """
    try:
        return slot_from(json.loads(line))
    except ValueError as error:
        raise JournalError(f"not a line of JSON: {line[:200]!r}") from error
