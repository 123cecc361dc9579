"""Stretches of time in milliseconds: sets of moments, kept as ascending spans that do not touch."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """The moments from `start` to before `end`."""

    start: int
    end: int


Spans = tuple[Span, ...]


def union(*sets: Iterable[Span]) -> Spans:
    """The moments that are in any of them; takes spans in any order, empty and overlapping ones too."""
    merged: list[Span] = []
    for span in sorted(span for spans in sets for span in spans if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def intersection(some: Spans, others: Spans) -> Spans:
    """The moments that are in both."""
    both = (
        Span(max(one.start, other.start), min(one.end, other.end))
        for one in some
        for other in others[max(_index(others, one.start), 0) : _index(others, one.end) + 1]
    )
    return union(both)


def covers(spans: Sequence[Span], moment: int) -> bool:
    """Whether a moment is in a set."""
    index = _index(spans, moment)
    return index >= 0 and moment < spans[index].end


def _index(spans: Sequence[Span], moment: int) -> int:
    """Of the last span that begins at a moment or before; -1 without one."""
    return bisect_right(spans, moment, key=lambda span: span.start) - 1
