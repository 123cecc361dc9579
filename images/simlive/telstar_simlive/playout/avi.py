"""AVI as FFmpeg writes it into a pipe: taken apart as it comes, pictures straight into their buffers.

A chunk is a four-character code, its size (32 bits, little-endian), the data, and a byte of padding where
the size is odd. RIFF and LIST hold chunks; their own sizes mean nothing in a stream. `00dc` is a picture of
stream 0, `01wb` sound of stream 1; an empty picture repeats the one before it.
"""

import io
import struct
from typing import Protocol

_HEADER = struct.Struct("<4sI")
_LARGEST_OTHER = 1 << 20


class AviError(Exception):
    """What a player writes is not the AVI that was asked for."""


class AviSink(Protocol):
    """Takes what the file holds, in its order."""

    def streams(self, kinds: list[str]) -> None:
        """The header is read: the kind of each stream, `vids` or `auds`."""

    def room(self, size: int) -> memoryview:
        """Where the next picture of so many bytes is to be written."""

    def picture(self) -> None:
        """The picture has been written there."""

    def same_picture(self) -> None:
        """The picture before lasts for another frame."""

    def sound(self, data: bytearray) -> None:
        """More sound."""


def read_avi(source: io.RawIOBase, sink: AviSink) -> None:
    """Reads to the end, torn or not.

    Raises:
        AviError: it is no such AVI.
    """
    kinds: list[str] = []
    begun = False
    try:
        while True:
            code, size = _HEADER.unpack(_take(source, _HEADER.size))
            if code in (b"RIFF", b"LIST"):
                _take(source, 4)
                continue
            if code == b"strh":
                kinds.append(_take(source, size + size % 2)[:4].decode("latin-1"))
                continue
            is_media = code[:2].isdigit() and code[2:] in (b"dc", b"db", b"wb")
            if is_media and not begun:
                begun = True
                sink.streams(kinds)
            _take_chunk(source, sink, code, size, is_media)
    except EOFError:
        return


def _take_chunk(source: io.RawIOBase, sink: AviSink, code: bytes, size: int, is_media: bool) -> None:
    if is_media and code[2:] != b"wb":
        if size == 0:
            return sink.same_picture()
        _fill(source, sink.room(size))
        sink.picture()
        if size % 2:
            _take(source, 1)
        return None
    if size > _LARGEST_OTHER:
        raise AviError(f"a chunk {code!r} of {size} bytes")
    data = _take(source, size)
    if size % 2:
        _take(source, 1)
    return sink.sound(data) if is_media else None


def _take(source: io.RawIOBase, size: int) -> bytearray:
    data = bytearray(size)
    _fill(source, memoryview(data))
    return data


def _fill(source: io.RawIOBase, view: memoryview) -> None:
    while view:
        count = source.readinto(view)
        if not count:
            raise EOFError
        view = view[count:]
