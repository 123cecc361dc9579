"""FFmpeg's arguments for playing each kind of source, and nothing else.

Every source is played by an FFmpeg process of its own, a *player*, which brings whatever it reads to the
channel's form: raw pictures of its size and frame rate, 48 kHz stereo as PCM, in AVI over a pipe. AVI in a
stream is trivially parsed (see avi.py). It has no timestamps: each picture lasts a frame, and sound goes on
from where it was. So both begin at zero together, and what is missing between is filled in here: pictures by
`-fps_mode cfr`, sound by `aresample`. The rate is held at the output, not by a filter alone, because a feed
that changes its resolution makes FFmpeg build its filters anew, which then know nothing of the time before.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from telstar_simlive.channel import TestPattern
from telstar_simlive.playout.form import SAMPLE_RATE, Form

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning")
NAME_FILE = "name.txt"
FONT_FILE = "font.ttf"
_TIMEOUT = str(10_000_000)  # microseconds without data after which a player gives up
_SOUND_FORM = f"aresample={SAMPLE_RATE},aformat=sample_fmts=s16:channel_layouts=stereo"
_SOUND_TIME = f"aresample={SAMPLE_RATE}:async=1000:first_pts=0"
_PROTOCOL_OPTIONS = {
    "srt": ("-timeout", _TIMEOUT),
    "udp": ("-timeout", _TIMEOUT, "-overrun_nonfatal", "1", "-fifo_size", "50000"),
    "http": ("-rw_timeout", _TIMEOUT),
    "https": ("-rw_timeout", _TIMEOUT),
    "rtmp": ("-rw_timeout", _TIMEOUT),
}
# Sound comes up to so many seconds after its picture, in a transport stream for example. FFmpeg holds raw
# pictures back for as long, and no more of them than so many bytes.
_INTERLEAVE = 1.5
_HELD_BACK = 128 << 20


@dataclass(frozen=True)
class Media:
    """What an item holds; `duration` in seconds, None where it is not known."""

    duration: float | None
    video: bool
    audio: bool


class UnplayableError(Exception):
    """An item cannot be played: the message says why."""


def item_name(item: str) -> str:
    """An item for people: without user, password and parameters, which may be secret."""
    parts = urlsplit(item)
    return f"{parts.scheme}://{(parts.netloc.rpartition('@')[2])}{parts.path}"


def shown(url: str) -> str:
    """A URL without what may be secret in it: user, password, path and parameters of a live feed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}"


def pattern_command(ffmpeg: str, pattern: TestPattern, form: Form) -> list[str]:
    """Plays a test pattern and its tone to stdout, without end."""
    picture = f"{pattern.pattern}=size={form.width}x{form.height}:rate={form.frame_rate}"
    tone = f"sine=frequency={pattern.tone_hz}:sample_rate={SAMPLE_RATE}"
    return [
        *(ffmpeg, *QUIET, "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone),
        *("-map", "0:v", "-map", "1:a", *_output(form)),
    ]


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


def item_command(
    ffmpeg: str, item: str, media: Media, form: Form, threads: int, begin: float = 0
) -> list[str]:
    """Plays an item to stdout, as fast as it is read, from so many seconds on to its end; it may lack picture
    or sound.

    Its sound may change its layout on the way, as that of recordings does. Sound is therefore brought to one
    form by filters of its own, which are built anew then, and only what comes of them, decoded again, is held
    to its time by a filter that lasts.
    """
    sound = (
        *("-map", "0:a:0", "-af", _SOUND_FORM, "-c:a", "pcm_s16le", "-f", "null", "-"),
        *("-dec", "0:0", "-filter_complex", f"[dec:0]{_SOUND_TIME}[sound]"),
    )
    return [
        *(ffmpeg, *QUIET, "-threads", str(threads), *_protocol_options(item)),
        *(*(("-ss", f"{begin:.3f}") if begin else ()), "-i", _input_name(item)),
        *(sound if media.audio else ()),
        *(("-map", "0:v:0", "-vf", _picture(form)) if media.video else ()),
        *(("-map", "[sound]") if media.audio else ()),
        *_output(form),
    ]


def stream_command(ffmpeg: str, url: str, form: Form, threads: int) -> list[str]:
    """Plays a live feed to stdout, from when it is reached until it ends; it may lack sound.

    That is only known then, so there is no second set of filters as for an item: where its sound changes its
    layout, the player's sound is out of time, and it must be started again.
    """
    return [
        *(ffmpeg, *QUIET, "-threads", str(threads), "-analyzeduration", "2000000"),
        *(*_protocol_options(url), "-i", url),
        *("-map", "0:v:0", "-vf", _picture(form)),
        *("-map", "0:a:0?", "-af", f"{_SOUND_TIME},{_SOUND_FORM}", *_output(form)),
    ]


def slate_command(ffmpeg: str, form: Form, name: str) -> list[str]:
    """Writes one raw picture to stdout: "No signal" and the channel's name.

    It runs in a folder that holds the name and the font, so that nothing has to be quoted for a filter.
    """
    large = form.height // 8
    small = min(form.height // 14, int(form.width * 0.9 / (0.61 * max(len(name), 1))))
    style = f"fontfile={FONT_FILE}:fontcolor=white:expansion=none:x=(w-tw)/2"
    return [
        *(ffmpeg, *QUIET, "-f", "lavfi", "-i", f"color=0x202830:size={form.width}x{form.height}:rate=1"),
        "-vf",
        f"drawtext={style}:fontsize={large}:y=h*0.42-th/2:text=No signal,"
        f"drawtext={style}:fontsize={max(small, 6)}:y=h*0.6-th/2:textfile={NAME_FILE}",
        *("-frames:v", "1", "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"),
    ]


def _picture(form: Form) -> str:
    size = f"{form.width}:{form.height}"
    return (
        f"bwdif=deint=interlaced,fps={form.frame_rate},"
        f"scale={size}:force_original_aspect_ratio=decrease,pad={size}:-1:-1,setsar=1"
    )


def _output(form: Form) -> list[str]:
    held = min(_INTERLEAVE, _HELD_BACK / (form.picture_bytes * form.frame_rate))
    return [
        *("-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-r", str(form.frame_rate), "-fps_mode", "cfr"),
        *("-c:a", "pcm_s16le", "-ar", str(SAMPLE_RATE), "-ac", "2"),
        *("-max_interleave_delta", str(int(held * 1_000_000)), "-f", "avi", "pipe:1"),
    ]


def _protocol_options(url: str) -> tuple[str, ...]:
    return _PROTOCOL_OPTIONS.get(urlsplit(url).scheme, ())


def _input_name(item: str) -> str:
    """FFmpeg takes file: with a path as it is, not percent-encoded."""
    parts = urlsplit(item)
    return f"file:{Path(unquote(parts.path))}" if parts.scheme == "file" else item
