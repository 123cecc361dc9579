"""Sources → whole frames at the wall clock → the encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from telstar_simlive.channel import Source
from telstar_simlive.playout.encoder_input import EncoderInput
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.timeline import Timeline
from telstar_simlive.process import Redactor

State = Literal["preferred", "backup-1", "backup-2", "backup-3", "slate", "ended"]


@dataclass(frozen=True)
class Tools:
    """What playing needs: FFmpeg, the threads a player may use, what must not be logged, the slate's font."""

    ffmpeg: str
    threads: int
    redactor: Redactor
    font_file: Path


@dataclass(frozen=True)
class PlayoutStatus:
    """What is on the air since when (milliseconds on the timeline), a message for people, what is wrong with
    which item or feed, how often what is on the air changed, how many frames were given again.
    """

    state: State
    since: int
    message: str
    faults: dict[str, str]
    switches: int
    repeated: int


class Playout:
    """Gives one frame each 1/frame_rate seconds, always."""

    def __init__(self, form: Form, tools: Tools, timeline: Timeline, name: str) -> None:
        self._form, self._tools, self._timeline, self._name = form, tools, timeline, name

    async def open(self, sources: Sequence[Source]) -> None:
        """Begins to play the sources, most preferred first."""
        raise NotImplementedError

    async def set_sources(self, sources: Sequence[Source], name: str) -> None:
        """Changes sources and name; the frames go on."""
        raise NotImplementedError

    def attach(self, encoder: EncoderInput, first_frame: int) -> None:
        """From that frame on (counted from the epoch) frames go to this encoder; the former's pipes are
        closed at that frame, exactly.

        Raises:
            ValueError: that frame has already been given, or the encoder wants another form.
        """
        raise NotImplementedError

    def end_at(self, frame: int) -> None:
        """Closes the present encoder's pipes at that frame, without a successor."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """The preferred source has delivered a frame, or no source could be had for three seconds."""
        raise NotImplementedError

    @property
    def cut(self) -> bool:
        """The present encoder's input broke off: its run must end."""
        raise NotImplementedError

    @property
    def status(self) -> PlayoutStatus:
        """What is on the air."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends everything within about a second."""
        raise NotImplementedError
