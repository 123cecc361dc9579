"""The shape of a file: all that decides whether its samples can go on the air as they are. Pure.

Two commands ask FFmpeg for it, and what they say is read here. `head_command` reads no more than the file's
header and first samples; `packets_command` reads all of it once and lists every sample. The second lists the
picture twice, the second time only IDR pictures (`filter_units`): a sample that MP4 calls a sync sample may
be a recovery point of an open group of pictures, at which no segment may begin.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import eq
from pathlib import Path
from urllib.parse import unquote, urlsplit

AUDIO_FRAME = 1024
"""Samples in a frame of AAC-LC (ISO/IEC 14496-3)."""
SAMPLE_RATE = 48_000
_READING = ("-hide_banner", "-nostdin", "-nostats", "-copyts")
_STREAMS = ("-map", "0:v:0", "-map", "0:a:0")
HTTP_OPTIONS = (("rw_timeout", "10000000"),)
"""Options of an item read by HTTP: microseconds without data after which it is given up."""
_PARAMETERS = 5  # extradata and time base of picture and sound, and the picture's sample aspect ratio
_CORRUPT_OR_DISCARD = 0x02 | 0x04  # AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD


class UnfitError(Exception):
    """A file cannot be copied: the message says why, and what would help."""


@dataclass(frozen=True)
class Head:
    """What a file's header says. Files with the same `parameters` can share one init segment."""

    width: int
    height: int
    pixel_format: str
    parameters: str


@dataclass(frozen=True)
class Shape:
    """A file that is fit in itself.

    `frame_rate` in pictures a second, `frames` their number; `instant` the numbers of those at which a
    decoder can begin; `delay` how many pictures decoding goes before presentation (B-frames);
    `video_bytes` and `audio_bytes` the samples' sizes, summed up for each second.
    """

    item: str
    head: Head
    time_scale: int
    frame_rate: int
    frames: int
    delay: int
    instant: frozenset[int] = field(repr=False)
    video_bytes: tuple[int, ...] = field(repr=False)
    audio_bytes: tuple[int, ...] = field(repr=False)


def input_name(item: str) -> str:
    """The name by which FFmpeg opens an item: a file: URL's path is not percent-encoded there."""
    parts = urlsplit(item)
    return f"file:{Path(unquote(parts.path))}" if parts.scheme == "file" else item


def _input(item: str) -> list[str]:
    options = HTTP_OPTIONS if urlsplit(item).scheme in ("http", "https") else ()
    return [*(word for name, value in options for word in (f"-{name}", value)), "-i", input_name(item)]


def head_command(ffmpeg: str, item: str) -> list[str]:
    """Makes FFmpeg describe the streams and the SPS on stderr, and hash the codecs' parameters on stdout."""
    return [
        *(ffmpeg, *_READING, "-loglevel", "info", *_input(item), *_STREAMS, "-c", "copy"),
        *("-bsf:v", "trace_headers", "-frames:v", "1", "-frames:a", "1"),
        *("-f", "framehash", "-hash", "sha256", "pipe:1"),
    ]


def packets_command(ffmpeg: str, item: str) -> list[str]:
    """Lists each sample on stdout: stream 0 is the picture, 1 its IDR pictures alone, 2 the sound."""
    return [
        *(ffmpeg, *_READING, "-loglevel", "level+warning", *_input(item)),
        *("-map", "0:v:0", *_STREAMS, "-c", "copy", "-bsf:v:1", "filter_units=pass_types=5"),
        *("-f", "framecrc", "pipe:1"),
    ]


def parse_head(hashes: str, described: str) -> Head:
    """What `head_command` wrote to stdout and to stderr.

    Raises:
        UnfitError: it is not MP4 with progressive H.264 and AAC-LC, 48 kHz, stereo.
    """
    container = re.search(r"^Input #0, (\S+), from ", described, re.MULTILINE)
    if container is None:
        raise UnfitError(_opening_fault(described))
    if "mp4" not in container[1].split(","):
        raise UnfitError(f"it is {container[1].split(',')[0]}: only MP4 can be copied")
    inputs = described[container.start() : described.find("Stream mapping:")]
    video = _stream(inputs, "Video", "picture")
    audio = _stream(inputs, "Audio", "sound")
    if not audio.startswith("aac (LC)") or not re.search(rf"\b{SAMPLE_RATE} Hz, stereo\b", audio):
        sound = ", ".join(re.sub(r" \([^)]*0x[^)]*\)", "", audio).split(", ")[:3])
        raise UnfitError(f"its sound is {sound}: only AAC-LC at 48000 Hz in stereo can be copied")
    if not video.startswith("h264"):
        raise UnfitError(f"its picture is {video.split()[0].rstrip(',')}: only H.264 can be copied")
    if re.search(r"frame_mbs_only_flag\s+\d+ = 0$", described, re.MULTILINE):
        raise UnfitError("its picture may be interlaced: only progressive H.264 can be copied")
    return _head(video, hashes)


def _head(video: str, hashes: str) -> Head:
    plain = re.sub(r"\([^()]*\)", "", video)  # h264 (High) (avc1 / …), yuv420p(tv, bt709), 1280x720 [SAR …
    picture = re.match(r"h264\s*, (\w+), (\d+)x(\d+)\b", plain)
    parameters = re.findall(r"^#(?:extradata|tb|sar) .*$", hashes, re.MULTILINE)
    if picture is None or len(parameters) < _PARAMETERS:
        raise UnfitError("its header does not say what its picture and sound are: write it anew")
    words = " ".join(" ".join(parameters).split())
    return Head(int(picture[2]), int(picture[3]), picture[1], words)


def _opening_fault(described: str) -> str:
    faults = re.findall(r"Error opening input: (.+)", described)
    return f"it cannot be opened: {faults[0] if faults else 'it is not a media file'}"


def _stream(inputs: str, kind: str, what: str) -> str:
    found = re.search(rf"^  Stream #0:.*?: {kind}: (.*)$", inputs, re.MULTILINE)
    if found is None:
        raise UnfitError(f"it has no {what}: only files with picture and sound can be copied")
    return found[1]


class Packets:
    """Takes the lines that `packets_command` writes, then says the file's shape."""

    def __init__(self) -> None:
        self._scales: dict[int, tuple[int, int]] = {}
        self._video = _Track()
        self._instant: list[int] = []
        self._audio = _Track()

    def feed(self, line: str) -> None:
        """Takes one line.

        Raises:
            UnfitError: a sample has no time.
        """
        if not line:
            return
        if line.startswith("#"):
            if scale := re.fullmatch(r"#tb (\d): (\d+)/(\d+)", line):
                self._scales[int(scale[1])] = int(scale[2]), int(scale[3])
            return
        try:
            stream, decoded, shown, _, size, _, *more = line.split(",", 7)
            times = int(decoded), int(shown)
        except ValueError as error:
            raise UnfitError(f"a sample has no time: {line[:80]}") from error
        # A flag is named where there is another than that of a key frame: F=0x5.
        flags = int(more[0].split("=")[1], 16) if more and "F=" in more[0] else 0
        if stream == "1":
            self._instant.append(times[1])
        else:
            (self._video if stream == "0" else self._audio).add(*times, int(size), flags)

    def shape(self, item: str, head: Head) -> Shape:
        """The shape of the file whose packets these were.

        Raises:
            UnfitError: it is not fit; the message says why.
        """
        if not self._video.shown or not self._audio.shown:
            raise UnfitError("it holds no samples of its picture or of its sound")
        if any(self._scales.get(stream, (0, 0))[0] != 1 for stream in (0, 2)):
            raise UnfitError("its times are not in whole ticks of a second")
        time_scale = self._scales[0][1]
        tick, delay = _picture_times(self._video, time_scale)
        rate, frames = time_scale // tick, len(self._video.shown)
        _check_sound(self._audio, frames * SAMPLE_RATE / rate, self._scales[2][1])
        return Shape(
            item=item,
            head=head,
            time_scale=time_scale,
            frame_rate=rate,
            frames=frames,
            delay=delay,
            instant=frozenset(shown // tick for shown in self._instant),
            video_bytes=_by_second(self._video, time_scale),
            audio_bytes=_by_second(self._audio, SAMPLE_RATE),
        )


class _Track:
    """A track's samples in decoding order: times in ticks, sizes in bytes. A film has half a million."""

    def __init__(self) -> None:
        self.decoded = array("q")
        self.shown = array("q")
        self.sizes = array("q")
        self.odd = array("q")

    def add(self, decoded: int, shown: int, size: int, flags: int) -> None:
        self.decoded.append(decoded)
        self.shown.append(shown)
        self.sizes.append(size)
        if flags & _CORRUPT_OR_DISCARD:
            self.odd.append(shown)


def _picture_times(video: _Track, time_scale: int) -> tuple[int, int]:
    """Ticks a picture lasts, and by how many pictures decoding goes before presentation."""
    if video.odd:
        raise UnfitError("it is cut (by an edit list) where no segment can begin, or damaged: write it anew")
    shown = sorted(video.shown)
    if shown[0] != 0:
        raise UnfitError(f"its picture begins at {shown[0] / time_scale:.3f} s: it must begin at 0")
    tick = shown[1] if len(shown) > 1 else time_scale
    if tick <= 0 or time_scale % tick or not _even(shown, tick) or not _even(video.decoded, tick):
        raise UnfitError("its pictures do not come at a steady, whole number a second")
    delay = -video.decoded[0] // tick
    if video.decoded[0] != -delay * tick or delay < 0:
        raise UnfitError("its decoding times do not fit its pictures' times")
    return tick, delay


def _even(times: Sequence[int], step: int) -> bool:
    return all(map(eq, times, count(times[0], step)))


def _check_sound(audio: _Track, samples: float, scale: int) -> None:
    """`samples` is how long the picture is."""
    if scale != SAMPLE_RATE:
        raise UnfitError(f"its sound's times are in 1/{scale} s, where 1/{SAMPLE_RATE} s is needed")
    if any(shown >= 0 for shown in audio.odd):
        raise UnfitError("its sound is cut (by an edit list) or damaged: write it anew")
    begin, end = audio.shown[0], audio.shown[-1] + AUDIO_FRAME
    if not _even(audio.shown, AUDIO_FRAME):
        raise UnfitError("its sound has a hole, or frames that are not of 1024 samples")
    if begin > AUDIO_FRAME:
        raise UnfitError(f"its sound begins at {begin / SAMPLE_RATE:.3f} s: it must begin with the picture")
    short = samples - end
    if short > AUDIO_FRAME or short < -3 * AUDIO_FRAME:
        raise UnfitError(
            f"its sound is {abs(short) / SAMPLE_RATE:.3f} s {'shorter' if short > 0 else 'longer'} than its "
            "picture: they may differ by a frame or two of AAC"
        )


def _by_second(track: _Track, scale: int) -> tuple[int, ...]:
    """What begins before 0 (an encoder's priming) counts for the first second."""
    sums = [0] * (max(track.shown) // scale + 1)
    for shown, size in zip(track.shown, track.sizes, strict=True):
        sums[max(shown, 0) // scale] += size
    return tuple(sums)


def lines_of(rest: bytes, chunk: bytes) -> tuple[Iterable[str], bytes]:
    """The whole lines of what was read so far, and what is left of it."""
    *whole, rest = (rest + chunk).split(b"\n")
    return (line.decode(errors="replace") for line in whole), rest
