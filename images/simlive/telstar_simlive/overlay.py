"""What is burned into the picture, as texts: pure. FFmpeg reads them anew each second (see encoder.py)."""

from collections.abc import Iterable
from typing import NamedTuple

from telstar_simlive.channel import Programme
from telstar_simlive.setup import Setup

NAME_FILE, TITLE_FILE, CLOCK_FILE = "name.txt", "title.txt", "clock.txt"
_ADVANCE = 0.62  # width of a character of the font, a monospaced one, as a share of its size
_SPARE = 0.93  # share of the picture's width that a text may take


class TextSizes(NamedTuple):
    """Font sizes in pixels."""

    name: int
    title: int
    clock: int


def text_sizes(width: int, height: int) -> TextSizes:
    """The sizes for a picture."""
    return TextSizes(max(height // 14, 8), max(height // 18, 8), max(min(height // 12, width // 18), 8))


def title_at(programmes: Iterable[Programme], moment: int) -> str:
    """The title of the programme that is on at a moment (milliseconds); empty where there is none."""
    on = (one for one in programmes if one.start.timestamp() * 1000 <= moment < one.end.timestamp() * 1000)
    return next((one.title for one in on), "")


def texts(
    setup: Setup, name: str, programmes: Iterable[Programme], now: int, start: int, slate: bool
) -> dict[str, str]:
    """The content of each text file of a run; an empty one draws nothing.

    Args:
        setup: what the run is made with
        name: the channel's, as viewers know it
        programmes: the schedule
        now: milliseconds since the epoch
        start: the run's, in milliseconds since the epoch
        slate: whether the slate is on, which has the clock in any case
    """
    overlay, (width, height) = setup.overlay, setup.picture
    sizes = text_sizes(width, height)
    title = title_at(programmes, now) if overlay.programme else ""
    return {
        NAME_FILE: fitted(name, sizes.name, width) if overlay.name else "",
        TITLE_FILE: fitted(title, sizes.title, width),
        CLOCK_FILE: clock(start) if overlay.clock or slate else "",
    }


def fitted(text: str, size: int, width: int) -> str:
    """The text in one line, cut to what fits into a picture of this width in a font of this size."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    room = max(int(width * _SPARE / (size * _ADVANCE)), 1)
    return line if len(line) <= room else line[: room - 1] + "…"


def clock(start: int) -> str:
    """The time of each frame from its timestamp, so that it equals tfdt: 2026-11-22 18:24:03.040 UTC.

    Half a millisecond more, so that rounding never shows the second before.
    """
    moment = rf"%{{pts:gmtime:{start // 1000}.0005:%Y-%m-%d %H\:%M\:%S}}"
    return f"{moment}.%{{eif:mod(floor(t*1000+0.5),1000):d:3}} UTC"
