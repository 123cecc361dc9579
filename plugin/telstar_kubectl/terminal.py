"""What is written, and how it looks: colours only on a terminal, tables no wider than it is."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

_CODES = {"good": "32", "bad": "31", "faint": "2", "strong": "1", "warn": "33"}
_NARROWEST = 8
_GAP = "   "


@dataclass(frozen=True)
class Terminal:
    """Where a command writes. `width` is None where nothing limits it, as in a pipe."""

    out: TextIO
    err: TextIO
    colours: bool
    width: int | None

    @classmethod
    def of(cls, out: TextIO, err: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
        """Colours where `out` is a terminal that takes them, and NO_COLOR (no-color.org) is not set."""
        shown = out.isatty()
        coloured = shown and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        return cls(out, err, coloured, shutil.get_terminal_size().columns if shown else None)

    def paint(self, text: str, style: str) -> str:
        """The text in one of the styles good, bad, warn, faint, strong."""
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.colours else text

    def wrapped(self, text: str, indent: int) -> list[str]:
        """The text in lines that leave room for an indent (columns); in one where nothing limits them."""
        if self.width is None:
            return [text]
        width = max(self.width - indent, _NARROWEST)
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]

    def write(self, text: str = "") -> None:
        """A line, at once: it may be watched."""
        print(text, file=self.out, flush=True)

    def tell(self, text: str) -> None:
        """A line about the command itself, which is no part of its result."""
        print(text, file=self.err, flush=True)


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode Annex 11)."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def cut(text: str, width: int) -> str:
    """The text in so many columns, its end replaced by an ellipsis where it is longer."""
    if columns_of(text) <= width:
        return text
    kept = ""
    for sign in text:
        if columns_of(kept + sign) >= width:
            break
        kept += sign
    return kept.rstrip() + "…"


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, flexible: Sequence[int] = ()
) -> list[str]:
    """Lines of a table with a header; where it is wider than `width`, the flexible columns give way."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(columns_of(row[column]) for row in cells) for column in range(len(header))]
    excess = 0 if width is None else sum(widths) + len(_GAP) * (len(widths) - 1) - width
    for column in flexible:
        given = min(max(excess, 0), max(widths[column] - _NARROWEST, 0))
        widths[column] -= given
        excess -= given
    return [_line(row, widths) for row in cells]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for text, width in zip(row, widths):
        shown = cut(text, width)
        padded.append(shown + " " * (width - columns_of(shown)))
    return _GAP.join(padded).rstrip()
