"""What segments and init segments say about their slot and their run.

The supervisor journals a new slot, and `rebuild` an old one, by these same functions, so the two agree.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from telstar_simlive.boxes import BoxError, InitSegment, MediaSegment, read_init, read_media
from telstar_simlive.journal.records import AudioTrack, JournalError, Run, Slot, TrackPart, VideoTrack

# Shares of a bit rate, and bits per second, that ISO BMFF and an encoder's inexactness add to it.
_OVERHEAD_SHARE, _OVERHEAD = 1.05, 10_000


class Part(NamedTuple):
    """One track's segment: the file's size in bytes, what its init segment says, what it says itself."""

    size: int
    init: InitSegment
    media: MediaSegment

    @property
    def start(self) -> float:
        """Decode time of its first sample, in milliseconds since the epoch."""
        return self.media.decode_time * 1000 / self.init.timescale

    @property
    def duration(self) -> int:
        """Media duration in whole milliseconds."""
        return round(self.media.duration * 1000 / self.init.timescale)


def load_init(path: Path) -> InitSegment:
    """Reads an init segment.

    Raises:
        JournalError: it is missing or no init segment.
    """
    try:
        return read_init(path.read_bytes())
    except (OSError, BoxError) as error:
        raise JournalError(f"{path}: {error}") from error


def load_part(path: Path, init: InitSegment) -> Part:
    """Reads what a segment's file says, without its media data.

    Raises:
        JournalError: it is missing, torn or no segment.
    """
    try:
        with path.open("rb") as file:
            return Part(path.stat().st_size, init, read_media(file, init))
    except (OSError, BoxError) as error:
        raise JournalError(f"{path}: {error}") from error


def slot_of(parts: Mapping[str, Part], sequence: int, run: int, start: int) -> Slot:
    """The slot that these parts, one a track, make up. It is as long as its shortest video.

    Raises:
        JournalError: there is no video among them.
    """
    videos = [part.duration for part in parts.values() if part.init.kind == "video"]
    if not videos:
        raise JournalError(f"slot {sequence} of run {run} has no video track")
    tracks = {name: TrackPart(part.duration, part.size) for name, part in parts.items()}
    return Slot(sequence, run, start, min(videos), tracks)


def run_of(
    parts: Mapping[str, Part],
    number: int,
    began: int,
    segment_duration: int,
    peaks: Mapping[str, int] = MappingProxyType({}),
) -> Run:
    """The descriptor of the run whose first slot these parts make up; its slots' nominal length is given.

    `peaks` has, by track, the bits per second of the largest slot to come, where that is known beforehand:
    the init segment of a run that is copied tells only the average.

    Raises:
        JournalError: its tracks are encrypted with different keys.
    """
    kids = {part.init.kid for part in parts.values()}
    if len(kids) != 1:
        raise JournalError(f"run {number}: one key for all tracks, but there are {sorted(map(str, kids))}")
    seconds = segment_duration / 1000
    tracks = tuple(_track_of(name, part, seconds, peaks.get(name, 0)) for name, part in parts.items())
    return Run(run=number, began=began, segment_duration=segment_duration, kid=kids.pop(), tracks=tracks)


def _track_of(name: str, part: Part, seconds: float, peak: int) -> VideoTrack | AudioTrack:
    init, media = part.init, part.media
    common = {"name": name, "codecs": init.codecs, "bandwidth": _bandwidth(part, seconds, peak)}
    if init.kind == "audio":
        return AudioTrack.model_validate(
            {**common, "channels": init.channels, "sample_rate": init.sample_rate}
        )
    frame_rate = round(init.timescale * media.samples / media.duration, 3)
    return VideoTrack.model_validate(
        {**common, "width": init.width, "height": init.height, "frame_rate": frame_rate}
    )


def _bandwidth(part: Part, seconds: float, peak: int) -> int:
    """Peak bits per second of a segment (RFC 8216bis §4.4.6.2): what the rate control allows one to have, or
    a peak that is known.
    """
    allowed = part.init.max_bitrate + part.init.buffer_size / seconds
    return int(max(allowed, peak, 8 * part.size / seconds) * _OVERHEAD_SHARE) + _OVERHEAD
