"""Reads the few ISO BMFF boxes that say what a segment is (ISO/IEC 14496-12, -14, -15; 23001-7).

Only what Telstar needs: from an init segment the track's kind, codec, size, timescale and KID; from a
media segment its decode time, its duration and its number of samples. No library in use on PyPI reads
both without bringing a packager along.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import SEEK_END
from typing import BinaryIO

_SAMPLE_ENTRY_HEADER = {b"vide": 78, b"soun": 28}


class BoxError(ValueError):
    """The bytes are not the ISO BMFF they should be."""


@dataclass(frozen=True)
class InitSegment:
    """What an init segment says of its one track.

    `kind` is "video" or "audio", `codecs` the RFC 6381 string, `kid` 32 lower-case hexadecimal digits or
    None in clear. Of width and height, channels and sample rate, one pair is 0. `max_bitrate` (bits per
    second) and `buffer_size` (bits) are those of the rate control, 0 where it is not told.
    """

    kind: str
    codecs: str
    timescale: int
    default_sample_duration: int
    kid: str | None
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 0
    max_bitrate: int = 0
    buffer_size: int = 0


@dataclass(frozen=True)
class MediaSegment:
    """What a media segment says: decode time and duration in units of the track's timescale."""

    decode_time: int
    duration: int
    samples: int


def boxes(data: memoryview | bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The boxes that stand one after another in data: (type, payload).

    Raises:
        BoxError: a box does not fit into the data.
    """
    view, position = memoryview(data), 0
    while position < len(view):
        if len(view) - position < 8:
            raise BoxError(f"{len(view) - position} stray bytes where a box should begin")
        size, kind = struct.unpack_from(">I4s", view, position)
        header = 8
        if size == 1 and len(view) - position >= 16:
            (size,) = struct.unpack_from(">Q", view, position + 8)
            header = 16
        elif size == 0:
            size = len(view) - position
        if size < header or position + size > len(view):
            raise BoxError(f"box {kind!r} of {size} bytes does not fit; the file is torn or not ISO BMFF")
        yield kind, view[position + header : position + size]
        position += size


def find(data: memoryview | bytes, *path: bytes) -> memoryview:
    """The payload of the first box at a path of types, such as b"moov", b"trak".

    Raises:
        BoxError: there is none.
    """
    view = memoryview(data)
    for step in path:
        for kind, payload in boxes(view):
            if kind == step:
                view = payload
                break
        else:
            raise BoxError(f"no box {b'/'.join(path).decode()}")
    return view


def find_or_none(data: memoryview | bytes, *path: bytes) -> memoryview | None:
    """As `find`, None where there is no such box."""
    try:
        return find(data, *path)
    except BoxError:
        return None


def read_init(data: bytes) -> InitSegment:
    """Reads an init segment of one track.

    Raises:
        BoxError: it is not one, or of a codec that Telstar does not make.
    """
    try:
        media = find(data, b"moov", b"trak", b"mdia")
        handler = bytes(find(media, b"hdlr")[8:12])
        mdhd = find(media, b"mdhd")
        (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] == 1 else 12)
        (default_duration,) = struct.unpack_from(">I", find(data, b"moov", b"mvex", b"trex"), 12)
        if handler not in _SAMPLE_ENTRY_HEADER:
            raise BoxError(f"a track of kind {handler!r}: neither video nor audio")
        _, entry = next(boxes(find(media, b"minf", b"stbl", b"stsd")[8:]))
        return _describe(handler, entry, timescale, default_duration)
    except (struct.error, IndexError, StopIteration) as error:
        raise BoxError(f"a torn init segment: {error}") from error


def _describe(handler: bytes, entry: memoryview, timescale: int, default_duration: int) -> InitSegment:
    inner = entry[_SAMPLE_ENTRY_HEADER[handler] :]
    tenc, btrt = find_or_none(inner, b"sinf", b"schi", b"tenc"), find_or_none(inner, b"btrt")
    kid = bytes(tenc[8:24]).hex() if tenc is not None else None
    buffer_size, max_bitrate = struct.unpack_from(">II", btrt) if btrt is not None else (0, 0)
    common = partial(
        InitSegment,
        timescale=timescale,
        default_sample_duration=default_duration,
        kid=kid,
        max_bitrate=max_bitrate,
        buffer_size=8 * buffer_size,
    )
    if handler == b"vide":
        width, height = struct.unpack_from(">HH", entry, 24)
        avcc = find(inner, b"avcC")
        return common("video", f"avc1.{bytes(avcc[1:4]).hex()}", width=width, height=height)
    (channels,) = struct.unpack_from(">H", entry, 16)
    (rate,) = struct.unpack_from(">H", entry, 24)
    return common("audio", _aac_codecs(find(inner, b"esds")[4:]), channels=channels, sample_rate=rate)


def _aac_codecs(descriptors: memoryview) -> str:
    """`mp4a.<object type>.<audio object type>` from the ES descriptor (14496-1 §7.2.6)."""
    _, es = _descriptor(descriptors)
    flags = es[2]
    skipped = 3 + (2 if flags & 0x80 else 0) + (1 + es[3] if flags & 0x40 else 0) + (2 if flags & 0x20 else 0)
    _, config = _descriptor(es[skipped:])
    object_type = config[0]
    _, specific = _descriptor(config[13:])
    return f"mp4a.{object_type:x}.{specific[0] >> 3}"


def _descriptor(data: memoryview) -> tuple[int, memoryview]:
    """Tag and payload of a descriptor whose size is written in groups of seven bits."""
    size, position = 0, 1
    while True:
        byte = data[position]
        size, position = (size << 7) | (byte & 0x7F), position + 1
        if not byte & 0x80:
            return data[0], data[position : position + size]


def read_media(file: BinaryIO, init: InitSegment) -> MediaSegment:
    """Reads a media segment of one track, with its init segment's defaults; leaves the media data unread.

    Raises:
        BoxError: it is not one, or torn.
    """
    decode_time, duration, samples = None, 0, 0
    try:
        for fragment in _fragments(file):
            if decode_time is None:
                decode_time = _decode_time(find(fragment, b"tfdt"))
            default = _default_duration(find(fragment, b"tfhd"), init.default_sample_duration)
            for part, payload in boxes(fragment):
                if part == b"trun":
                    ticks, count = _run_duration(payload, default)
                    duration, samples = duration + ticks, samples + count
    except (struct.error, IndexError) as error:
        raise BoxError(f"a torn media segment: {error}") from error
    if decode_time is None:
        raise BoxError("a media segment without a movie fragment")
    return MediaSegment(decode_time, duration, samples)


def _fragments(file: BinaryIO) -> Iterator[memoryview]:
    """The track fragment of each movie fragment, once every box before it is known to be whole."""
    length = file.seek(0, SEEK_END)
    position = 0
    while position < length:
        file.seek(position)
        header = file.read(16)
        size, kind = struct.unpack_from(">I4s", header)
        if size == 1:
            (size,) = struct.unpack_from(">Q", header, 8)
        if size < 8 or position + size > length:
            raise BoxError(f"box {kind!r} of {size} bytes does not fit; the file is torn or not ISO BMFF")
        if kind == b"moof":
            file.seek(position)
            yield find(file.read(size), b"moof", b"traf")
        position += size


def _decode_time(tfdt: memoryview) -> int:
    time: int = struct.unpack_from(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)[0]
    return time


def _default_duration(tfhd: memoryview, fallback: int) -> int:
    """The track fragment's default sample duration (14496-12 §8.8.7)."""
    flags = int.from_bytes(tfhd[1:4], "big")
    if not flags & 0x08:
        return fallback
    position = 8 + (8 if flags & 0x01 else 0) + (4 if flags & 0x02 else 0)
    value: int = struct.unpack_from(">I", tfhd, position)[0]
    return value


def _run_duration(trun: memoryview, default: int) -> tuple[int, int]:
    """Duration and number of samples of a track run (14496-12 §8.8.8)."""
    flags = int.from_bytes(trun[1:4], "big")
    (count,) = struct.unpack_from(">I", trun, 4)
    if not flags & 0x100:
        return default * count, count
    position = 8 + (4 if flags & 0x01 else 0) + (4 if flags & 0x04 else 0)
    stride = 4 * sum(1 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    durations = (struct.unpack_from(">I", trun, position + stride * index)[0] for index in range(count))
    return sum(durations), count
