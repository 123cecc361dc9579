"""File names on the segment volume, relative to the channel's folder.

    720p/20261122/18/20261122T182400Z-000007-0000123.m4s    <start>-<run>-<sequence>
    720p/init-000007.mp4
    journal/20261122.jsonl
    runs/000007.json

Starts are whole seconds, so a name's time is exact; a name that is not in this form is not ours.
"""

import re
import time
from calendar import timegm
from pathlib import PurePosixPath
from typing import NamedTuple

JOURNAL_FOLDER = "journal"
DESCRIPTOR_FOLDER = "runs"
SPOOL_FOLDER = ".spool"
# A track's folder stands beside these, so no rendition may be called so; `audio` is the audio track's.
RESERVED_NAMES = frozenset({JOURNAL_FOLDER, DESCRIPTOR_FOLDER, "audio"})

_SEGMENT = re.compile(r"(\d{8}T\d{6}Z)-(\d{6,})-(\d{7,})\.m4s")
_INIT = re.compile(r"init-(\d{6,})\.mp4")


class SegmentName(NamedTuple):
    """What a segment's name tells: start in milliseconds since the epoch, run, sequence."""

    start: int
    run: int
    sequence: int


def segment_path(track: str, start: int, run: int, sequence: int) -> str:
    """The path of a segment.

    Raises:
        ValueError: start is not a whole second.
    """
    seconds, rest = divmod(start, 1000)
    if rest:
        raise ValueError(f"a slot starts at a whole second, not at {start} ms")
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    return (
        f"{track}/{year:04}{month:02}{day:02}/{hour:02}/"
        f"{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z-{run:06}-{sequence:07}.m4s"
    )


def parse_segment_name(name: str) -> SegmentName | None:
    """What a segment's path or bare file name tells, or None when it is not a segment's."""
    match = _SEGMENT.fullmatch(PurePosixPath(name).name)
    if match is None:
        return None
    try:
        start = timegm(time.strptime(match[1], "%Y%m%dT%H%M%SZ")) * 1000
    except ValueError:
        return None
    return SegmentName(start, int(match[2]), int(match[3]))


def init_path(track: str, run: int) -> str:
    """The path of the init segment of a track in a run."""
    return f"{track}/init-{run:06}.mp4"


def parse_init_name(name: str) -> int | None:
    """The run an init segment belongs to, or None when the name is not an init segment's."""
    match = _INIT.fullmatch(PurePosixPath(name).name)
    return int(match[1]) if match else None


def journal_path(start: int) -> str:
    """The path of the journal file that holds the slot starting then: one file a day, UTC."""
    return f"{JOURNAL_FOLDER}/{time.strftime('%Y%m%d', time.gmtime(start // 1000))}.jsonl"


def descriptor_path(run: int) -> str:
    """The path of a run's descriptor."""
    return f"{DESCRIPTOR_FOLDER}/{run:06}.json"
