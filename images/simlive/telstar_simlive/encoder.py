"""The FFmpeg command that makes a channel's segments.

FFmpeg runs in a run's folder of the spool (see spool.py), which holds a folder for each track, and, for the
overlay, its texts and the font; so no path and no text of the user's has to be quoted for a filter. It reads
raw frames, which the playout writes at the pace of the wall clock. Why the command is as it is, option by
option:

- `-output_ts_offset` with `frag_discont` makes tfdt the wall clock: run start + time since, in the timescale.
- A closed group of pictures is exactly one segment, and there are no B-frames, so tfdt is the start exactly.
- Each track has a muxer of its own (`var_stream_map`): in one file, the senc boxes of the second track break.
- `temp_file`: a segment that has its name is whole.
- Texts are read anew each second (`reload`), so that a new name or title needs no new run.
- Never `-fflags +bitexact`: the initialisation vectors of all tracks and runs would be the same.
"""

from telstar_simlive.channel import Rendition
from telstar_simlive.overlay import CLOCK_FILE, NAME_FILE, TITLE_FILE, text_sizes
from telstar_simlive.setup import Setup

FONT_FILE = "font.ttf"
SAMPLE_RATE = 48_000
_QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning")
# Seconds of its bit rate that a rendition may be ahead: what a picture may cost, and BANDWIDTH must allow.
_BUFFER = 0.5


def encoder_command(
    ffmpeg: str, setup: Setup, inputs: list[str], start: int, preset: str, threads: int
) -> list[str]:
    """The command of one run.

    Args:
        ffmpeg: path of the binary
        setup: what to encode, with which key
        inputs: the input arguments: video is input 0, audio input 1
        start: the run's start in whole seconds since the epoch
        preset: x264's
        threads: of each video encoder
    """
    return [
        *(ffmpeg, *_QUIET, "-y", *inputs),
        *("-filter_complex", filter_graph(setup)),
        *(argument for index in range(len(setup.renditions)) for argument in ("-map", f"[v{index}]")),
        *("-map", "1:a:0"),
        *_video_options(setup, preset, threads),
        *("-c:a", "aac", "-b:a", str(setup.audio_bitrate), "-ar", str(SAMPLE_RATE), "-ac", "2"),
        *output_options(setup, start),
    ]


def filter_graph(setup: Setup) -> str:
    """Overlay, then one branch a rendition: labels [v0], [v1], …

    The clock's file is there in any case: it is empty where neither overlay nor slate wants it.
    """
    sizes, rate = text_sizes(*setup.picture), setup.frame_rate
    steps = []
    if setup.overlay.name:
        steps.append(_text(NAME_FILE, sizes.name, rate, "expansion=none:x=w/40:y=h/24"))
    if setup.overlay.programme:
        below = f"h/24+{2 * sizes.name if setup.overlay.name else 0}"
        steps.append(_text(TITLE_FILE, sizes.title, rate, f"expansion=none:x=w/40:y={below}"))
    steps.append(_text(CLOCK_FILE, sizes.clock, rate, "x=(w-tw)/2:y=h-th-h/12"))
    steps.append("format=yuv420p")
    branches = [_branch(index, rendition, setup.picture) for index, rendition in enumerate(setup.renditions)]
    splits = "".join(f"[s{index}]" for index in range(len(branches)))
    return ";".join([f"[0:v:0]{','.join(steps)},split={len(branches)}{splits}", *branches])


def _text(file: str, size: int, frame_rate: int, options: str) -> str:
    return (
        f"drawtext=fontfile={FONT_FILE}:fontsize={size}:fontcolor=white:"
        f"box=1:boxcolor=black@0.8:boxborderw={max(size // 5, 2)}:"
        f"textfile={file}:reload={frame_rate}:{options}"
    )


def _branch(index: int, rendition: Rendition, picture: tuple[int, int]) -> str:
    size = (rendition.width, rendition.height)
    scale = "null" if size == picture else f"scale={size[0]}:{size[1]}:flags=bilinear"
    return f"[s{index}]{scale}[v{index}]"


def _video_options(setup: Setup, preset: str, threads: int) -> list[str]:
    group = str(setup.frame_rate * setup.segment // 1000)
    options = ["-c:v", "libx264", "-preset", preset, "-threads:v", str(threads)]
    options += ["-g", group, "-keyint_min", group, "-sc_threshold", "0", "-bf", "0"]
    for index, rendition in enumerate(setup.renditions):
        rate, buffer = str(rendition.video_bitrate), str(int(rendition.video_bitrate * _BUFFER))
        options += [f"-b:v:{index}", rate, f"-maxrate:v:{index}", rate, f"-bufsize:v:{index}", buffer]
    return options


def output_options(setup: Setup, start: int, movflags: str = "+frag_discont") -> list[str]:
    """What makes a run's segments of a video stream for each rendition and one of audio; start in seconds."""
    segment_options = f"movflags={movflags}"
    if setup.key is not None:
        segment_options += (
            f":encryption_scheme=cenc-aes-ctr:encryption_key={setup.key.key}:encryption_kid={setup.key.kid}"
        )
    renditions = enumerate(setup.renditions)
    variants = " ".join([*(f"v:{index},name:{one.name}" for index, one in renditions), "a:0,name:audio"])
    return [
        *("-output_ts_offset", str(start), "-f", "hls", "-hls_time", str(setup.segment // 1000)),
        *("-hls_segment_type", "fmp4", "-hls_segment_options", segment_options),
        *("-hls_flags", "temp_file+independent_segments", "-hls_list_size", "2", "-start_number", "0"),
        *("-hls_segment_filename", "%v/%06d.m4s", "-hls_fmp4_init_filename", "init.mp4"),
        *("-var_stream_map", variants, "%v/index.m3u8"),
    ]


def segment_name(index: int) -> str:
    """FFmpeg's name of the index-th segment of each track, from 0."""
    return f"{index:06}.m4s"


def init_name(track_index: int) -> str:
    """FFmpeg's name of a track's init segment, by the track's place in the run's tracks."""
    return f"init_{track_index}.mp4"
