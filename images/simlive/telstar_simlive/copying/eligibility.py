"""Whether a channel's files can be copied instead of encoded, and what is on when they are. Pure.

All refusals say what stands in the way, so that whoever wants the cheap mode knows what to change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from telstar_simlive.channel import ChannelSpec, Rendition
from telstar_simlive.copying.shape import Head, Shape, input_name

_BUFFER = 0.5
"""Seconds of its bit rate that a track may be ahead: what the encoder is allowed too (encoder.py)."""
_PIXEL_FORMAT = "yuv420p"


@dataclass(frozen=True)
class Refusal:
    """The channel has to be encoded; `reason` says why."""

    reason: str


@dataclass(frozen=True)
class Position:
    """A place in the playlist: the slot-th slot of the item-th item, both from 0."""

    item: int
    slot: int


@dataclass(frozen=True)
class Stretch:
    """Slots of one item that follow each other: from slot `first` until before `until`."""

    item: int
    first: int
    until: int


@dataclass(frozen=True)
class CopyPlan:
    """A playlist that is copied.

    `slots` holds the number of slots of each of `items`; `segment` is a slot's length in seconds; `peaks` are
    the bits per second of the largest slot of picture and sound.
    """

    items: tuple[str, ...]
    slots: tuple[int, ...]
    segment: int
    loop: bool
    video_peak: int
    audio_peak: int

    def position_at(self, elapsed: int, start: Position = Position(0, 0)) -> Position | None:
        """What is on when so many slots have passed since `start`; None once a playlist that does not loop
        is over.
        """
        round_slots = sum(self.slots)
        before = sum(self.slots[: start.item]) + start.slot + elapsed
        if before >= round_slots and not self.loop:
            return None
        before %= round_slots
        for item, slots in enumerate(self.slots):
            if before < slots:
                return Position(item, before)
            before -= slots
        raise AssertionError("a remainder is less than the sum")

    def nearest(self, item: int, seconds: float) -> Position | None:
        """The slot that begins nearest to a place, where copying takes over from encoding: so many seconds
        after an item's begin, which may be in a later one. None where a playlist that does not loop is over.
        """
        return self.position_at(round(seconds / self.segment), Position(item, 0))

    def peaks(self, tracks: Sequence[str]) -> dict[str, int]:
        """The largest slot's bits per second of each track of a run: its rendition, then `audio`."""
        return dict(zip(tracks, (self.video_peak, self.audio_peak), strict=True))

    def stretches(self, start: Position, slots: int) -> Iterator[Stretch]:
        """The next slots from a position, item by item: as many as asked for, or as there are."""
        item, first = start.item, start.slot
        while slots > 0 and item < len(self.slots):
            until = min(self.slots[item], first + slots)
            yield Stretch(item, first, until)
            slots -= until - first
            item, first = item + 1, 0
            if item == len(self.slots) and self.loop:
                item = 0


def channel_fault(spec: ChannelSpec) -> str | None:
    """Why no file whatever could be copied for a channel, None where some could: asks for no file."""
    overlay = spec.overlay
    burned = [name for name in ("clock", "name", "programme") if getattr(overlay, name, False)]
    if spec.source.playlist is None:
        return "the source is not a playlist"
    if burned:
        return f"the overlay burns in {' and '.join(burned)}"
    if len(spec.renditions) != 1:
        return f"there are {len(spec.renditions)} renditions: only one can be copied"
    for item in spec.source.playlist.items:
        if set("\r\n") & set(input_name(item)):
            return f"{item}: its name has a line break"
    return None


def head_fault(spec: ChannelSpec, head: Head) -> str | None:
    """Why a file cannot be copied, as far as its header tells; so the rest need not be read."""
    (rendition,) = spec.renditions
    wanted = rendition.width, rendition.height
    if (head.width, head.height) != wanted:
        return f"it is {head.width}x{head.height}: rendition {rendition.name} is {wanted[0]}x{wanted[1]}"
    if head.pixel_format != _PIXEL_FORMAT:
        return f"its pixels are {head.pixel_format}: they must be {_PIXEL_FORMAT}"
    return None


def plan_copy(spec: ChannelSpec, shapes: Sequence[Shape | str]) -> CopyPlan | Refusal:
    """Decides whether the playlist's items, whose shapes are given in their order, can be copied.

    A str in place of a shape says why that item cannot be.
    """
    fault = channel_fault(spec)
    if fault is not None:
        return Refusal(fault)
    assert spec.source.playlist is not None
    items = spec.source.playlist.items
    fit: list[Shape] = []
    for item, shape in zip(items, shapes, strict=True):
        fault = shape if isinstance(shape, str) else _item_fault(spec, shape)
        if fault is not None:
            return Refusal(f"{item}: {fault}")
        assert isinstance(shape, Shape)
        fit.append(shape)
    fault = _difference(fit)
    if fault is not None:
        return Refusal(fault)
    segment = spec.segment_duration
    return CopyPlan(
        items=items,
        slots=tuple(shape.frames // (shape.frame_rate * segment) for shape in fit),
        segment=segment,
        loop=spec.source.playlist.loop,
        video_peak=max(_peak(shape.video_bytes, segment) for shape in fit),
        audio_peak=max(_peak(shape.audio_bytes, segment) for shape in fit),
    )


def _item_fault(spec: ChannelSpec, shape: Shape) -> str | None:
    segment, (rendition,) = spec.segment_duration, spec.renditions
    if (fault := head_fault(spec, shape.head)) is not None:
        return fault
    if shape.frame_rate != spec.frame_rate:
        return f"it has {shape.frame_rate} pictures a second: the channel has {spec.frame_rate}"
    step = segment * spec.frame_rate
    if shape.frames < step or shape.frames % step:
        seconds = shape.frames / spec.frame_rate
        return f"it lasts {seconds:.3f} s: it must be a whole number of segments of {segment} s"
    missing = [frame for frame in range(0, shape.frames, step) if frame not in shape.instant]
    if missing:
        return f"it has no IDR picture at {missing[0] // spec.frame_rate} s, where a segment must begin"
    return _rate_fault(spec, rendition, shape)


def _rate_fault(spec: ChannelSpec, rendition: Rendition, shape: Shape) -> str | None:
    segment = spec.segment_duration
    tracks = (
        ("picture", "videoBitrate", rendition.video_bitrate, shape.video_bytes),
        ("sound", "audioBitrate", spec.audio_bitrate, shape.audio_bytes),
    )
    for what, name, rate, sizes in tracks:
        peak, allowed = _peak(sizes, segment), int(rate * (segment + _BUFFER) / segment)
        if peak > allowed:
            return (
                f"its {what} takes up to {peak // 1000} kbit/s within a segment: "
                f"{name} {rate // 1000}k allows {allowed // 1000}"
            )
    return None


def _peak(sizes: Sequence[int], segment: int) -> int:
    """Bits per second of the largest slot."""
    return max(8 * sum(sizes[first : first + segment]) // segment for first in range(0, len(sizes), segment))


def _difference(shapes: Sequence[Shape]) -> str | None:
    """All samples go under one init segment: what it says must be true of every item."""
    for one, other in pairwise(shapes):
        if one.head.parameters != other.head.parameters or one.time_scale != other.time_scale:
            return (
                f"{other.item} is not encoded with the parameters of {one.item} "
                "(SPS, PPS, AudioSpecificConfig, time scale): one init segment cannot serve both"
            )
        if one.delay != other.delay:
            return f"{other.item} and {one.item} reorder their pictures differently (B-frames)"
    return None
