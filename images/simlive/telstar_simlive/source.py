"""How each kind of source reaches the encoder: FFmpeg's arguments, and nothing else.

A test pattern is made inside the encoder's process. Playlists and streams are played by FFmpeg processes
of their own (*players*), which bring whatever they read to one form: the channel's picture and frame rate
as raw frames, 48 kHz stereo as PCM, in NUT over a pipe. So a broken, odd or silent item never meets the
encoder. NUT files can be joined where they are cut, if only the first keeps its file id: one after another
the players write what the encoder reads as one stream.

The encoder reads its inputs at the pace of the wall clock, also a live feed's: the pipe and the protocol's
own buffer take up the jitter, and a feed whose clock is too fast overruns that buffer after hours or days
and loses a moment, where reading it at once would move the channel off the wall clock.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from telstar_simlive.channel import ChannelSpec, TestPattern

SAMPLE_RATE = 48_000
NUT_FILE_ID = b"nut/multimedia container\0"
QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning")
# A little behind the wall clock, FFmpeg reads half as fast again until it has caught up.
_PACE = ("-re", "-readrate_initial_burst", "0.001", "-readrate_catchup", "1.5")
_TIMEOUT = str(10_000_000)  # microseconds without data after which a player gives up
_SILENCE = f"anullsrc=sample_rate={SAMPLE_RATE}:channel_layout=stereo"
_AUDIO_FORM = f"aresample={SAMPLE_RATE}:async=1000:first_pts=0,aformat=sample_fmts=s16:channel_layouts=stereo"
_PROTOCOL_OPTIONS = {
    "srt": ("-timeout", _TIMEOUT),
    "udp": ("-timeout", _TIMEOUT, "-overrun_nonfatal", "1", "-fifo_size", "50000"),
    "http": ("-rw_timeout", _TIMEOUT),
    "https": ("-rw_timeout", _TIMEOUT),
    "rtmp": ("-rw_timeout", _TIMEOUT),
}


@dataclass(frozen=True)
class Media:
    """What an item holds; `duration` in seconds, None where it is not known."""

    duration: float | None
    video: bool
    audio: bool


class UnplayableError(Exception):
    """An item cannot be played: the message says why."""


def pattern_input(pattern: TestPattern, spec: ChannelSpec) -> list[str]:
    """The encoder's inputs for a test pattern: video is input 0, audio input 1."""
    width, height = spec.picture
    picture = f"{pattern.pattern}=size={width}x{height}:rate={spec.frame_rate}"
    tone = f"sine=frequency={pattern.tone_hz}:sample_rate={SAMPLE_RATE}"
    return [*_PACE, "-f", "lavfi", "-i", picture, *_PACE, "-f", "lavfi", "-i", tone]


def pipe_input(descriptor: int) -> list[str]:
    """The encoder's input for what players write: video and audio are both in input 0."""
    return [*_PACE, "-probesize", "32", "-analyzeduration", "0", "-f", "nut", "-i", f"pipe:{descriptor}"]


def probe_command(ffmpeg: str, item: str) -> list[str]:
    """Makes FFmpeg say on stderr what an item holds. It exits 1, as no output is asked for."""
    return [ffmpeg, "-hide_banner", "-nostdin", *_protocol_options(item), "-i", _input_name(item)]


def parse_probe(output: str) -> Media:
    """What `probe_command` said.

    Raises:
        UnplayableError: FFmpeg could not open the item, or it holds neither picture nor sound.
    """
    if "Input #0" not in output:
        faults = [line for line in output.splitlines() if "Error opening input:" in line]
        reason = faults[0].split("Error opening input:")[1] if faults else "it is not a media file"
        raise UnplayableError(reason.strip())
    duration = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", output)
    streams = set(re.findall(r"^\s*Stream #0:.*?: (Video|Audio): ", output, re.MULTILINE))
    if not streams:
        raise UnplayableError("it holds neither picture nor sound")
    hours, minutes, seconds = duration.groups() if duration else ("0", "0", "0")
    length = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return Media(length or None, "Video" in streams, "Audio" in streams)


def frames_of(media: Media, spec: ChannelSpec) -> int:
    """How many frames an item takes: whole ones, so that the next begins on a frame.

    Raises:
        UnplayableError: its duration is not known, or less than a frame.
    """
    frames = int((media.duration or 0) * spec.frame_rate + 0.001)
    if frames < 1:
        raise UnplayableError("it does not say how long it is: only files with a duration can be played")
    return frames


def item_command(
    ffmpeg: str, item: str, media: Media, first_frame: int, spec: ChannelSpec, threads: int
) -> list[str]:
    """Plays an item to stdout: exactly `frames_of` frames from `first_frame` on, and as much sound.

    What the item lacks at its end, or altogether, is the last picture or black, and silence.
    """
    frames = frames_of(media, spec)
    samples = frames * SAMPLE_RATE // spec.frame_rate
    video = f"{_picture('0:v:0', media.video, spec)},tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}[v]"
    audio = f"{_sound('0:a:0', media.audio)},apad,atrim=end_sample={samples}[a]"
    return [
        *(ffmpeg, *QUIET, "-threads", str(threads)),
        *(*_protocol_options(item), "-i", _input_name(item)),
        *("-filter_complex", f"{video};{audio}", "-map", "[v]", "-map", "[a]"),
        *_nut_output(first_frame / spec.frame_rate),
    ]


def stream_command(ffmpeg: str, url: str, spec: ChannelSpec, threads: int) -> list[str]:
    """Plays a live feed to stdout, from when it is reached until it ends.

    Whether it has audio is only known then. So silence is always written too, after the feed's audio where
    there is some: the encoder takes the first of them.
    """
    return [
        *(ffmpeg, *QUIET, "-threads", str(threads), "-analyzeduration", "2000000"),
        *(*_protocol_options(url), "-i", url),
        *("-f", "lavfi", "-i", _SILENCE),
        *("-filter_complex", f"{_picture('0:v:0', True, spec)}[v]"),
        *("-map", "[v]", "-map", "0:a:0?", "-map", "1:a:0", "-af", _AUDIO_FORM, "-shortest"),
        *_nut_output(0),
    ]


def _picture(label: str, present: bool, spec: ChannelSpec) -> str:
    width, height = spec.picture
    if not present:
        return f"color=black:size={width}x{height}:rate={spec.frame_rate},format=yuv420p"
    return (
        f"[{label}]bwdif=deint=interlaced,fps={spec.frame_rate}:start_time=0,"
        f"scale={width}:{height}:force_original_aspect_ratio=decrease,"
        f"pad={width}:{height}:-1:-1,setsar=1,format=yuv420p"
    )


def _sound(label: str, present: bool) -> str:
    return f"[{label}]{_AUDIO_FORM}" if present else f"{_SILENCE},{_AUDIO_FORM}"


def _nut_output(offset: float) -> list[str]:
    return [
        *("-c:v", "rawvideo", "-c:a", "pcm_s16le"),
        *("-output_ts_offset", f"{offset:.6f}", "-f", "nut", "-write_index", "0", "pipe:1"),
    ]


def _protocol_options(url: str) -> tuple[str, ...]:
    return _PROTOCOL_OPTIONS.get(urlsplit(url).scheme, ())


def _input_name(item: str) -> str:
    """FFmpeg takes file: with a path as it is, not percent-encoded."""
    parts = urlsplit(item)
    return f"file:{Path(unquote(parts.path))}" if parts.scheme == "file" else item
