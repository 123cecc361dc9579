"""Sources → whole frames at the wall clock → the encoder: the one object that the supervisor sees."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from telstar_simlive.channel import Source
from telstar_simlive.playout.encoder_input import EncoderInput
from telstar_simlive.playout.form import Form
from telstar_simlive.playout.frames import black
from telstar_simlive.playout.on_air import Programme
from telstar_simlive.playout.outlet import Outlet
from telstar_simlive.playout.pattern import PatternWork
from telstar_simlive.playout.playlist import Place, PlaylistWork
from telstar_simlive.playout.selection import State
from telstar_simlive.playout.slate import rendered_slate
from telstar_simlive.playout.stream import StreamWork
from telstar_simlive.playout.switcher import Switcher
from telstar_simlive.playout.timeline import Timeline
from telstar_simlive.playout.work import Work, report_failure
from telstar_simlive.process import Redactor

_LOOK = 0.1
_HOPE = 3.0
"""Seconds after which the slate will do, where no source can be had."""


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
        self._form, self._tools, self._name = form, tools, name
        self._log = structlog.get_logger()
        self._works: dict[Work, Source] = {}  # those of the present sources, in order
        self._former: set[Work] = set()  # those that are still to be closed
        self._programme = Programme(form, black(form), timeline.now)
        self._outlet = Outlet()
        self._switcher = Switcher(form, timeline, self._programme, self._outlet)
        self._opened = time.monotonic()
        self._keeping: asyncio.Task[None] | None = None
        self._rendering: asyncio.Task[None] | None = None

    async def open(self, sources: Sequence[Source], place: Place | None = None) -> None:
        """Begins to play the sources, the preferred first: that one, if a playlist, from a place on."""
        self._opened = time.monotonic()
        self._use(sources, place)
        self._render()
        self._switcher.start()
        self._keeping = asyncio.create_task(self._keep())
        self._keeping.add_done_callback(report_failure)

    async def set_sources(self, sources: Sequence[Source], name: str) -> None:
        """Changes sources and name; the frames go on. A source that is among the old ones plays on; what is
        on the air stays there until a new one is ready.
        """
        self._use(sources)
        if name != self._name:
            self._name = name
            self._render()

    def attach(self, encoder: EncoderInput, first_frame: int) -> None:
        """From that frame on (counted from the epoch) frames go to this encoder; the former's pipes are
        closed at that frame, exactly. Its first frame may be a little past: then it gets what it missed.

        Raises:
            ValueError: that frame has already been given, or the encoder wants another form.
            RuntimeError: the switcher has failed, which only a new process mends.
        """
        if encoder.form != self._form:
            raise ValueError(f"the encoder wants {encoder.form}, but the playout gives {self._form}")
        if self._switcher.fault is not None:
            raise RuntimeError("the switcher has failed") from self._switcher.fault
        self._outlet.attach(encoder, first_frame)

    def end_at(self, frame: int) -> None:
        """Closes the present encoder's pipes at that frame, without a successor."""
        self._outlet.end_at(frame)

    @property
    def ready(self) -> bool:
        """A source has delivered frames, or none could be had for three seconds: the slate will do."""
        return self._programme.begun or time.monotonic() - self._opened >= _HOPE

    @property
    def cut(self) -> bool:
        """The present encoder's input broke off: its run must end."""
        return self._outlet.cut

    @property
    def status(self) -> PlayoutStatus:
        """What is on the air."""
        programme = self._programme
        faults = {name: reason for work in self._works for name, reason in work.faults.items()}
        return PlayoutStatus(
            programme.state, programme.since, self._message(), faults, programme.switches, programme.repeated
        )

    def place(self, source: Source) -> Place | None:
        """Where in a source's playlist it is; None if the source is not among its own, or is no playlist."""
        work = next((work for work, its in self._works.items() if its == source), None)
        return work.place if isinstance(work, PlaylistWork) else None

    async def close(self) -> None:
        """Ends everything within about a second."""
        for task in (self._keeping, self._rendering):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        works = [*self._works, *self._former]
        await asyncio.gather(asyncio.to_thread(self._switcher.stop, 1.0), *(work.close() for work in works))

    def _message(self) -> str:
        work = self._programme.work
        if self._programme.ended:
            return "the playlist is at its end"
        if work is not None and self._programme.state != "slate":
            return work.message
        return f"no source can be had: {'; '.join(one.message for one in self._works if one.is_open)}"

    def _use(self, sources: Sequence[Source], place: Place | None = None) -> None:
        """Takes over the works of sources that stay, and makes those of new ones."""
        former = dict(self._works)
        works: dict[Work, Source] = {}
        for index, source in enumerate(sources):
            same = next((work for work, its in former.items() if its == source), None)
            if same is not None:
                del former[same]
            works[same or self._work_of(source, None if index else place)] = source
        self._works = works
        self._former |= set(former)
        self._programme.set_works(list(works))

    def _work_of(self, source: Source, place: Place | None) -> Work:
        tools = self._tools
        common = (tools.ffmpeg, tools.threads, tools.redactor, self._form)
        if source.playlist is not None:
            return PlaylistWork(*common, source.playlist, place)
        if source.stream is not None:
            return StreamWork(*common, source.stream)
        assert source.test_pattern is not None
        return PatternWork(*common, source.test_pattern)

    async def _keep(self) -> None:
        """Opens and closes sources as the programme wants them."""
        while True:
            wanted = self._programme.wanted
            for work in self._works:
                if work in wanted:
                    work.open()
            unwanted = [work for work in (*self._works, *self._former) if work not in wanted and work.is_open]
            await asyncio.gather(*(work.close() for work in unwanted))
            self._former = {work for work in self._former if work.is_open}
            await asyncio.sleep(_LOOK)

    def _render(self) -> None:
        if self._rendering is not None:
            self._rendering.cancel()
        self._rendering = asyncio.create_task(self._render_slate(self._name))

    async def _render_slate(self, name: str) -> None:
        tools = self._tools
        slate = await rendered_slate(tools.ffmpeg, tools.redactor, self._form, name, tools.font_file)
        self._programme.slate = slate or self._programme.slate
