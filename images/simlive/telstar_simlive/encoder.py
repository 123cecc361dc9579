"""The FFmpeg command that makes a channel's segments.

FFmpeg runs in a run's folder of the spool (see spool.py), which holds a folder for each track, and, for the
overlay, the channel's name and the font; so no path and no text of the user's has to be quoted for a filter.
Why the command is as it is, option by option:

- `-output_ts_offset` with `frag_discont` makes tfdt the wall clock: run start + time since, in the timescale.
- A closed group of pictures is exactly one segment, and there are no B-frames, so tfdt is the start exactly.
- Each track has a muxer of its own (`var_stream_map`): in one file, the senc boxes of the second track break.
- `temp_file`: a segment that has its name is whole.
- Never `-fflags +bitexact`: the initialisation vectors of all tracks and runs would be the same.
"""

from telstar_simlive.channel import Channel, ContentKey, Rendition
from telstar_simlive.settings import Settings
from telstar_simlive.source import QUIET, SAMPLE_RATE

NAME_FILE = "name.txt"
FONT_FILE = "font.ttf"
# Seconds of its bit rate that a rendition may be ahead: what a picture may cost, and BANDWIDTH must allow.
_BUFFER = 0.5


def encoder_command(
    ffmpeg: str, settings: Settings, channel: Channel, inputs: list[str], start: int, key: ContentKey | None
) -> list[str]:
    """The command of one run.

    Args:
        ffmpeg: path of the binary
        settings: of them, preset and threads
        channel: what to encode
        inputs: the input arguments, from source.py
        start: the run's start in whole seconds since the epoch
        key: the content key, None to leave the segments in clear
    """
    spec = channel.spec
    audio_input = "1:a:0" if spec.source.test_pattern else "0:a:0"
    return [
        *(ffmpeg, *QUIET, "-y", *inputs),
        *("-filter_complex", filter_graph(channel, start)),
        *(argument for index in range(len(spec.renditions)) for argument in ("-map", f"[v{index}]")),
        *("-map", audio_input),
        *_video_options(channel, settings),
        *("-c:a", "aac", "-b:a", str(spec.audio_bitrate), "-ar", str(SAMPLE_RATE), "-ac", "2"),
        *_output_options(channel, start, key),
    ]


def filter_graph(channel: Channel, start: int) -> str:
    """Overlay, then one branch a rendition: labels [v0], [v1], …"""
    spec = channel.spec
    width, height = spec.picture
    steps = [f"fps={spec.frame_rate}"]
    if spec.overlay.name:
        steps.append(f"{_text(height // 14)}:x=w/40:y=h/24:expansion=none:textfile={NAME_FILE}")
    if spec.overlay.clock:
        steps.append(f"{_text(min(height // 12, width // 18))}:x=(w-tw)/2:y=h-th-h/12:text={_clock(start)}")
    steps.append("format=yuv420p")
    branches = [_branch(index, rendition, spec.picture) for index, rendition in enumerate(spec.renditions)]
    splits = "".join(f"[s{index}]" for index in range(len(branches)))
    return ";".join([f"[0:v:0]{','.join(steps)},split={len(branches)}{splits}", *branches])


def _text(size: int) -> str:
    return (
        f"drawtext=fontfile={FONT_FILE}:fontsize={max(size, 8)}:fontcolor=white:"
        f"box=1:boxcolor=black@0.8:boxborderw={max(size // 5, 2)}"
    )


def _clock(start: int) -> str:
    """The time of each frame from its timestamp, so that it equals tfdt: 2026-11-22 18:24:03.040 UTC.

    Half a millisecond more, so that rounding never shows the second before.
    """
    moment = rf"%{{pts\:gmtime\:{start}.0005\:%Y-%m-%d %H\\\:%M\\\:%S}}"
    milliseconds = r"%{eif\:mod(floor(t*1000+0.5)\,1000)\:d\:3}"
    return f"'{moment}.{milliseconds} UTC'"


def _branch(index: int, rendition: Rendition, picture: tuple[int, int]) -> str:
    size = (rendition.width, rendition.height)
    scale = "null" if size == picture else f"scale={size[0]}:{size[1]}:flags=bilinear"
    return f"[s{index}]{scale}[v{index}]"


def _video_options(channel: Channel, settings: Settings) -> list[str]:
    spec = channel.spec
    group = str(spec.frame_rate * spec.segment_duration)
    options = ["-c:v", "libx264", "-preset", settings.preset, "-threads:v", str(settings.threads)]
    options += ["-g", group, "-keyint_min", group, "-sc_threshold", "0", "-bf", "0"]
    for index, rendition in enumerate(spec.renditions):
        rate, buffer = str(rendition.video_bitrate), str(int(rendition.video_bitrate * _BUFFER))
        options += [f"-b:v:{index}", rate, f"-maxrate:v:{index}", rate, f"-bufsize:v:{index}", buffer]
    return options


def _output_options(channel: Channel, start: int, key: ContentKey | None) -> list[str]:
    segment_options = "movflags=+frag_discont"
    if key is not None:
        segment_options += (
            f":encryption_scheme=cenc-aes-ctr:encryption_key={key.key}:encryption_kid={key.kid}"
        )
    renditions = enumerate(channel.spec.renditions)
    variants = " ".join([*(f"v:{index},name:{one.name}" for index, one in renditions), "a:0,name:audio"])
    return [
        *("-output_ts_offset", str(start), "-f", "hls", "-hls_time", str(channel.spec.segment_duration)),
        *("-hls_segment_type", "fmp4", "-hls_segment_options", segment_options),
        *("-hls_flags", "temp_file+independent_segments", "-hls_list_size", "2", "-start_number", "0"),
        *("-hls_segment_filename", "%v/%06d.m4s", "-hls_fmp4_init_filename", "init.mp4"),
        *("-var_stream_map", variants, "%v/index.m3u8"),
    ]


def segment_name(index: int) -> str:
    """FFmpeg's name of the index-th segment of each track, from 0."""
    return f"{index:06}.m4s"


def init_name(track_index: int) -> str:
    """FFmpeg's name of a track's init segment, by the track's place in the channel's tracks."""
    return f"init_{track_index}.mp4"
